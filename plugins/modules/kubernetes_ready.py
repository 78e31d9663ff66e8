#!/usr/bin/python
# Copyright (c) 2026 baremetal.mlops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kubernetes_ready
short_description: Ask whether Kubernetes objects are ready
version_added: 0.1.0
description:
  - Waits until all given objects exist and are ready, at the same time, and fails with one line that says which one is
    not ready and why.
  - Changes nothing.
author:
  - baremetal.mlops contributors (@baremetal-mlops)
extends_documentation_fragment:
  - baremetal.mlops._attributes.reader
options:
  kubeconfig:
    description: Path of the kubeconfig. Its current context is used, with a client certificate or a token.
    type: path
    required: true
  objects:
    description:
      - The objects. Deployments, daemon sets, stateful sets and custom resource definitions have to be rolled out,
        others to exist and to meet what is said of them.
    type: list
    elements: dict
    required: true
    suboptions:
      api_version:
        description: Group and version of the kind.
        type: str
        required: true
      kind:
        description: Name of the kind.
        type: str
        required: true
      name:
        description: Name of the object. All objects of the kind, at least one, if not given.
        type: str
        default: ""
      namespace:
        description: Namespace of the object.
        type: str
        default: ""
      condition:
        description: Condition that has to be true.
        type: str
        default: ""
      fields:
        description: Values by their path of keys and list positions, such as C(status.addresses.0.value).
        type: dict
        default: {}
  timeout:
    description: Seconds to wait.
    type: int
    default: 60
"""

EXAMPLES = r"""
- name: Every node is ready and the gateway has its address
  baremetal.mlops.kubernetes_ready:
    kubeconfig: ~/.kube/config
    objects:
      - api_version: v1
        kind: Node
        condition: Ready
      - api_version: gateway.networking.k8s.io/v1
        kind: Gateway
        name: platform
        namespace: gateway
        condition: Programmed
        fields:
          status.addresses.0.value: 192.0.2.10
"""

RETURN = r"""
msg:
  description: Which object is not ready, and why.
  returned: failure
  type: str
  sample: "not ready after 60 s: Node node3: Ready is False: container runtime is down"
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.baremetal.mlops.plugins.module_utils import _reconcile
from ansible_collections.baremetal.mlops.plugins.module_utils._kubernetes.client import KubeClient
from ansible_collections.baremetal.mlops.plugins.module_utils._objects import model
from ansible_collections.baremetal.mlops.plugins.module_utils._objects.client import ObjectClient

OBJECT = {
    "api_version": {"type": "str", "required": True},
    "kind": {"type": "str", "required": True},
    "name": {"type": "str", "default": ""},
    "namespace": {"type": "str", "default": ""},
    "condition": {"type": "str", "default": ""},
    "fields": {"type": "dict", "default": {}},
}


def main() -> t.NoReturn:
    module = AnsibleModule(
        argument_spec={
            "kubeconfig": {"type": "path", "required": True},
            "objects": {"type": "list", "elements": "dict", "required": True, "options": OBJECT},
            "timeout": {"type": "int", "default": 60},
        },
        supports_check_mode=True,
    )
    params = module.params
    asked = [
        model.Asked(**{**item, "fields": tuple((path, str(value)) for path, value in item["fields"].items())})
        for item in params["objects"]
    ]

    def ask() -> _reconcile.Plan:
        client = ObjectClient(KubeClient(params["kubeconfig"]))
        model.wait(client, asked, params["timeout"])
        return _reconcile.Plan(before={}, after={})

    _reconcile.run(module, ask)


if __name__ == "__main__":
    main()
