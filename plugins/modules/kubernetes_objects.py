#!/usr/bin/python
# Copyright (c) 2026 baremetal.mlops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kubernetes_objects
short_description: Keep many Kubernetes objects in one call
version_added: 0.1.0
description:
  - Applies objects server side, and waits until all of them are ready at the same time.
  - Says exactly what would change, by a dry run of the API server. An object whose kind or namespace would only be made
    by the same run cannot be asked about and is said to be created.
  - A secret's values are not shown in differences.
  - Compared with M(kubernetes.core.k8s), it does not wait for one object before it applies the next, so that objects
    that need each other come up, and it does not take a change of status for a change.
author:
  - baremetal.mlops contributors (@baremetal-mlops)
extends_documentation_fragment:
  - baremetal.mlops._attributes
options:
  kubeconfig:
    description: Path of the kubeconfig. Its current context is used, with a client certificate or a token.
    type: path
    required: true
  definitions:
    description: Objects, as a list or as YAML documents, such as a rendered chart or template.
    type: raw
    required: true
  namespace:
    description: Namespace of namespaced objects that do not say theirs.
    type: str
    default: default
  conditions:
    description:
      - Conditions to wait for, by kind, such as C(Certificate) and V(Ready). The condition has to be true for every
        object of the kind in O(definitions).
      - Deployments, daemon sets, stateful sets and custom resource definitions need none.
    type: dict
    default: {}
  purge:
    description:
      - Kinds of which only the objects in O(definitions) may exist. Others are deleted if they have the label
        C(app.kubernetes.io/managed-by=baremetal.mlops).
    type: list
    elements: dict
    default: []
    suboptions:
      api_version:
        description: Group and version of the kind.
        type: str
        required: true
      kind:
        description: Name of the kind.
        type: str
        required: true
  wait:
    description: Whether to wait until the objects are ready.
    type: bool
    default: true
  timeout:
    description:
      - Seconds to wait for kinds, namespaces and webhooks that objects need before they can be applied, and again for
        the objects to be ready.
    type: int
    default: 300
"""

EXAMPLES = r"""
- name: Keep a web server
  baremetal.mlops.kubernetes_objects:
    kubeconfig: ~/.kube/config
    definitions: "{{ lookup('ansible.builtin.template', 'web.yml.j2') }}"
    conditions:
      Certificate: Ready
"""

RETURN = r"""
actions:
  description: What was done, or in check mode would be done, one line a write.
  returned: success
  type: list
  elements: str
  sample: [change Deployment web/server]
objects:
  description: In check mode, the objects that would be written, without the values of secrets.
  returned: in check mode
  type: dict
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.baremetal.mlops.plugins.module_utils import _reconcile
from ansible_collections.baremetal.mlops.plugins.module_utils._errors import PlatformError
from ansible_collections.baremetal.mlops.plugins.module_utils._kubernetes import kubeconfig
from ansible_collections.baremetal.mlops.plugins.module_utils._kubernetes.client import KubeClient
from ansible_collections.baremetal.mlops.plugins.module_utils._objects import model
from ansible_collections.baremetal.mlops.plugins.module_utils._objects.client import ObjectClient


def read_definitions(value: object) -> list[model.Object]:
    """The objects of a list or of YAML texts, each with what every object has to say."""
    parts: list[t.Any] = value if isinstance(value, list) else [value]
    items = [item for part in parts for item in (kubeconfig.load_all(part) if isinstance(part, str) else [part])]
    for item in items:
        if not _is_object(item):
            raise PlatformError(f"definitions: no object with apiVersion, kind and metadata.name: {str(item)[:80]}")
    return items


def _is_object(item: object) -> bool:
    if not isinstance(item, dict) or not isinstance(item.get("metadata"), dict):
        return False
    return bool(item.get("apiVersion") and item.get("kind") and item["metadata"].get("name"))


def main() -> t.NoReturn:
    purge = {"api_version": {"type": "str", "required": True}, "kind": {"type": "str", "required": True}}
    module = AnsibleModule(
        argument_spec={
            "kubeconfig": {"type": "path", "required": True},
            "definitions": {"type": "raw", "required": True},
            "namespace": {"type": "str", "default": "default"},
            "conditions": {"type": "dict", "default": {}},
            "purge": {"type": "list", "elements": "dict", "default": [], "options": purge},
            "wait": {"type": "bool", "default": True},
            "timeout": {"type": "int", "default": 300},
        },
        supports_check_mode=True,
    )
    params = module.params
    try:
        client = ObjectClient(KubeClient(params["kubeconfig"]), params["namespace"])
        wanted = model.Wanted(
            definitions=read_definitions(params["definitions"]),
            conditions=params["conditions"],
            purge=[model.Purge(item["api_version"], item["kind"]) for item in params["purge"]],
            timeout=params["timeout"],
            wait=params["wait"],
        )
    except PlatformError as exc:
        module.fail_json(msg=exc.msg, **exc.details)

    def read_back(_plan: _reconcile.Plan) -> dict[str, t.Any]:
        model.settle(client, wanted)
        for warning in sorted(client.warnings):
            module.warn(warning)
        return {}

    _reconcile.run(module, lambda: model.plan(client, wanted), read_back)


if __name__ == "__main__":
    main()
