#!/usr/bin/python
# Copyright (c) 2026 baremetal.mlops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kubelet_serving_csrs
short_description: Approve kubelets' requests for serving certificates
version_added: 0.1.0
description:
  - Approves a request only if a node of the inventory sent it and it asks for that node's name and addresses alone.
  - A request that is not right is left waiting and returned with the reason.
author:
  - baremetal.mlops contributors (@baremetal-mlops)
requirements:
  - cryptography
  - PyYAML
extends_documentation_fragment:
  - baremetal.mlops._attributes
options:
  kubeconfig:
    description: Path of the kubeconfig of an administrator.
    type: path
    required: true
  nodes:
    description: The nodes of the inventory.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the node in the cluster.
        type: str
        required: true
      addresses:
        description: Addresses that its certificate may hold.
        type: list
        elements: str
        required: true
  wait_for:
    description: Names of nodes that have just joined; their requests are waited for.
    type: list
    elements: str
    default: []
  wait_timeout:
    description: How long to wait for them, in seconds.
    type: int
    default: 120
"""

EXAMPLES = r"""
- name: Approve
  baremetal.mlops.kubelet_serving_csrs:
    kubeconfig: ~/.kube/config
    nodes:
      - name: node1
        addresses: [192.0.2.11]
"""

RETURN = r"""
actions:
  description: What was done, or in check mode would be done, one line a write.
  returned: success
  type: list
  elements: str
  sample: [approve csr-x7x2k of system:node:node1]
waiting:
  description: Requests that are left waiting because they are not right.
  returned: success
  type: list
  elements: str
refused:
  description: The same requests with the reason.
  returned: success
  type: list
  elements: dict
"""

import time
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.baremetal.mlops.plugins.module_utils import _reconcile
from ansible_collections.baremetal.mlops.plugins.module_utils._kubernetes import csrs
from ansible_collections.baremetal.mlops.plugins.module_utils._kubernetes.client import KubeClient
from ansible_collections.baremetal.mlops.plugins.module_utils._kubernetes.csr_client import SigningRequests


def main() -> t.NoReturn:
    node = {
        "name": {"type": "str", "required": True},
        "addresses": {"type": "list", "elements": "str", "required": True},
    }
    module = AnsibleModule(
        argument_spec={
            "kubeconfig": {"type": "path", "required": True},
            "nodes": {"type": "list", "elements": "dict", "required": True, "options": node},
            "wait_for": {"type": "list", "elements": "str", "default": []},
            "wait_timeout": {"type": "int", "default": 120},
        },
        supports_check_mode=True,
    )
    params = module.params
    nodes = {item["name"]: csrs.Node(item["name"], item["addresses"]) for item in params["nodes"]}

    def make_plan() -> _reconcile.Plan:
        client = SigningRequests(KubeClient(params["kubeconfig"]))
        csrs.wait_for(client, params["wait_for"], params["wait_timeout"], time.monotonic, time.sleep)
        return csrs.plan(client, nodes)

    def read_back(_plan: _reconcile.Plan) -> dict[str, t.Any]:
        refused = csrs.refused(SigningRequests(KubeClient(params["kubeconfig"])), nodes)
        return {"refused": refused, "waiting": [f"{item['name']} of {item['username']}" for item in refused]}

    _reconcile.run(module, make_plan, read_back)


if __name__ == "__main__":
    main()
