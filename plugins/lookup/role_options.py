# Copyright (c) 2026 baremetal.mlops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: role_options
short_description: The options of the collection's roles
version_added: 0.1.0
description:
  - Returns what the roles' argument specs say, so that an inventory can be checked before any role runs.
author:
  - baremetal.mlops contributors (@baremetal-mlops)
options:
  _terms:
    description: Names of roles. All roles when none is given.
"""

EXAMPLES = r"""
- name: Show the options of two roles
  ansible.builtin.debug:
    msg: "{{ query('baremetal.mlops.role_options', 'node', 'containerd') }}"
"""

RETURN = r"""
_raw:
  description: For each role its C(name) and its C(options), as ansible.builtin.validate_argument_spec takes them.
  type: list
  elements: dict
"""

import pathlib
import typing as t

import yaml
from ansible.plugins.lookup import LookupBase

ROLES = pathlib.Path(__file__).parents[2] / "roles"


class LookupModule(LookupBase):
    def run(
        self, terms: list[str], variables: dict[str, t.Any] | None = None, **kwargs: t.Any
    ) -> list[dict[str, t.Any]]:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        found = []
        for path in sorted(ROLES.glob("*/meta/argument_specs.yml")):
            role = path.parents[1].name
            if not terms or role in terms:
                spec = yaml.load(path.read_text(), Loader=loader)["argument_specs"]["main"]
                found.append({"name": role, "options": spec.get("options", {})})
        return found
