#!/usr/bin/python
# Copyright (c) 2026 baremetal.mlops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: node_kernel
short_description: Keep kernel modules, kernel parameters and swap of a host
version_added: 0.1.0
description:
  - Loads kernel modules, sets kernel parameters and turns swap off, now and for every boot, in one call.
  - Looks at the running kernel as well as at the files, so that a parameter changed by hand is seen and put back.
author:
  - baremetal.mlops contributors (@baremetal-mlops)
extends_documentation_fragment:
  - baremetal.mlops._attributes
options:
  modules:
    description: Kernel modules that are loaded.
    type: list
    elements: str
    default: []
  sysctls:
    description: Kernel parameters and their values.
    type: dict
    default: {}
  swap_off:
    description: Whether swap is turned off and commented out in C(/etc/fstab). Swap is left alone otherwise.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Prepare the kernel
  baremetal.mlops.node_kernel:
    modules: [overlay, br_netfilter]
    sysctls:
      net.ipv4.ip_forward: 1
"""

RETURN = r"""
actions:
  description: What was done, or in check mode would be done, one line a write.
  returned: success
  type: list
  elements: str
  sample: [set net.ipv4.ip_forward = 1]
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.baremetal.mlops.plugins.module_utils import _reconcile
from ansible_collections.baremetal.mlops.plugins.module_utils._node import kernel
from ansible_collections.baremetal.mlops.plugins.module_utils._node.kernel_host import HostKernel


def main() -> t.NoReturn:
    module = AnsibleModule(
        argument_spec={
            "modules": {"type": "list", "elements": "str", "default": []},
            "sysctls": {"type": "dict", "default": {}},
            "swap_off": {"type": "bool", "default": True},
        },
        supports_check_mode=True,
    )
    params = module.params
    client = HostKernel(module.run_command)
    wanted = kernel.Wanted(
        modules=params["modules"],
        sysctls={name: " ".join(str(value).split()) for name, value in params["sysctls"].items()},
        swap_off=params["swap_off"],
    )
    _reconcile.run(module, lambda: kernel.plan(client, wanted))


if __name__ == "__main__":
    main()
