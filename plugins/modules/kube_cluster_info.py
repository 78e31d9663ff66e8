#!/usr/bin/python
# Copyright (c) 2026 baremetal.mlops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kube_cluster_info
short_description: Ask a cluster how it is
version_added: 0.1.0
description:
  - Returns what the API server says about itself and the nodes.
author:
  - baremetal.mlops contributors (@baremetal-mlops)
requirements:
  - PyYAML
extends_documentation_fragment:
  - baremetal.mlops._attributes.reader
options:
  kubeconfig:
    description: Path of the kubeconfig of an administrator.
    type: path
    required: true
  wait_timeout:
    description: How long to wait until the API server is ready, in seconds.
    type: int
    default: 60
"""

EXAMPLES = r"""
- name: Ask the cluster
  baremetal.mlops.kube_cluster_info:
    kubeconfig: ~/.kube/config
"""

RETURN = r"""
readyz:
  description: What the API server's readiness endpoint says.
  returned: success
  type: str
  sample: ok
version:
  description: Version of the API server.
  returned: success
  type: str
  sample: 1.35.4
nodes:
  description: The nodes by name, with the kubelet's version, whether it is ready, and its addresses.
  returned: success
  type: dict
  sample: {node1: {version: 1.35.4, ready: true, addresses: [192.0.2.11]}}
"""

import time
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError, PlatformError
from ansible_collections.baremetal.mlops.plugins.module_utils._kubernetes.client import KubeClient

PAUSE = 2.0


def summary(item: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    status = item["status"]
    return {
        "version": status["nodeInfo"]["kubeletVersion"].removeprefix("v"),
        "ready": any(
            condition["type"] == "Ready" and condition["status"] == "True" for condition in status["conditions"]
        ),
        "addresses": [address["address"] for address in status.get("addresses", [])],
    }


def readyz(client: KubeClient, timeout: float) -> str:
    end = time.monotonic() + timeout
    while True:
        try:
            answer = client.text("/readyz")
        except ApiError:
            if time.monotonic() >= end:
                raise
            answer = ""
        if answer == "ok" or time.monotonic() >= end:
            return answer
        time.sleep(PAUSE)


def main() -> t.NoReturn:
    module = AnsibleModule(
        argument_spec={
            "kubeconfig": {"type": "path", "required": True},
            "wait_timeout": {"type": "int", "default": 60},
        },
        supports_check_mode=True,
    )
    try:
        client = KubeClient(module.params["kubeconfig"], timeout=10)
        health = readyz(client, module.params["wait_timeout"])
        version = (client.get("/version") or {}).get("gitVersion", "").removeprefix("v")
        nodes = {item["metadata"]["name"]: summary(item) for item in client.items("/api/v1/nodes")}
    except PlatformError as exc:
        module.fail_json(msg=exc.msg, **exc.details)
    module.exit_json(changed=False, readyz=health, version=version, nodes=nodes)


if __name__ == "__main__":
    main()
