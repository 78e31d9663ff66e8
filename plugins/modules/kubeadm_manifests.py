#!/usr/bin/python
# Copyright (c) 2026 baremetal.mlops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_manifests
short_description: Keep a control plane's static pods as kubeadm would write them now
version_added: 0.1.0
description:
  - Lets kubeadm render the manifests of API server, controller manager and scheduler, and writes those that differ.
  - The kubelet restarts a static pod when its manifest changes.
  - The manifest of etcd is left alone, because it depends on how the member joined.
author:
  - baremetal.mlops contributors (@baremetal-mlops)
extends_documentation_fragment:
  - baremetal.mlops._attributes
options:
  config:
    description: Path of kubeadm's configuration on the host.
    type: path
    required: true
  directory:
    description: Where the kubelet looks for static pods.
    type: path
    default: /etc/kubernetes/manifests
"""

EXAMPLES = r"""
- name: Keep the control plane
  baremetal.mlops.kubeadm_manifests:
    config: /etc/kubernetes/kubeadm.yaml
"""

RETURN = r"""
actions:
  description: What was done, or in check mode would be done, one line a write.
  returned: success
  type: list
  elements: str
  sample: [write /etc/kubernetes/manifests/kube-apiserver.yaml]
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.baremetal.mlops.plugins.module_utils import _reconcile
from ansible_collections.baremetal.mlops.plugins.module_utils._kubernetes import manifests
from ansible_collections.baremetal.mlops.plugins.module_utils._node import files
from ansible_collections.baremetal.mlops.plugins.module_utils._node.host import HostFiles


def main() -> t.NoReturn:
    module = AnsibleModule(
        argument_spec={
            "config": {"type": "path", "required": True},
            "directory": {"type": "path", "default": "/etc/kubernetes/manifests"},
        },
        supports_check_mode=True,
    )
    params = module.params
    client = HostFiles()

    def make_plan() -> _reconcile.Plan:
        wanted = manifests.rendered(params["config"], params["directory"], module.run_command)
        return files.plan(client, files.Wanted(present=wanted))

    _reconcile.run(module, make_plan)


if __name__ == "__main__":
    main()
