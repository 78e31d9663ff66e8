# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Names and passwords of any kind arrive as they are, or are refused before any write."""

from __future__ import annotations

import typing as t

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ansible_collections.baremetal.mlops.plugins.modules import postgresql_databases_info

if t.TYPE_CHECKING:
    from tests.integration.postgresql.conftest import Module
    from tests.services import Database

HOSTILE = [
    'a"; DROP ROLE postgres; --',
    "a'b\\c",
    "%s %(x)s {0} $1",
    "line\nbreak\ttab",
    " spaces ",
    "ÄöÜ-Ωμέγα-数据库-🦆",
    "../../etc/passwd",
    "select",
    "PUBLIC",
    "x" * 63,
    "\u202eright to left",
]
# What a name may be: any characters, at most 63 bytes, none of PostgreSQL's own names.
names = (
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=20)
    .filter(lambda name: len(name.encode()) <= 63)
    .filter(lambda name: not name.startswith("pg_") and name not in ("public", "none", "postgres"))
)
passwords = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=2, max_size=40)
often = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_only_a_name(each: Module, clean: Database, name: str) -> None:
    spec: dict[str, t.Any] = {
        "roles": [{"name": name, "login": True, "password": name}],
        "databases": [
            {
                "name": name,
                "owner": name,
                "grants": [{"role": name, "privileges": ["CONNECT"]}],
                "schemas": [{"name": name, "owner": name, "grants": [{"role": "public", "privileges": ["USAGE"]}]}],
                "extensions": [{"name": "hstore", "schema": name}],
            }
        ],
    }
    assert "msg" not in each(**spec)
    assert each(**spec)["changed"] is False
    assert all("\n" not in line for line in each(**spec, _ansible_check_mode=True)["actions"])
    found = each(postgresql_databases_info.main, roles=[name], databases=[name])
    assert found["roles"][0]["name"] == found["databases"][0]["name"] == name
    assert name in [schema["name"] for schema in found["databases"][0]["schemas"]]
    absent = {"state": "absent", "force_drop": True}
    gone = {"databases": [{"name": name, **absent}], "roles": [{"name": name, "state": "absent"}]}
    assert len(each(**gone)["actions"]) == 2
    assert clean.query("select count(*) from pg_roles where rolname = 'postgres'") == [(1,)]


@often
@given(name=names, password=passwords)
@example(name="a", password="Ⅸ non\u00a0ascii\u00ad")
@example(name="a", password="\u0627\u0031")
def test_any_name_and_password_let_the_role_in(run: Module, name: str, password: str) -> None:
    spec: dict[str, t.Any] = {"roles": [{"name": name, "login": True, "password": password}]}
    assert "msg" not in run(**spec)
    assert run(**spec)["changed"] is False
    server = run.server
    # libpq's own rules of passwords are those that count.
    with psycopg.connect(server.dsn(), user=name, password=password) as connection:
        assert connection.execute("select current_user::text").fetchone() == (name,)
    assert run(roles=[{"name": name, "state": "absent"}])["changed"] is True


@often
@given(name=st.text(st.characters(exclude_categories=["Cs"]), min_size=64, max_size=80) | st.just("a\0b") | st.just(""))
def test_what_is_no_name_is_refused_before_any_write(run: Module, name: str) -> None:
    before = run.server.query("select count(*) from pg_roles")
    for spec in (
        {"roles": [{"name": "fine"}, {"name": name}]},
        {"roles": [{"name": "fine"}], "databases": [{"name": name}]},
        {"roles": [{"name": "fine"}], "databases": [{"name": "d", "schemas": [{"name": name}]}]},
    ):
        failed = run(**spec)
        assert failed["failed"] is True
        assert "\n" not in failed["msg"]
    assert run.server.query("select count(*) from pg_roles") == before
