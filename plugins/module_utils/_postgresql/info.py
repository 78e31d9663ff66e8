# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What a server has, in the shape of the options that would make it so. No I/O of its own.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql import acl
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql.names import PUBLIC, RESERVED_PREFIX

if t.TYPE_CHECKING:
    from collections.abc import Collection

    from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql import state

CATALOG_SCHEMA = "information_schema"


def read(
    client: state.Client, roles: Collection[str] | None, databases: Collection[str] | None, contents: bool
) -> tuple[dict[str, t.Any], list[str]]:
    """What is there, and warnings about what could not be read. Names as None ask for all but the server's own."""
    found_roles = {} if roles == [] else client.roles(roles)
    found_databases = {} if databases == [] else client.databases(databases)
    if roles is None:
        found_roles = {name: one for name, one in found_roles.items() if not name.startswith(RESERVED_PREFIX)}
    if databases is None:
        found_databases = {name: one for name, one in found_databases.items() if not one.is_template}
    warnings: list[str] = []
    shown = []
    for name in sorted(found_databases):
        item = _database(found_databases[name])
        if contents:
            try:
                item.update(_contents(client.contents(name)))
            except ItemError as exc:
                warnings.append(exc.msg)
        shown.append(item)
    return {
        "version": client.server().version,
        "roles": [_role(found_roles[name]) for name in sorted(found_roles)],
        "has_password": {name: found_roles[name].has_password for name in sorted(found_roles)},
        "databases": shown,
    }, warnings


def _role(role: state.Role) -> dict[str, t.Any]:
    return {
        "name": role.name,
        "login": role.login,
        "createdb": role.createdb,
        "createrole": role.createrole,
        "connection_limit": role.connection_limit,
        "member_of": sorted({one.role for one in role.member_of}),
    }


def _database(database: state.Database) -> dict[str, t.Any]:
    return {
        "name": database.name,
        "owner": database.owner,
        "encoding": database.encoding,
        "connection_limit": database.connection_limit,
        "public_connect": database.public_connect,
        "grants": _grants(database.acl, {database.owner, PUBLIC}),
    }


def _contents(contents: state.Contents) -> dict[str, t.Any]:
    own = {name for name in contents.schemas if name.startswith(RESERVED_PREFIX) or name == CATALOG_SCHEMA}
    return {
        "extensions": [
            {"name": name, "version": one.version, "schema": one.schema}
            for name, one in sorted(contents.extensions.items())
        ],
        "schemas": [
            {"name": name, "owner": one.owner, "grants": _grants(one.acl, {one.owner})}
            for name, one in sorted(contents.schemas.items())
            if name not in own
        ],
    }


def _grants(entries: acl.Acl, without: Collection[str]) -> list[dict[str, t.Any]]:
    roles = sorted({entry.role for entry in entries} - set(without))
    return acl.listed(entries, [acl.Grant(role, ()) for role in roles])
