# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The options that describe roles and databases.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql import acl

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROLE_OPTIONS: Mapping[str, Mapping[str, t.Any]] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "password": {"type": "str", "no_log": True},
    "login": {"type": "bool"},
    "createdb": {"type": "bool"},
    "createrole": {"type": "bool"},
    "connection_limit": {"type": "int"},
    "member_of": {"type": "list", "elements": "str"},
}


def _grants(privileges: Sequence[str]) -> dict[str, t.Any]:
    options = {
        "role": {"type": "str", "required": True},
        "privileges": {"type": "list", "elements": "str", "required": True, "choices": list(privileges)},
    }
    return {"type": "list", "elements": "dict", "options": options}


SCHEMA_OPTIONS: Mapping[str, Mapping[str, t.Any]] = {
    "name": {"type": "str", "required": True},
    "owner": {"type": "str"},
    "grants": _grants(acl.ON_SCHEMA),
}
DATABASE_OPTIONS: Mapping[str, Mapping[str, t.Any]] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "force_drop": {"type": "bool", "default": False},
    "owner": {"type": "str"},
    "encoding": {"type": "str"},
    "template": {"type": "str"},
    "connection_limit": {"type": "int"},
    "extensions": {"type": "list", "elements": "raw"},
    "public_connect": {"type": "bool"},
    "grants": _grants(acl.ON_DATABASE),
    "schemas": {"type": "list", "elements": "dict", "options": SCHEMA_OPTIONS},
}
