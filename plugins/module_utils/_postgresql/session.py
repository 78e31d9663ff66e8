# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Connections to one server, and statements over them that end in time. Part of the client: it knows psycopg.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import contextlib
import dataclasses
import socket
import ssl
import time
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError, DependencyError, ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql import errors, guard, names

try:
    import psycopg
    from psycopg import sql
except ImportError:
    psycopg = None  # type: ignore[assignment]

if t.TYPE_CHECKING:
    import types
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from psycopg.sql import Composable, Composed

    from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql.connection import Connection

    Row = tuple[t.Any, ...]

ATTEMPTS = 3
PAUSE_SECONDS = 0.3
# Of the timeout: then the server gives up by itself.
SERVER_SHARE = 0.7
# Once one object was locked for too long, the others are waited for only this long.
IMPATIENT_SECONDS = 1.0
SAFE_PATH = "SELECT pg_catalog.set_config('search_path', '', true)"
# What libpq does for these modes, one after the other.
LIBPQ_MODES = {"prefer": ("require", "disable"), "allow": ("disable", "require")}
# Any number that no other program is likely to take. An advisory lock is one for the database that it is taken in.
LOCK = 0x6D6C6F7073


class Session:
    """One connection for what concerns the server, and at most one more into a database.

    Each statement is a transaction of its own or a part of one that it is sent with, and no setting outlives it: a
    pooler may give each transaction another connection of its own.
    """

    def __init__(self, connection: Connection, trouble: Callable[[], str] = str) -> None:
        if guard.MISSING is not None:
            raise DependencyError(f"psycopg, at least 3.2, is needed on the host that runs the module: {guard.MISSING}")
        self.connection = connection
        self.address = connection.address
        self._trouble = trouble
        self._main: psycopg.Connection | None = None
        self._lock: psycopg.Connection | None = None
        self._inside: tuple[str, psycopg.Connection] | None = None
        self._hostaddr = connection.hostaddr
        self._patience = float(connection.timeout)

    def close(self) -> None:
        self.leave()
        for connection in (self._main, self._lock):
            if connection is not None:
                connection.close()
        self._main = self._lock = None

    def leave(self) -> None:
        """Close the connection into a database: no database is dropped or copied while somebody is in it."""
        if self._inside is not None:
            self._inside[1].close()
            self._inside = None

    def rows(self, doing: str, query: str, params: Mapping[str, t.Any] | None = None, database: str = "") -> list[Row]:
        """What a query returns. Whoever may create functions in a database cannot put theirs before the server's."""
        with self._doing(doing, self._at(database)) as connection:
            cursor = psycopg.ClientCursor(connection).execute(f"{SAFE_PATH}; {query}".encode(), params)
            cursor.nextset()
            return cursor.fetchall()

    def change(self, doing: str, statements: Sequence[Composable], database: str = "") -> None:
        """Send statements as one transaction."""
        for attempt in range(1, ATTEMPTS + 1):
            limits = sql.SQL(
                "SELECT pg_catalog.set_config('lock_timeout', {wait}, true), "
                "pg_catalog.set_config('statement_timeout', {whole}, true)"
            ).format(wait=self._milliseconds(self._patience), whole=self._milliseconds(self.connection.timeout))
            try:
                with self._doing(doing, self._at(database)) as connection:
                    connection.execute(sql.SQL("; ").join([limits, *statements]))
                return
            except errors.CollisionError:
                if attempt == ATTEMPTS:
                    raise
                time.sleep(PAUSE_SECONDS * attempt)

    def change_alone(self, doing: str, statement: Composed) -> None:
        """Send a statement that PostgreSQL takes outside of transactions only."""
        self.leave()
        with self._doing(doing, self._at("")) as connection:
            connection.execute(statement)

    def lock(self, has_transaction_timeout: bool) -> None:
        """Wait until no other run is at work, and keep others out until this session closes.

        The lock is that of a transaction, so that a pooler keeps the connection for us.
        """
        if self._lock is not None:
            return
        lasting = ["idle_in_transaction_session_timeout", *(["transaction_timeout"] if has_transaction_timeout else [])]
        settings = ", ".join(f"pg_catalog.set_config('{name}', '0', true)" for name in lasting)
        wait = self._milliseconds(self.connection.timeout)
        statement = sql.SQL(
            "BEGIN; SELECT {settings}, pg_catalog.set_config('lock_timeout', {wait}, true); "
            "SELECT pg_catalog.pg_advisory_xact_lock({key})"
        ).format(settings=sql.SQL(settings), wait=wait, key=LOCK)
        self._lock = self.open(self.connection.database)
        try:
            with self._doing("take the lock of this module", self._lock) as connection:
                connection.execute(statement)
        except ItemError as exc:
            if exc.details.get("sqlstate") not in errors.GAVE_UP:
                raise
            waited = f"it has not ended within {self.connection.timeout} seconds"
            raise ApiError(f"{self.address}: another run of this module is at work there: {waited}") from exc

    def open(self, database: str) -> psycopg.Connection:
        """A new connection. Credentials are tried once; a server that is starting is waited for a little."""
        connection = self.connection
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._connect(connection.user, connection.password, database)
            except psycopg.OperationalError as exc:
                said = str(exc)
                soon = errors.SOON.search(said) or errors.CLOSED.search(said)
                if attempt == ATTEMPTS or not soon:
                    raise self._refused(exc, database) from exc
            time.sleep(PAUSE_SECONDS * attempt)
        raise AssertionError

    def accepts(self, user: str, password: str) -> bool:
        """Whether the server lets a role in with a password. One attempt. ItemError where that cannot be told."""
        try:
            with self._connect(user, password, self.connection.database) as connection:
                asked, said = connection.pgconn.used_password, ""
        except psycopg.OperationalError as exc:
            asked, said = bool(exc.pgconn and exc.pgconn.used_password), errors.libpq_reason(exc)
        if asked and errors.WRONG_PASSWORD.search(said):
            return False
        if asked and (not said or errors.RIGHT_PASSWORD.search(said)):
            return True
        why = said or "the server does not ask for it"
        raise ItemError(f"{self.address}: cannot verify the password of role {names.shown(user)}: {why}")

    def _connect(self, user: str, password: str | None, database: str) -> psycopg.Connection:
        """Credentials are tried once: libpq itself would try them with encryption and without."""
        modes = LIBPQ_MODES.get(self.connection.ssl_mode, (self.connection.ssl_mode,))
        for mode in modes:
            try:
                return self._connect_as(mode, user, password, database)
            except psycopg.OperationalError as exc:
                late = isinstance(exc, psycopg.errors.ConnectionTimeout)
                if mode == modes[-1] or late or (exc.pgconn is not None and exc.pgconn.used_password):
                    raise
        raise AssertionError

    def _connect_as(self, ssl_mode: str, user: str, password: str | None, database: str) -> psycopg.Connection:
        connection = self.connection
        verifies = ssl_mode.startswith("verify") and not connection.is_socket
        return psycopg.connect(
            host=connection.host,
            hostaddr=self._address(),
            port=connection.port,
            user=user,
            password=password,
            dbname=database,
            sslmode=ssl_mode,
            sslrootcert=connection.ca_cert or (_system_authorities() if verifies else None),
            gssencmode="disable",
            connect_timeout=connection.connect_timeout,
            client_encoding="utf8",
            application_name="baremetal.mlops",
            autocommit=True,
            prepare_threshold=None,
        )

    def _address(self) -> str | None:
        """Where the host is: one address, since psycopg would try credentials at each."""
        if not self._hostaddr and not self.connection.is_socket:
            self._hostaddr = _reachable(self.connection)
        return self._hostaddr or None

    def _refused(self, exc: psycopg.OperationalError, database: str) -> ApiError:
        """Why there is no connection. Once there was one, it is the database that cannot be entered."""
        connection, said = self.connection, errors.libpq_reason(exc)
        if isinstance(exc, psycopg.errors.ConnectionTimeout):
            return ApiError(f"{self.address} does not answer within {connection.connect_timeout} seconds")
        if "certificate" in said or "SSL error" in said:
            said = _diagnosis().certificate_problem(connection) or said
        if exc.pgconn is not None and exc.pgconn.needs_password and not connection.password:
            said = "login_password is not given, and the server wants one"
        if trouble := self._trouble():
            said = f"{said} ({trouble})"
        refused = "FATAL" in str(exc) and not errors.CLOSED.search(str(exc))
        if refused and self._main is not None:
            return ItemError(f"{self.address}: cannot enter database {names.shown(database)}: {said}")
        what = f"refuses the login of {names.shown(connection.user)}" if refused else "gives no connection"
        return ApiError(f"{self.address} {what}: {said}")

    def password_is_now(self, password: str) -> None:
        """The role that is logged in has a new password."""
        self.connection = dataclasses.replace(self.connection, password=password)

    def _at(self, database: str) -> psycopg.Connection:
        if not database:
            if self._main is None:
                self._main = self.open(self.connection.database)
            return self._main
        if self._inside is None or self._inside[0] != database:
            self.leave()
            self._inside = (database, self.open(database))
        return self._inside[1]

    @contextlib.contextmanager
    def _doing(self, doing: str, connection: psycopg.Connection) -> Iterator[psycopg.Connection]:
        """Do something in time; what goes wrong becomes an error of ours."""
        timeout = self.connection.timeout
        watch = guard.Guard(connection, timeout)
        try:
            with watch:
                yield connection
        except psycopg.Error as exc:
            if watch.hung_up:
                raise ApiError(f"{self.address} does not answer within {timeout} seconds: cannot {doing}") from exc
            error = errors.of_statement(exc, doing, self.address, min(timeout, self._patience))
            if exc.sqlstate in errors.GAVE_UP:
                self._patience = IMPATIENT_SECONDS
            raise error from exc

    @staticmethod
    def _milliseconds(seconds: float) -> str:
        return str(round(1000 * SERVER_SHARE * seconds))


def _diagnosis() -> types.ModuleType:
    # Its libraries take long to import, and only a failure needs them.
    from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql import diagnosis  # noqa: PLC0415

    return diagnosis


def _system_authorities() -> str:
    """The file with the authorities that this machine trusts. The driver's own OpenSSL does not know it."""
    return ssl.get_default_verify_paths().cafile or "system"


def _reachable(connection: Connection) -> str:
    """The first address of the host that takes a connection. A refusal may be a restart: it is tried again."""
    place = (connection.host, connection.port)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with socket.create_connection(place, timeout=connection.connect_timeout) as found:
                return str(found.getpeername()[0])
        except (ConnectionRefusedError, ConnectionResetError) as exc:
            if attempt == ATTEMPTS:
                raise ApiError(_diagnosis().unreachable(exc, connection)) from exc
        except (OSError, UnicodeError) as exc:
            raise ApiError(_diagnosis().unreachable(exc, connection)) from exc
        time.sleep(PAUSE_SECONDS * attempt)
    raise AssertionError
