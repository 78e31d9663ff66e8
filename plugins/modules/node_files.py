#!/usr/bin/python
# Copyright (c) 2026 baremetal.mlops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: node_files
short_description: Keep several text files of a host in one call
version_added: 0.1.0
description:
  - Writes the files that differ from what is wanted, and removes files that are no longer wanted.
  - One call instead of one for each file, because each call to a host costs time even when nothing changes.
  - Missing parent directories are made.
author:
  - baremetal.mlops contributors (@baremetal-mlops)
extends_documentation_fragment:
  - baremetal.mlops._attributes
options:
  files:
    description: Files that exist with exactly this content and mode.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: Absolute path of the file.
        type: path
        required: true
      content:
        description: The whole text.
        type: str
        required: true
      mode:
        description: Mode of the file as octal text.
        type: str
        default: "0644"
  absent:
    description: Absolute paths of files that do not exist. Only a file that holds O(marker) is removed.
    type: list
    elements: path
    default: []
  marker:
    description: Text by which a file is known as one that this collection wrote. Empty for any file.
    type: str
    default: ""
  secret:
    description: Whether the difference hides the contents. Set C(no_log) on the task as well.
    type: bool
    default: false
  directory_mode:
    description: Mode of parent directories that have to be made, as octal text.
    type: str
    default: "0755"
"""

EXAMPLES = r"""
- name: Keep the drop-ins
  baremetal.mlops.node_files:
    files:
      - path: /etc/containerd/conf.d/10-site.toml
        content: "{{ lookup('ansible.builtin.template', 'site.toml.j2') }}"
"""

RETURN = r"""
actions:
  description: What was done, or in check mode would be done, one line a write.
  returned: success
  type: list
  elements: str
  sample: [write /etc/containerd/conf.d/10-site.toml]
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.baremetal.mlops.plugins.module_utils import _reconcile
from ansible_collections.baremetal.mlops.plugins.module_utils._node import files
from ansible_collections.baremetal.mlops.plugins.module_utils._node.host import HostFiles


def main() -> t.NoReturn:
    module = AnsibleModule(
        argument_spec={
            "files": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {
                    "path": {"type": "path", "required": True},
                    "content": {"type": "str", "required": True},
                    "mode": {"type": "str", "default": "0644"},
                },
            },
            "absent": {"type": "list", "elements": "path", "default": []},
            "marker": {"type": "str", "default": ""},
            "secret": {"type": "bool", "default": False, "no_log": False},
            "directory_mode": {"type": "str", "default": "0755"},
        },
        supports_check_mode=True,
    )
    params = module.params
    client = HostFiles(int(params["directory_mode"], 8))
    wanted = files.Wanted(
        present=[files.File(**file) for file in params["files"]],
        absent=params["absent"],
        marker=params["marker"],
        secret=params["secret"],
    )
    _reconcile.run(module, lambda: files.plan(client, wanted))


if __name__ == "__main__":
    main()
