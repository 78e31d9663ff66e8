# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""A PostgreSQL server in memory. Records its writes, so that a test can say none happened."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql import acl, changes, scram, state, statements

if t.TYPE_CHECKING:
    from collections.abc import Collection

SUPERUSER = "postgres"
ENCODINGS = {"utf8": "UTF8", "unicode": "UTF8", "latin1": "LATIN1", "sqlascii": "SQL_ASCII"}
EXTENSIONS = {
    "hstore": state.Available("1.8", frozenset({"1.6", "1.7", "1.8"})),
    "pgcrypto": state.Available("1.3", frozenset({"1.2", "1.3"})),
}


class FakePostgresql:
    """``now`` is called before each write, so that a test can let something happen meanwhile."""

    def __init__(self, version: int = 150000, sees_passwords: bool = True) -> None:
        self.facts = state.Server(version, SUPERUSER, "postgres", SUPERUSER, sees_passwords)
        self._roles = {name: state.Role(name) for name in ("pg_database_owner", "pg_monitor")}
        self._roles[SUPERUSER] = state.Role(SUPERUSER, login=True, createdb=True, createrole=True)
        self._databases: dict[str, state.Database] = {}
        self._contents: dict[str, state.Contents] = {}
        for name in ("postgres", *state.STOCK_TEMPLATES):
            self._make(name, is_template=name in state.STOCK_TEMPLATES)
        self.objects: list[state.Dependent] = []
        self.open_sessions: dict[str, int] = {}
        self.closed: set[str] = set()
        self.logins: list[str] = []
        self.locked = 0
        self.writes: list[str] = []
        self.queries: list[str] = []
        self.now: t.Callable[[changes.Change], object] = lambda _change: None

    def lock(self) -> None:
        self.locked += 1

    def server(self) -> state.Server:
        return self.facts

    def roles(self, names: Collection[str] | None, verifiers_of: Collection[str] = ()) -> dict[str, state.Role]:
        return {
            name: dataclasses.replace(
                role,
                verifier=role.verifier if name in verifiers_of and self.facts.sees_passwords else None,
                has_password=role.verifier is not None if self.facts.sees_passwords else None,
            )
            for name, role in self._roles.items()
            if names is None or name in names
        }

    def accepts(self, role: str, password: str) -> bool:
        self.logins.append(role)
        if not self._roles[role].login:
            raise ItemError(f"cannot verify the password of role {role}")
        return scram.matches(self._roles[role].verifier or "", password)

    def dependents(self, roles: Collection[str]) -> list[state.Dependent]:
        found = [one for one in self.objects if one.role in roles]
        for database in self._databases.values():
            found += [state.Dependent(database.owner, database.name, True, whole=True)]
            for role in {name for entry in database.acl for name in (entry.role, entry.grantor)} - {database.owner}:
                found.append(state.Dependent(role, database.name, False, whole=True))
        for name, contents in self._contents.items():
            owners = [schema.owner for schema in contents.schemas.values()]
            found += [
                state.Dependent(owner, name, True, count=owners.count(owner))
                for owner in sorted(set(owners))
                if not owner.startswith("pg_")
            ]
        return [one for one in found if one.role in roles]

    def databases(self, names: Collection[str] | None) -> dict[str, state.Database]:
        return {name: one for name, one in self._databases.items() if names is None or name in names}

    def encodings(self, names: Collection[str]) -> dict[str, str | None]:
        return {name: ENCODINGS.get(name.lower().replace("-", "").replace("_", "")) for name in names}

    def sessions(self, databases: Collection[str]) -> dict[str, int]:
        return {name: count for name, count in self.open_sessions.items() if name in databases}

    def contents(self, database: str) -> state.Contents:
        if database in self.closed:
            raise ItemError(f"cannot enter database {database}: permission denied")
        return self._contents[database]

    def available(self, extensions: Collection[str]) -> dict[str, state.Available]:
        return {name: one for name, one in EXTENSIONS.items() if name in extensions}

    def apply(self, change: changes.Change) -> None:
        self.now(change)
        self.writes.append(type(change).__name__)
        self.queries += statements.shown(change)
        match change:
            case changes.CreateRole():
                self._refuse_existing(change.name, self._roles)
                self._roles[change.name] = self._changed(state.Role(change.name), change.attributes, change.member_of)
            case changes.AlterRole():
                role = self._changed(self._roles[change.name], change.attributes, change.join)
                left = {one.role for one in change.leave}
                groups = tuple(one for one in role.member_of if one.role not in left)
                self._roles[change.name] = dataclasses.replace(role, member_of=groups)
            case changes.DropRole():
                if holds := self.dependents([change.name]):
                    raise ItemError(f"role {change.name} cannot be dropped: {holds[0].text()}")
                self._roles.pop(change.name, None)
            case changes.CreateDatabase():
                self._create_database(change)
            case changes.AlterDatabase():
                self._alter_database(change)
            case changes.DropDatabase():
                self._databases.pop(change.name, None)
                self._contents.pop(change.name, None)
            case changes.CreateSchema() | changes.AlterSchema():
                self._schema(change)
            case changes.CreateExtension() | changes.AlterExtension():
                self._extension(change)

    def _changed(self, role: state.Role, attributes: changes.Attributes, join: Collection[str]) -> state.Role:
        given = {name: value for name, value in vars(attributes).items() if value is not None}
        if (password := given.pop("password", None)) is not None:
            given["verifier"] = scram.verifier(password, iterations=1)
        groups = (*role.member_of, *(state.Membership(name, SUPERUSER) for name in join))
        return dataclasses.replace(role, **given, member_of=groups)

    def _make(self, name: str, owner: str = SUPERUSER, is_template: bool = False) -> None:
        made = state.new_database(name, owner, "UTF8", None)
        self._databases[name] = dataclasses.replace(made, is_template=is_template)
        self._contents[name] = state.stock(self.facts)

    def _create_database(self, change: changes.CreateDatabase) -> None:
        self._refuse_existing(change.name, self._databases)
        template = self._databases[change.template or "template1"]
        encoding = self.encodings([change.encoding])[change.encoding] if change.encoding else template.encoding
        owner = change.owner or self.facts.user
        self._databases[change.name] = state.new_database(change.name, owner, encoding or "", change.connection_limit)
        self._contents[change.name] = self._contents[template.name]

    def _alter_database(self, change: changes.AlterDatabase) -> None:
        database = self._databases[change.name]
        owner = change.owner or database.owner
        limit = database.connection_limit if change.connection_limit is None else change.connection_limit
        entries = acl.changed(acl.handed_over(database.acl, database.owner, owner), owner, change.privileges)
        self._databases[change.name] = dataclasses.replace(database, owner=owner, connection_limit=limit, acl=entries)

    def _schema(self, change: changes.CreateSchema | changes.AlterSchema) -> None:
        contents = self._contents[change.database]
        if isinstance(change, changes.CreateSchema):
            self._refuse_existing(change.name, contents.schemas)
            owner = change.owner or self.facts.user
            entries = acl.made(owner, acl.ON_SCHEMA, ())
        else:
            schema = contents.schemas[change.name]
            owner = change.owner or schema.owner
            entries = acl.handed_over(schema.acl, schema.owner, owner)
        made = state.Schema(owner, acl.changed(entries, owner, change.privileges))
        self._contents[change.database] = state.Contents(contents.extensions, {**contents.schemas, change.name: made})

    def _extension(self, change: changes.CreateExtension | changes.AlterExtension) -> None:
        contents = self._contents[change.database]
        if isinstance(change, changes.CreateExtension):
            self._refuse_existing(change.name, contents.extensions)
            has = state.Extension(EXTENSIONS[change.name].default_version, "public")
        else:
            has = contents.extensions[change.name]
        made = state.Extension(change.version or has.version, change.schema or has.schema)
        self._contents[change.database] = state.Contents({**contents.extensions, change.name: made}, contents.schemas)

    @staticmethod
    def _refuse_existing(name: str, among: Collection[str]) -> None:
        if name in among:
            raise state.ExistsError(f"{name} already exists")
