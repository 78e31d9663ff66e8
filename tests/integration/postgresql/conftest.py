# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The module postgresql_databases on a real server, directly and through PgBouncer."""

from __future__ import annotations

import gc
import json
import typing as t

import psycopg
import pytest
from psycopg import sql

from ansible_collections.baremetal.mlops.plugins.modules import postgresql_databases
from ansible_collections.baremetal.mlops.tests.unit.fakes import modules
from tests import services

if t.TYPE_CHECKING:
    from tests.services import Database

DATABASES = b"select datname from pg_database where not datistemplate and datname <> 'postgres'"
ROLES = b"select rolname from pg_roles where oid >= 16384"
Answer = dict[str, t.Any]


class Module:
    """Runs the module as a server's superuser. No answer holds a secret."""

    def __init__(self, server: Database, capsys: pytest.CaptureFixture[str]) -> None:
        self.server, self.capsys = server, capsys
        self.secrets = [server.password]
        self.login = {
            "login_host": server.host,
            "login_port": server.port,
            "login_user": server.user,
            "login_password": server.password,
            "ca_cert": server.ca_cert,
        }

    def __call__(self, main: t.Callable[[], t.Any] = postgresql_databases.main, /, **args: t.Any) -> Answer:
        answer = modules.run(main, self.capsys, **{**self.login, **args})
        answer.pop("invocation", None)
        said = json.dumps(answer, ensure_ascii=False)
        assert not [secret for secret in self.secrets if secret in said]
        return answer


def _clean(server: Database) -> None:
    """Only what initdb made is left."""
    # A connection that was given up while it began is still held by its exception, and keeps the server from dropping.
    gc.collect()
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        for (name,) in connection.execute(DATABASES).fetchall():
            connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
        for (name,) in connection.execute(ROLES).fetchall():
            connection.execute(sql.SQL("drop owned by {0} cascade; drop role {0}").format(sql.Identifier(name)))


@pytest.fixture(scope="package")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Database]:
    """One of our own: it is emptied again and again."""
    with services.postgresql(tmp_path_factory.mktemp("postgresql")) as server:
        yield server


@pytest.fixture(scope="package")
def pgbouncer_server(tmp_path_factory: pytest.TempPathFactory, postgresql_server: Database) -> t.Iterator[Database]:
    with services.pgbouncer(tmp_path_factory.mktemp("pgbouncer"), postgresql_server) as pooler:
        yield pooler


@pytest.fixture
def clean(postgresql_server: Database) -> t.Iterator[Database]:
    _clean(postgresql_server)
    yield postgresql_server
    _clean(postgresql_server)


@pytest.fixture
def run(clean: Database, capsys: pytest.CaptureFixture[str]) -> Module:
    return Module(clean, capsys)


@pytest.fixture(params=["postgresql", "pgbouncer"])
def each(request: pytest.FixtureRequest, clean: Database, capsys: pytest.CaptureFixture[str]) -> Module:
    """Directly, and through a pooler that gives each transaction another connection."""
    server = clean if request.param == "postgresql" else request.getfixturevalue("pgbouncer_server")
    return Module(server, capsys)
