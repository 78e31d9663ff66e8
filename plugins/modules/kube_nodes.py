#!/usr/bin/python
# Copyright (c) 2026 baremetal.mlops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kube_nodes
short_description: Keep labels and the control plane taint of nodes
version_added: 0.1.0
description:
  - For all nodes in one call, sets labels, and sets or removes the taint that keeps work away from control planes.
  - Labels and taints that are not named are left alone.
author:
  - baremetal.mlops contributors (@baremetal-mlops)
requirements:
  - PyYAML
extends_documentation_fragment:
  - baremetal.mlops._attributes
options:
  kubeconfig:
    description: Path of the kubeconfig of an administrator.
    type: path
    required: true
  nodes:
    description: The nodes.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the node in the cluster.
        type: str
        required: true
      labels:
        description: Labels that the node has.
        type: dict
        default: {}
      control_plane_taint:
        description: Whether the node has the control plane's taint. Left as it is when not given.
        type: bool
"""

EXAMPLES = r"""
- name: Keep labels
  baremetal.mlops.kube_nodes:
    kubeconfig: ~/.kube/config
    nodes:
      - name: node2
        labels:
          example.com/disk: nvme
"""

RETURN = r"""
actions:
  description: What was done, or in check mode would be done, one line a write.
  returned: success
  type: list
  elements: str
  sample: [set label example.com/disk of node2 to nvme]
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.baremetal.mlops.plugins.module_utils import _reconcile
from ansible_collections.baremetal.mlops.plugins.module_utils._kubernetes import nodes
from ansible_collections.baremetal.mlops.plugins.module_utils._kubernetes.client import KubeClient


def main() -> t.NoReturn:
    node = {
        "name": {"type": "str", "required": True},
        "labels": {"type": "dict", "default": {}},
        "control_plane_taint": {"type": "bool"},
    }
    module = AnsibleModule(
        argument_spec={
            "kubeconfig": {"type": "path", "required": True},
            "nodes": {"type": "list", "elements": "dict", "required": True, "options": node},
        },
        supports_check_mode=True,
    )
    params = module.params
    wanted = [
        nodes.Wanted(
            name=item["name"],
            labels={key: str(value) for key, value in item["labels"].items()},
            control_plane_taint=item["control_plane_taint"],
        )
        for item in params["nodes"]
    ]
    _reconcile.run(module, lambda: nodes.plan(KubeClient(params["kubeconfig"]), wanted))


if __name__ == "__main__":
    main()
