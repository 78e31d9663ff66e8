# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The options of users, and users out of them.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users import model, policies

if t.TYPE_CHECKING:
    from collections.abc import Mapping

AUTO = "auto"
BACKEND: Mapping[str, t.Any] = {"type": "str", "choices": [AUTO, *model.BACKENDS], "default": AUTO}
USERS: Mapping[str, t.Any] = {
    "type": "list",
    "elements": "dict",
    "required": True,
    "mutually_exclusive": [("policy", "buckets"), ("policy", "access")],
    "options": {
        "name": {"type": "str", "required": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "secret_key": {"type": "str", "no_log": True},
        "update_secret": {"type": "str", "choices": ["always", "on_create"], "default": "always", "no_log": False},
        "access_key": {"type": "str", "no_log": False},
        "purge_keys": {"type": "bool", "default": False, "no_log": False},
        "buckets": {"type": "list", "elements": "str"},
        "read_only": {"type": "bool", "default": False},
        "access": {
            "type": "list",
            "elements": "dict",
            "options": {
                "bucket": {"type": "str", "required": True},
                "prefix": {"type": "str", "default": ""},
                "permissions": {
                    "type": "list",
                    "elements": "str",
                    "required": True,
                    "choices": list(policies.PERMISSIONS),
                },
            },
        },
        "policy": {"type": "dict"},
    },
}


def wanted(user: Mapping[str, t.Any]) -> model.Wanted:
    return model.Wanted(
        name=user["name"],
        present=user["state"] == "present",
        access_key=user["access_key"],
        secret_key=user["secret_key"],
        update_secret=user["update_secret"] == "always",
        purge_keys=user["purge_keys"],
        accesses=_accesses(user),
        given_policy=user["policy"],
    )


def _accesses(user: Mapping[str, t.Any]) -> tuple[policies.Access, ...] | None:
    if user["buckets"] is None and user["access"] is None:
        return None
    simple = frozenset([policies.LIST, policies.READ] if user["read_only"] else policies.PERMISSIONS)
    return (
        *(policies.Access(bucket, permissions=simple) for bucket in user["buckets"] or []),
        *(
            policies.Access(item["bucket"], item["prefix"], frozenset(item["permissions"]))
            for item in user["access"] or []
        ),
    )
