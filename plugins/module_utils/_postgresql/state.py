# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What a server has, and the calls that tell it. The client and the tests' fake both have them.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql import acl
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql.names import PUBLIC

if t.TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql.changes import Change

# From these versions on the schema public belongs to the database's owner, and each giver's membership is its own.
OWN_PUBLIC_SCHEMA = 150000
MEMBERSHIPS_BY_GRANTOR = 160000
# The connection limit of a database whose deletion was interrupted.
INVALID = -2
STOCK_TEMPLATES = ("template0", "template1")


class ExistsError(ItemError):
    """Somebody else has made it meanwhile."""


@dataclasses.dataclass(frozen=True)
class Server:
    """``superuser`` is the one that the server was made with. ``sees_passwords``: whether we may read verifiers."""

    version: int
    user: str
    database: str
    superuser: str
    sees_passwords: bool
    iterations: int = 4096


class Membership(t.NamedTuple):
    role: str
    grantor: str


@dataclasses.dataclass(frozen=True)
class Role:
    """``verifier`` is only there where it was asked for; ``has_password`` is None where we may not know."""

    name: str
    login: bool = False
    createdb: bool = False
    createrole: bool = False
    connection_limit: int = -1
    has_password: bool | None = False
    verifier: str | None = dataclasses.field(default=None, repr=False)
    member_of: tuple[Membership, ...] = ()


@dataclasses.dataclass(frozen=True)
class Database:
    name: str
    owner: str
    encoding: str = "UTF8"
    connection_limit: int = -1
    is_template: bool = False
    takes_connections: bool = True
    acl: acl.Acl = frozenset()

    @property
    def public_connect(self) -> bool:
        return acl.CONNECT in acl.held(self.acl, PUBLIC)


@dataclasses.dataclass(frozen=True)
class Extension:
    version: str
    schema: str


@dataclasses.dataclass(frozen=True)
class Schema:
    owner: str
    acl: acl.Acl = frozenset()


@dataclasses.dataclass(frozen=True)
class Contents:
    """What is within a database."""

    extensions: Mapping[str, Extension] = dataclasses.field(default_factory=dict)
    schemas: Mapping[str, Schema] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Available:
    """An extension that could be made."""

    default_version: str
    versions: frozenset[str]


@dataclasses.dataclass(frozen=True)
class Dependent:
    """What keeps a role from being dropped: ``count`` objects in a database, or the database itself (``whole``)."""

    role: str
    database: str
    owned: bool
    whole: bool = False
    count: int = 1

    def text(self) -> str:
        what = f"database {self.database}" if self.whole else f"{self.count} objects in {self.database or 'the server'}"
        return f"it owns {what}" if self.owned else f"it has privileges on {what}"


class Client(t.Protocol):
    """Names as None ask for all there is."""

    @property
    def queries(self) -> list[str]:
        """The statements that were sent to change something, without secrets."""

    def lock(self) -> None: ...
    def server(self) -> Server: ...
    def roles(self, names: Collection[str] | None, verifiers_of: Collection[str] = ()) -> Mapping[str, Role]: ...
    def accepts(self, role: str, password: str) -> bool: ...
    def dependents(self, roles: Collection[str]) -> list[Dependent]: ...
    def databases(self, names: Collection[str] | None) -> Mapping[str, Database]: ...
    def encodings(self, names: Collection[str]) -> Mapping[str, str | None]: ...
    def sessions(self, databases: Collection[str]) -> Mapping[str, int]: ...
    def contents(self, database: str) -> Contents: ...
    def available(self, extensions: Collection[str]) -> Mapping[str, Available]: ...
    def apply(self, change: Change) -> None: ...


def stock(server: Server) -> Contents:
    """What a new database holds as PostgreSQL comes."""
    own = server.version >= OWN_PUBLIC_SCHEMA
    owner = "pg_database_owner" if own else server.superuser
    public = ("USAGE",) if own else acl.ON_SCHEMA
    return Contents(
        extensions={"plpgsql": Extension("1.0", "pg_catalog")},
        schemas={"public": Schema(owner, acl.made(owner, acl.ON_SCHEMA, public))},
    )


def new_database(name: str, owner: str, encoding: str, limit: int | None) -> Database:
    return Database(
        name,
        owner,
        encoding,
        -1 if limit is None else limit,
        acl=acl.made(owner, acl.ON_DATABASE, (acl.CONNECT, "TEMPORARY")),
    )
