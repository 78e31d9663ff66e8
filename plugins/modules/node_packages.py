#!/usr/bin/python
# Copyright (c) 2026 baremetal.mlops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: node_packages
short_description: Keep Debian packages in their versions, with the repository that they come from
version_added: 0.1.0
description:
  - Keeps a repository with its key, the packages from it in versions that match a pattern, and their hold, in one call.
  - Asks dpkg alone while everything is right, which takes a fraction of the time of opening apt's lists.
  - The lists are made new only when something has to be installed, and then only those of the repository.
author:
  - baremetal.mlops contributors (@baremetal-mlops)
extends_documentation_fragment:
  - baremetal.mlops._attributes
options:
  packages:
    description: Names of packages, not virtual ones, and patterns of their versions; an empty pattern for any version.
    type: dict
    required: true
  repository:
    description: Where the packages come from. The host's own sources when not given.
    type: dict
    suboptions:
      name:
        description: Name of the repository on the host.
        type: str
        required: true
      uri:
        description: Address of the repository.
        type: str
        required: true
      key:
        description: Address of the key, as text, that signs the repository.
        type: str
        required: true
      suite:
        description: Suite, or a path that ends in a slash for a repository without suites.
        type: str
        required: true
      components:
        description: Components of the suite.
        type: list
        elements: str
        default: []
  hold:
    description: Whether the packages are held, so that nothing else upgrades them.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Keep containerd
  baremetal.mlops.node_packages:
    repository: "{{ lookup('baremetal.mlops.catalog', 'containerd').apt }}"
    packages: "{{ lookup('baremetal.mlops.catalog', 'containerd').packages }}"
    hold: true
"""

RETURN = r"""
actions:
  description: What was done, or in check mode would be done, one line a write.
  returned: success
  type: list
  elements: str
  sample: [hold containerd.io]
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.baremetal.mlops.plugins.module_utils import _reconcile
from ansible_collections.baremetal.mlops.plugins.module_utils._node import packages
from ansible_collections.baremetal.mlops.plugins.module_utils._node.apt import Apt


def main() -> t.NoReturn:
    repository = {
        "name": {"type": "str", "required": True},
        "uri": {"type": "str", "required": True},
        "key": {"type": "str", "required": True, "no_log": False},
        "suite": {"type": "str", "required": True},
        "components": {"type": "list", "elements": "str", "default": []},
    }
    module = AnsibleModule(
        argument_spec={
            "packages": {"type": "dict", "required": True},
            "repository": {"type": "dict", "options": repository},
            "hold": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    params = module.params
    client = Apt(module.run_command)
    wanted = packages.Wanted(
        packages={name: str(pattern or "") for name, pattern in params["packages"].items()},
        repository=packages.Repository(**params["repository"]) if params["repository"] else None,
        hold=params["hold"],
    )
    _reconcile.run(module, lambda: packages.plan(client, wanted))


if __name__ == "__main__":
    main()
