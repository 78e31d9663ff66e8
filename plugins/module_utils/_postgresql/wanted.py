# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Roles and databases as the user gave them, and what is wrong with what was given. No I/O.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import PlatformError
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql import acl, scram
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql.names import (
    NO_ROLES,
    PUBLIC,
    RESERVED_PREFIX,
    is_reserved,
    is_text,
    problems,
    shown,
)

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

UNLIMITED = -1
LARGEST_LIMIT = 2**31 - 1
SHOWN_PROBLEMS = 5


@dataclasses.dataclass(frozen=True)
class Role:
    """What is None is left as it is."""

    name: str
    present: bool = True
    password: str | None = dataclasses.field(default=None, repr=False)
    login: bool | None = None
    createdb: bool | None = None
    createrole: bool | None = None
    connection_limit: int | None = None
    member_of: tuple[str, ...] | None = None


@dataclasses.dataclass(frozen=True)
class Extension:
    name: str
    version: str | None = None
    schema: str | None = None


@dataclasses.dataclass(frozen=True)
class Schema:
    name: str
    owner: str | None = None
    grants: tuple[acl.Grant, ...] | None = None


@dataclasses.dataclass(frozen=True)
class Database:
    """What is None is left as it is. ``force_drop`` is the consent to lose the data."""

    name: str
    present: bool = True
    force_drop: bool = False
    owner: str | None = None
    encoding: str | None = None
    template: str | None = None
    connection_limit: int | None = None
    public_connect: bool | None = None
    grants: tuple[acl.Grant, ...] | None = None
    extensions: tuple[Extension, ...] | None = None
    schemas: tuple[Schema, ...] | None = None

    @property
    def has_contents(self) -> bool:
        """Whether something within the database is named."""
        return bool(self.extensions or self.schemas)

    @property
    def all_grants(self) -> tuple[acl.Grant, ...]:
        """What roles shall have, and whether everybody may connect."""
        if self.public_connect is None:
            return self.grants or ()
        public = acl.Grant(PUBLIC, (acl.CONNECT,) if self.public_connect else (), among=(acl.CONNECT,))
        return (*(self.grants or ()), public)


@dataclasses.dataclass(frozen=True)
class Wanted:
    roles: tuple[Role, ...] = ()
    databases: tuple[Database, ...] = ()

    @classmethod
    def from_params(cls, params: Mapping[str, t.Any]) -> Wanted:
        """Out of a module's parameters. Raises PlatformError on what no server would take."""
        wanted = cls(
            tuple(_role(item) for item in params["roles"] or ()),
            tuple(_database(item) for item in params["databases"] or ()),
        )
        found = [line for role in wanted.roles for line in _role_problems(role)]
        found += [line for database in wanted.databases for line in _database_problems(database)]
        if found:
            more = [f"and {len(found) - SHOWN_PROBLEMS} more"] if len(found) > SHOWN_PROBLEMS else []
            raise PlatformError("; ".join([*found[:SHOWN_PROBLEMS], *more]))
        return wanted

    def names(self) -> dict[str, list[str]]:
        """What each list names, by the path of the option: nothing may be named twice."""
        found = {
            "roles": [role.name for role in self.roles],
            "databases": [database.name for database in self.databases],
        }
        found.update({f"roles: {role.name}: member_of": list(role.member_of or ()) for role in self.roles})
        for database in self.databases:
            path = f"databases: {database.name}"
            found[f"{path}: grants"] = [grant.role for grant in database.grants or ()]
            found[f"{path}: extensions"] = [extension.name for extension in database.extensions or ()]
            found[f"{path}: schemas"] = [schema.name for schema in database.schemas or ()]
            for schema in database.schemas or ():
                found[f"{path}: schemas: {schema.name}: grants"] = [grant.role for grant in schema.grants or ()]
        return found


def _role(item: Mapping[str, t.Any]) -> Role:
    return Role(
        name=item["name"],
        present=item["state"] == "present",
        password=item["password"],
        login=item["login"],
        createdb=item["createdb"],
        createrole=item["createrole"],
        connection_limit=item["connection_limit"],
        member_of=None if item["member_of"] is None else tuple(item["member_of"]),
    )


