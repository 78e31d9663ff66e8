# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What a server has of all that is named, before and after. No I/O of its own.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql import (
    model_contents,
    model_databases,
    model_roles,
)
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql.names import PUBLIC
from ansible_collections.baremetal.mlops.plugins.module_utils._reconcile import Failure

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql import state
    from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql import wanted as w


@dataclasses.dataclass
class Scene:
    """Roles and databases by name, a word for each password, and what is within the databases that were looked into."""

    roles: dict[str, state.Role]
    passwords: dict[str, str]
    databases: dict[str, state.Database]
    contents: dict[str, state.Contents]

    def copy(self) -> Scene:
        return Scene(dict(self.roles), dict(self.passwords), dict(self.databases), dict(self.contents))

    def shown(self, wanted: w.Wanted) -> dict[str, t.Any]:
        """What the user named, as it is. Without secrets."""
        return {
            "roles": {
                role.name: model_roles.shown(role, self.roles[role.name], self.passwords[role.name])
                for role in wanted.roles
                if role.name in self.roles
            },
            "databases": {
                database.name: {
                    **model_databases.shown(database, self.databases[database.name]),
                    **self._within(database),
                }
                for database in wanted.databases
                if database.name in self.databases
            },
        }

    def _within(self, database: w.Database) -> dict[str, t.Any]:
        if not database.present or not database.has_contents or database.name not in self.contents:
            return {}
        return model_contents.shown(database, self.contents[database.name])


def look(client: state.Client, facts: state.Server, wanted: w.Wanted) -> tuple[Scene, list[Failure]]:
    """A query for roles, one for databases, and one in each database of which something within is named."""
    secret = {role.name for role in wanted.roles if role.present and role.password is not None}
    roles = dict(client.roles(set(_roles(wanted)), secret))
    databases = dict(client.databases(set(_databases(wanted)))) if wanted.databases else {}
    passwords, failures = model_roles.password_states(client, facts, wanted.roles, roles)
    contents: dict[str, state.Contents] = {}
    for database in wanted.databases:
        if database.present and database.has_contents and database.name in databases:
            try:
                contents[database.name] = client.contents(database.name)
            except ItemError as exc:
                failures.append(Failure(("databases", database.name), exc.msg))
    return Scene(roles, passwords, databases, contents), failures


def _roles(wanted: w.Wanted) -> Iterator[str]:
    """All roles that are named anywhere."""
    for role in wanted.roles:
        yield role.name
        yield from role.member_of or ()
    for database in wanted.databases:
        yield from _without_none(database.owner)
        for grant in database.grants or ():
            yield from () if grant.role == PUBLIC else (grant.role,)
        for schema in database.schemas or ():
            yield from _without_none(schema.owner)
            yield from (grant.role for grant in schema.grants or () if grant.role != PUBLIC)


def _databases(wanted: w.Wanted) -> Iterator[str]:
    yield model_databases.USUAL_TEMPLATE
    for database in wanted.databases:
        yield database.name
        yield from _without_none(database.template)


def _without_none(name: str | None) -> tuple[str, ...]:
    return () if name is None else (name,)
