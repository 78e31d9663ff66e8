# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Changes of a server, each atomic where PostgreSQL allows it: data, with a line for the user. No I/O.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql.names import shown

if t.TYPE_CHECKING:
    from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql import acl
    from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql.state import Membership


@dataclasses.dataclass(frozen=True)
class Attributes:
    """What is None is left as it is."""

    login: bool | None = None
    createdb: bool | None = None
    createrole: bool | None = None
    connection_limit: int | None = None
    password: str | None = dataclasses.field(default=None, repr=False)

    def text(self) -> list[str]:
        flags = (("login", self.login), ("createdb", self.createdb), ("createrole", self.createrole))
        parts = [name if value else f"no {name}" for name, value in flags if value is not None]
        parts += _limit(self.connection_limit)
        return [*parts, *([] if self.password is None else ["password"])]


@dataclasses.dataclass(frozen=True)
class CreateRole:
    name: str
    attributes: Attributes
    member_of: tuple[str, ...] = ()

    @property
    def item(self) -> tuple[str, ...]:
        return ("roles", self.name)

    @property
    def summary(self) -> str:
        return f"create role {shown(self.name)}"


@dataclasses.dataclass(frozen=True)
class AlterRole:
    name: str
    attributes: Attributes = Attributes()
    join: tuple[str, ...] = ()
    leave: tuple[Membership, ...] = ()

    @property
    def item(self) -> tuple[str, ...]:
        return ("roles", self.name)

    @property
    def summary(self) -> str:
        parts = self.attributes.text()
        parts += [f"member of {shown(name)}" for name in self.join]
        parts += [f"no longer member of {shown(name)}" for name in sorted({one.role for one in self.leave})]
        return f"change role {shown(self.name)}: {', '.join(parts)}"


@dataclasses.dataclass(frozen=True)
class DropRole:
    name: str

    @property
    def item(self) -> tuple[str, ...]:
        return ("roles", self.name)

    @property
    def summary(self) -> str:
        return f"drop role {shown(self.name)}"


@dataclasses.dataclass(frozen=True)
class CreateDatabase:
    name: str
    owner: str | None = None
    encoding: str | None = None
    template: str | None = None
    connection_limit: int | None = None

    @property
    def item(self) -> tuple[str, ...]:
        return ("databases", self.name)

    @property
    def summary(self) -> str:
        return f"create database {shown(self.name)}"


@dataclasses.dataclass(frozen=True)
class AlterDatabase:
    """``holder`` owns it after the change: a privilege of another giver is taken back in that one's name."""

    name: str
    holder: str
    owner: str | None = None
    connection_limit: int | None = None
    privileges: tuple[acl.Change, ...] = ()

    @property
    def item(self) -> tuple[str, ...]:
        return ("databases", self.name, "settings")

    @property
    def summary(self) -> str:
        parts = _owner(self.owner) + _limit(self.connection_limit) + [change.text() for change in self.privileges]
        return f"change database {shown(self.name)}: {', '.join(parts)}"


@dataclasses.dataclass(frozen=True)
class DropDatabase:
    """Ends the sessions in it."""

    name: str

    @property
    def item(self) -> tuple[str, ...]:
        return ("databases", self.name)

    @property
    def summary(self) -> str:
        return f"drop database {shown(self.name)}"


@dataclasses.dataclass(frozen=True)
class CreateSchema:
    """``holder`` owns it afterwards; ``owner`` is None where that goes without saying."""

    database: str
    name: str
    holder: str
    owner: str | None = None
    privileges: tuple[acl.Change, ...] = ()

    @property
    def item(self) -> tuple[str, ...]:
        return ("databases", self.database, "schemas", self.name)

    @property
    def summary(self) -> str:
        parts = ", ".join(change.text() for change in self.privileges)
        return f"create schema {_within(self.name, self.database)}{': ' if parts else ''}{parts}"


@dataclasses.dataclass(frozen=True)
class AlterSchema:
    database: str
    name: str
    holder: str
    owner: str | None = None
    privileges: tuple[acl.Change, ...] = ()

    @property
    def item(self) -> tuple[str, ...]:
        return ("databases", self.database, "schemas", self.name)

    @property
    def summary(self) -> str:
        parts = _owner(self.owner) + [change.text() for change in self.privileges]
        return f"change schema {_within(self.name, self.database)}: {', '.join(parts)}"


@dataclasses.dataclass(frozen=True)
class CreateExtension:
    database: str
    name: str
    version: str | None = None
    schema: str | None = None

    @property
    def item(self) -> tuple[str, ...]:
        return ("databases", self.database, "extensions", self.name)

    @property
    def summary(self) -> str:
        return f"create extension {_within(self.name, self.database)}"


@dataclasses.dataclass(frozen=True)
class AlterExtension:
    database: str
    name: str
    version: str | None = None
    schema: str | None = None

    @property
    def item(self) -> tuple[str, ...]:
        return ("databases", self.database, "extensions", self.name)

    @property
    def summary(self) -> str:
        parts = [] if self.version is None else [f"version {shown(self.version)}"]
        parts += [] if self.schema is None else [f"schema {shown(self.schema)}"]
        return f"change extension {_within(self.name, self.database)}: {', '.join(parts)}"


OfServer: t.TypeAlias = "CreateRole | AlterRole | DropRole | CreateDatabase | AlterDatabase | DropDatabase"
OfDatabase: t.TypeAlias = "CreateSchema | AlterSchema | CreateExtension | AlterExtension"
Change: t.TypeAlias = "OfServer | OfDatabase"


def _within(name: str, database: str) -> str:
    return f"{shown(name)} in {shown(database)}"


def _owner(owner: str | None) -> list[str]:
    return [] if owner is None else [f"owner {shown(owner)}"]


def _limit(limit: int | None) -> list[str]:
    return [] if limit is None else [f"connection limit {limit}"]
