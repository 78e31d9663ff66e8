# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""PostgreSQL through psycopg: what a server has, and how it is changed.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql import (
    acl,
    catalogs,
    changes,
    errors,
    scram,
    state,
)
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql import statements as sql_of
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql.names import shown
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql.session import Session

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql.connection import Connection

TRANSACTION_TIMEOUT = 170000


@contextlib.contextmanager
def connect(connection: Connection) -> Iterator[PostgresqlClient]:
    """A client for as long as the block lasts, with a way to the server through Kubernetes if it is said."""
    with contextlib.ExitStack() as stack:
        if (way := connection.kubernetes) is not None:
            # Its libraries take long to import, and few need them.
            from ansible_collections.baremetal.mlops.plugins.module_utils._kubernetes import forward  # noqa: PLC0415

            tunnel = stack.enter_context(
                forward.forward(way.kubeconfig, way.namespace, way.selector, way.port, connection.connect_timeout)
            )
            session = Session(connection.through(tunnel.port), tunnel.trouble)
        else:
            session = Session(connection)
        stack.callback(session.close)
        yield PostgresqlClient(session)


class PostgresqlClient:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._facts: state.Server | None = None
        self._accepted: dict[tuple[str, str], bool] = {}
        self.queries: list[str] = []

    def lock(self) -> None:
        self._session.lock(self.server().version >= TRANSACTION_TIMEOUT)

    def server(self) -> state.Server:
        if self._facts is None:
            self._facts = state.Server(*self._session.rows("read the server's settings", catalogs.SERVER)[0])
        return self._facts

    def roles(self, names: Collection[str] | None, verifiers_of: Collection[str] = ()) -> dict[str, state.Role]:
        source = catalogs.WITH_VERIFIERS if self.server().sees_passwords else catalogs.WITHOUT_VERIFIERS
        params = {**_named(names), "verifiers": list(verifiers_of)}
        return {
            row[0]: state.Role(*(*row[:-1], tuple(state.Membership(*one) for one in row[-1])))
            for row in self._session.rows("read the roles", catalogs.ROLES.format(**source), params)
        }

    def accepts(self, role: str, password: str) -> bool:
        if (role, password) not in self._accepted:
            self._accepted[role, password] = self._session.accepts(role, password)
        return self._accepted[role, password]

    def dependents(self, roles: Collection[str]) -> list[state.Dependent]:
        rows = self._session.rows("read what depends on roles", catalogs.DEPENDENTS, _named(roles))
        return [state.Dependent(*row) for row in rows]

    def databases(self, names: Collection[str] | None) -> dict[str, state.Database]:
        rows = self._session.rows("read the databases", catalogs.DATABASES, _named(names))
        return {row[0]: state.Database(*(*row[:-1], _acl(row[-1]))) for row in rows}

    def encodings(self, names: Collection[str]) -> dict[str, str | None]:
        return dict(self._session.rows("read the encodings", catalogs.ENCODINGS, _named(names)))

    def sessions(self, databases: Collection[str]) -> dict[str, int]:
        return dict(self._session.rows("read the sessions", catalogs.SESSIONS, _named(databases)))

    def contents(self, database: str) -> state.Contents:
        doing = f"read what is in database {shown(database)}"
        extensions = self._session.rows(doing, catalogs.EXTENSIONS, database=database)
        schemas = self._session.rows(doing, catalogs.SCHEMAS, database=database)
        return state.Contents(
            {name: state.Extension(*rest) for name, *rest in extensions},
            {name: state.Schema(owner, _acl(entries)) for name, owner, entries in schemas},
        )

    def available(self, extensions: Collection[str]) -> dict[str, state.Available]:
        rows = self._session.rows("read the available extensions", catalogs.AVAILABLE, _named(extensions))
        return {name: state.Available(default, frozenset(versions)) for name, default, versions in rows}

    def apply(self, change: changes.Change) -> None:
        statements = sql_of.sent(change, self.server().iterations)
        self.queries += sql_of.shown(change)
        if isinstance(change, changes.CreateRole | changes.AlterRole):
            self._accepted = {known: yes for known, yes in self._accepted.items() if known[0] != change.name}
        with contextlib.ExitStack() as stack:
            if isinstance(change, changes.DropRole | changes.DropDatabase):
                stack.enter_context(_gone_is_fine())
            if isinstance(change, changes.CreateDatabase | changes.DropDatabase):
                self._session.change_alone(change.summary, statements[0])
            else:
                self._session.change(change.summary, statements, getattr(change, "database", ""))
        if isinstance(change, changes.AlterRole):
            self._remember_password(change)

    def _remember_password(self, change: changes.AlterRole) -> None:
        """Further connections are made with the new password, if it is that of the role that is logged in."""
        password = change.attributes.password
        if change.name == self._session.connection.user and password is not None and not scram.is_verifier(password):
            self._session.password_is_now(password)


def _named(names: Collection[str] | None) -> dict[str, t.Any]:
    return {"names": list(names or ()), "everything": names is None}


def _acl(entries: Iterable[tuple[str, str, str]]) -> acl.Acl:
    return frozenset(acl.Entry(*entry) for entry in entries)


@contextlib.contextmanager
def _gone_is_fine() -> Iterator[None]:
    """Somebody else has dropped it meanwhile."""
    try:
        yield
    except ItemError as exc:
        if exc.details.get("sqlstate") not in errors.GONE:
            raise
