# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The SQL of each change. Names and values are quoted by the driver. No I/O.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql import changes as c
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql import scram
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql.names import PUBLIC

try:
    from psycopg import sql
except ImportError:
    sql = None  # type: ignore[assignment]

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from psycopg.sql import Composable, Composed

    from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql import acl

    Secret = Callable[[str], Composable]
    Word: t.TypeAlias = "str | Composable"

HIDDEN = "'********'"


def sent(change: c.Change, iterations: int) -> list[Composed]:
    """What goes to the server: a verifier in place of a password, so that the password is in no log."""
    return list(_statements(change, lambda password: sql.Literal(scram.verifier(password, iterations))))


def shown(change: c.Change) -> list[str]:
    """The same without secrets."""
    return [statement.as_string(None) for statement in _statements(change, lambda _password: sql.SQL(HIDDEN))]


def _statements(change: c.Change, secret: Secret) -> Iterator[Composed]:
    match change:
        case c.CreateRole():
            yield _words("CREATE ROLE", _name(change.name), *_attributes(change.attributes, secret), *_in(change))
        case c.AlterRole():
            yield from _alter_role(change, secret)
        case c.DropRole():
            yield _words("DROP ROLE", _name(change.name))
        case c.CreateDatabase():
            yield _words("CREATE DATABASE", _name(change.name), *_creation(change))
        case c.AlterDatabase():
            yield from _alter_database(change)
        case c.DropDatabase():
            yield _words("DROP DATABASE", _name(change.name), "WITH (FORCE)")
        case c.CreateSchema() | c.AlterSchema():
            yield from _schema(change)
        case c.CreateExtension() | c.AlterExtension():
            yield from _extension(change)


def _attributes(attributes: c.Attributes, secret: Secret) -> Iterator[Word]:
    for word in ("login", "createdb", "createrole"):
        value = getattr(attributes, word)
        if value is not None:
            yield word.upper() if value else f"NO{word.upper()}"
    yield from _limit(attributes.connection_limit)
    if attributes.password is not None:
        yield from ("PASSWORD", secret(attributes.password))


def _in(change: c.CreateRole) -> Iterator[Word]:
    if change.member_of:
        yield from ("IN ROLE", _names(change.member_of))


def _alter_role(change: c.AlterRole, secret: Secret) -> Iterator[Composed]:
    attributes = list(_attributes(change.attributes, secret))
    if attributes:
        yield _words("ALTER ROLE", _name(change.name), *attributes)
    if change.join:
        yield _words("GRANT", _names(change.join), "TO", _name(change.name))
    for role, grantor in change.leave:
        by: list[Word] = ["GRANTED BY", _name(grantor)] if grantor else []
        yield _words("REVOKE", _name(role), "FROM", _name(change.name), *by)


def _creation(change: c.CreateDatabase) -> Iterator[Word]:
    yield from _if_given("OWNER", change.owner)
    if change.encoding is not None:
        yield from ("ENCODING", sql.Literal(change.encoding))
    yield from _if_given("TEMPLATE", change.template)
    yield from _limit(change.connection_limit)


def _alter_database(change: c.AlterDatabase) -> Iterator[Composed]:
    if change.owner is not None:
        yield _words("ALTER DATABASE", _name(change.name), "OWNER TO", _name(change.owner))
    if change.connection_limit is not None:
        yield _words("ALTER DATABASE", _name(change.name), *_limit(change.connection_limit))
    yield from _privileges("DATABASE", change.name, change.holder, change.privileges)


def _schema(change: c.CreateSchema | c.AlterSchema) -> Iterator[Composed]:
    if isinstance(change, c.CreateSchema):
        yield _words("CREATE SCHEMA", _name(change.name), *_if_given("AUTHORIZATION", change.owner))
    elif change.owner is not None:
        yield _words("ALTER SCHEMA", _name(change.name), "OWNER TO", _name(change.owner))
    yield from _privileges("SCHEMA", change.name, change.holder, change.privileges)


def _extension(change: c.CreateExtension | c.AlterExtension) -> Iterator[Composed]:
    name, schema, version = _name(change.name), change.schema, change.version
    if isinstance(change, c.CreateExtension):
        pinned: list[Word] = [] if version is None else ["VERSION", sql.Literal(version)]
        yield _words("CREATE EXTENSION", name, *_if_given("SCHEMA", schema), *pinned)
        return
    if version is not None:
        yield _words("ALTER EXTENSION", name, "UPDATE TO", sql.Literal(version))
    if schema is not None:
        yield _words("ALTER EXTENSION", name, "SET SCHEMA", _name(schema))


def _privileges(kind: str, name: str, holder: str, changes: Iterable[acl.Change]) -> Iterator[Composed]:
    for change in changes:
        role = sql.SQL("PUBLIC") if change.role == PUBLIC else _name(change.role)
        if change.grant:
            yield _words("GRANT", ", ".join(change.grant), "ON", kind, _name(name), "TO", role)
        for grantor in sorted({entry.grantor for entry in change.revoke}):
            lost = ", ".join(entry.privilege for entry in change.revoke if entry.grantor == grantor)
            revoke = _words("REVOKE", lost, "ON", kind, _name(name), "FROM", role)
            if grantor == holder:
                yield revoke
            else:
                yield from (_words("SET LOCAL ROLE", _name(grantor)), revoke, _words("SET LOCAL ROLE NONE"))


def _if_given(word: str, name: str | None) -> list[Word]:
    return [] if name is None else [word, _name(name)]


def _limit(limit: int | None) -> list[Word]:
    return [] if limit is None else [f"CONNECTION LIMIT {limit:d}"]


def _name(name: str) -> Composable:
    return sql.Identifier(name)


def _names(names: Iterable[str]) -> Composable:
    return sql.SQL(", ").join(_name(name) for name in names)


def _words(*words: Word) -> Composed:
    """SQL of our own words and of what the driver quotes."""
    return sql.SQL(" ").join(sql.SQL(word) if isinstance(word, str) else word for word in words)
