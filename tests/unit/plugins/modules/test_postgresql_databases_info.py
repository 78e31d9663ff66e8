# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The module postgresql_databases_info over a server in memory."""

from __future__ import annotations

import contextlib
import json
import typing as t

import pytest

from ansible_collections.baremetal.mlops.plugins.modules import postgresql_databases, postgresql_databases_info
from ansible_collections.baremetal.mlops.tests.unit.fakes import modules
from ansible_collections.baremetal.mlops.tests.unit.fakes.postgresql import FakePostgresql
from ansible_collections.baremetal.mlops.tests.unit.fakes.postgresql_cases import both, database, grant, role

Call = t.Callable[..., dict[str, t.Any]]
SPEC = both(
    role("readers"),
    role("a", login=True, password="pw", member_of=["readers"], connection_limit=4),
    database(
        "d",
        owner="a",
        public_connect=False,
        grants=[grant("readers", "CONNECT")],
        schemas=[{"name": "s", "owner": "a", "grants": [grant("readers", "USAGE")]}],
        extensions=[{"name": "hstore", "schema": "s"}],
    ),
)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> FakePostgresql:
    fake = FakePostgresql()
    for module in (postgresql_databases, postgresql_databases_info):
        monkeypatch.setattr(module, "connect", lambda _connection: contextlib.nullcontext(fake))
    modules.run(postgresql_databases.main, capsys, **SPEC)
    fake.writes.clear()
    return fake


@pytest.fixture
def read(server: FakePostgresql, capsys: pytest.CaptureFixture[str]) -> Call:
    def call(**args: t.Any) -> dict[str, t.Any]:
        answer = modules.run(postgresql_databases_info.main, capsys, **args)
        assert server.writes == []
        return answer

    return call


def test_all_is_read_in_the_shape_that_the_module_takes(
    server: FakePostgresql, read: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    found = read()
    assert [item["name"] for item in found["roles"]] == ["a", "postgres", "readers"]
    assert [item["name"] for item in found["databases"]] == ["d", "postgres"]
    assert found["has_password"] == {"a": True, "postgres": False, "readers": False}
    assert found["databases"][0] == {
        "name": "d",
        "owner": "a",
        "encoding": "UTF8",
        "connection_limit": -1,
        "public_connect": False,
        "grants": [grant("readers", "CONNECT")],
        "extensions": [
            {"name": "hstore", "version": "1.8", "schema": "s"},
            {"name": "plpgsql", "version": "1.0", "schema": "pg_catalog"},
        ],
        "schemas": [
            {"name": "public", "owner": "pg_database_owner", "grants": [grant("public", "USAGE")]},
            {"name": "s", "owner": "a", "grants": [grant("readers", "USAGE")]},
        ],
    }
    again = modules.run(postgresql_databases.main, capsys, roles=found["roles"], databases=found["databases"])
    assert (again["changed"], again["actions"]) == (False, [])


def test_only_what_is_named_is_read(read: Call) -> None:
    found = read(roles=["a", "nobody"], databases=[], contents=False)
    assert ([item["name"] for item in found["roles"]], found["databases"]) == (["a"], [])


def test_a_database_that_cannot_be_entered_is_a_warning(server: FakePostgresql, read: Call) -> None:
    server.closed = {"d"}
    found = read(databases=["d"])
    assert "schemas" not in found["databases"][0]
    assert "cannot enter database d: permission denied" in json.dumps(found["warnings"])
    assert "schemas" not in read(databases=["d"], contents=False)["databases"][0]


def test_nothing_is_known_of_passwords_that_one_may_not_see(server: FakePostgresql, read: Call) -> None:
    server.facts = type(server.facts)(150000, "admin", "postgres", "postgres", sees_passwords=False)
    assert read()["has_password"]["a"] is None
