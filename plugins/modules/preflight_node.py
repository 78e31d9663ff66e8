#!/usr/bin/python
# Copyright (c) 2026 baremetal.mlops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: preflight_node
short_description: Ask a host what preflight has to know about it
version_added: 0.1.0
description:
  - Reads operating system, cores, memory, disks, cgroup version, swap, clock, names, addresses and ports in one call.
  - Tries the way to endpoints over TLS. Changes nothing.
author:
  - baremetal.mlops contributors (@baremetal-mlops)
extends_documentation_fragment:
  - baremetal.mlops._attributes.reader
options:
  paths:
    description: Directories whose free space counts. Of one that does not exist its parent is looked at.
    type: list
    elements: path
    default: []
  ports:
    description: Ports on which nothing may listen yet.
    type: list
    elements: int
    default: []
  endpoints:
    description: Hosts, with a port unless it is 443, that are reached over TLS.
    type: list
    elements: str
    default: []
  ca:
    description: Certificates as PEM that are trusted instead of the system's. Empty for the system's.
    type: str
    default: ""
  asked:
    description: The controller's time in seconds since 1970; returned, so that clocks can be compared.
    type: float
    default: 0
  timeout:
    description: How long to wait for an endpoint, in seconds.
    type: float
    default: 5
"""

EXAMPLES = r"""
- name: Ask the host
  baremetal.mlops.preflight_node:
    paths: [/var/lib/containerd]
    ports: [6443, 10250]
"""

RETURN = r"""
node:
  description: What the host says.
  returned: success
  type: dict
  sample: {os: debian, os_version: "13", cores: 8, memory_mb: 32000, cgroup: 2}
"""

import ssl
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.baremetal.mlops.plugins.module_utils._preflight.host import collect


def main() -> t.NoReturn:
    module = AnsibleModule(
        argument_spec={
            "paths": {"type": "list", "elements": "path", "default": []},
            "ports": {"type": "list", "elements": "int", "default": []},
            "endpoints": {"type": "list", "elements": "str", "default": []},
            "ca": {"type": "str", "default": ""},
            "asked": {"type": "float", "default": 0},
            "timeout": {"type": "float", "default": 5},
        },
        supports_check_mode=True,
    )
    try:
        params = dict(module.params)
        asked = params.pop("asked")
        node = {"asked": asked, **collect("/", **params)}
    except ssl.SSLError:
        module.fail_json(msg="platform_mirror_ca holds no certificate: give the path of a PEM file")
    module.exit_json(changed=False, node=node)


if __name__ == "__main__":
    main()