def _database(item: Mapping[str, t.Any]) -> Database:
    name = item["name"]
    return Database(
        name=name,
        present=item["state"] == "present",
        force_drop=item["force_drop"],
        owner=item["owner"],
        encoding=item["encoding"],
        template=item["template"],
        connection_limit=item["connection_limit"],
        public_connect=item["public_connect"],
        grants=_grants_of(item["grants"]),
        extensions=None if item["extensions"] is None else tuple(_extension(name, one) for one in item["extensions"]),
        schemas=None if item["schemas"] is None else tuple(_schema(one) for one in item["schemas"]),
    )


def _schema(item: Mapping[str, t.Any]) -> Schema:
    return Schema(item["name"], item["owner"], _grants_of(item["grants"]))


def _grants_of(items: Sequence[Mapping[str, t.Any]] | None) -> tuple[acl.Grant, ...] | None:
    if items is None:
        return None
    return tuple(acl.Grant(item["role"], tuple(sorted(set(item["privileges"])))) for item in items)


def _extension(database: str, item: object) -> Extension:
    """A name, or a dictionary with more."""
    known = {field.name for field in dataclasses.fields(Extension)}
    given = {"name": item} if isinstance(item, str) else item
    if not isinstance(given, dict) or "name" not in given:
        raise PlatformError(f"databases: {database}: extensions: {item!r} is neither a name nor a dictionary with one")
    if unknown := sorted(str(key) for key in given if key not in known):
        raise PlatformError(
            f"databases: {database}: extensions: {', '.join(unknown)} is unknown: known are {', '.join(sorted(known))}"
        )
    version, schema = (None if given.get(key) is None else str(given[key]) for key in ("version", "schema"))
    return Extension(str(given["name"]), version, schema)


def _role_problems(role: Role) -> Iterator[str]:
    path = f"roles: {shown(role.name)}"
    yield from problems(path, role.name)
    for name in role.member_of or ():
        yield from problems(f"{path}: member_of", name)
    if is_reserved(role.name):
        yield f"{path}: the name is PostgreSQL's own"
    if set(role.member_of or ()) & set(NO_ROLES):
        yield f"{path}: member_of: {' and '.join(NO_ROLES)} are no roles"
    yield from _limit_problems(path, role.connection_limit)
    if role.password is not None:
        yield from (f"{path}: password: {problem}" for problem in _password_problems(role.password))


def _database_problems(database: Database) -> Iterator[str]:
    path = f"databases: {shown(database.name)}"
    yield from problems(path, database.name)
    for option in ("owner", "template", "encoding"):
        yield from problems(f"{path}: {option}", getattr(database, option))
    yield from _limit_problems(path, database.connection_limit)
    yield from _owner_problems(path, database.owner)
    for grant in database.grants or ():
        yield from problems(f"{path}: grants", grant.role)
        if grant.role == PUBLIC and database.public_connect is not None:
            yield f"{path}: public_connect and grants both say what public may: leave one of them out"
    for extension in database.extensions or ():
        for value in (extension.name, extension.version, extension.schema):
            yield from problems(f"{path}: extensions", value)
    for schema in database.schemas or ():
        yield from _schema_problems(f"{path}: schemas: {shown(schema.name)}", schema)


def _schema_problems(path: str, schema: Schema) -> Iterator[str]:
    for value in (schema.name, schema.owner, *(grant.role for grant in schema.grants or ())):
        yield from problems(path, value)
    yield from _owner_problems(path, schema.owner)
    if schema.name.startswith(RESERVED_PREFIX):
        yield f"{path}: the name is PostgreSQL's own"


def _owner_problems(path: str, owner: str | None) -> Iterator[str]:
    if owner in NO_ROLES:
        yield f"{path}: owner: {owner} is no role"


def _limit_problems(path: str, limit: int | None) -> Iterator[str]:
    if limit is not None and not UNLIMITED <= limit <= LARGEST_LIMIT:
        yield f"{path}: connection_limit is {limit}, but has to be between {UNLIMITED} (unlimited) and {LARGEST_LIMIT}"


def _password_problems(password: str) -> Iterator[str]:
    if not password:
        yield "it is empty"
    elif not is_text(password):
        yield "it holds a zero byte or something that is no character"
    elif scram.is_md5(password):
        yield "it is an MD5 hash: give the password, or a SCRAM verifier"
