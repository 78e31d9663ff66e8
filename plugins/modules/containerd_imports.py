#!/usr/bin/python
# Copyright (c) 2026 baremetal.mlops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: containerd_imports
short_description: Make containerd read a directory of drop-ins
version_added: 0.1.0
description:
  - Adds one pattern to C(imports) of containerd's main configuration file.
  - Whatever else is in the file stays, such as what the NVIDIA container toolkit adds to it.
  - A package's sample file, which turns the CRI plugin off or has an old version, is replaced by a minimal one.
author:
  - baremetal.mlops contributors (@baremetal-mlops)
extends_documentation_fragment:
  - baremetal.mlops._attributes
options:
  path:
    description: The main configuration file.
    type: path
    default: /etc/containerd/config.toml
  pattern:
    description: Pattern of the drop-ins' paths.
    type: str
    default: /etc/containerd/conf.d/*.toml
"""

EXAMPLES = r"""
- name: Read drop-ins
  baremetal.mlops.containerd_imports:
"""

RETURN = r"""
actions:
  description: What was done, or in check mode would be done, one line a write.
  returned: success
  type: list
  elements: str
  sample: [import /etc/containerd/conf.d/*.toml in /etc/containerd/config.toml]
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.baremetal.mlops.plugins.module_utils import _reconcile
from ansible_collections.baremetal.mlops.plugins.module_utils._containerd import imports
from ansible_collections.baremetal.mlops.plugins.module_utils._node.host import HostFiles


def main() -> t.NoReturn:
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "default": "/etc/containerd/config.toml"},
            "pattern": {"type": "str", "default": "/etc/containerd/conf.d/*.toml"},
        },
        supports_check_mode=True,
    )
    client = HostFiles()
    _reconcile.run(module, lambda: imports.plan(client, module.params["path"], module.params["pattern"]))


if __name__ == "__main__":
    main()
