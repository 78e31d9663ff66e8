# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""As an administrator who is no superuser: passwords are verified by a login, and who gave a privilege matters."""

from __future__ import annotations

import typing as t
import uuid

import psycopg
import pytest

from ansible_collections.baremetal.mlops.plugins.modules import postgresql_databases_info

if t.TYPE_CHECKING:
    from tests.integration.postgresql.conftest import Module
    from tests.services import Database

REFUSED = 'password authentication failed for user "a"'


def as_admin(module: Module, server: Database) -> Module:
    # A name of its own: PgBouncer keeps connections of a role that is gone.
    name = f"admin_{uuid.uuid4().hex[:8]}"
    server.query(f"create role {name} login createrole createdb password 'adm1n-pw'")
    module.login.update(login_user=name, login_password="adm1n-pw")
    return module


@pytest.fixture
def admin(each: Module, clean: Database) -> Module:
    return as_admin(each, clean)


def test_a_password_is_verified_by_one_login(admin: Module, clean: Database) -> None:
    spec = [{"name": "a", "login": True, "password": "first-pw"}]
    assert not admin(roles=spec).get("failed")
    before = clean.log.stat().st_size
    assert admin(roles=spec)["changed"] is False
    assert REFUSED not in clean.log.read_bytes()[before:].decode()
    other = [{"name": "a", "login": True, "password": "second-pw"}]
    before = clean.log.stat().st_size
    changed = admin(roles=other, _ansible_diff=True)
    assert changed["actions"] == ["change role a: password"]
    assert changed["diff"]["before"]["roles"]["a"]["password"] == "another"
    assert clean.log.read_bytes()[before:].decode().count(f"FATAL:  {REFUSED}") <= 1
    assert admin(roles=other)["changed"] is False


def test_a_role_that_is_not_let_in_for_another_reason(run: Module, clean: Database) -> None:
    """The server looks at the password first."""
    admin = as_admin(run, clean)
    spec = [{"name": "a", "password": "first-pw"}]
    assert not admin(roles=spec).get("failed")
    assert admin(roles=spec)["changed"] is False
    clean.query("alter role a login connection limit 0")
    assert admin(roles=spec)["changed"] is False
    assert admin(roles=[{"name": "a", "password": "second-pw"}])["changed"] is True


def test_databases_of_an_administrator(admin: Module, clean: Database) -> None:
    spec: dict[str, t.Any] = {
        "roles": [{"name": "a", "login": True, "password": "first-pw"}, {"name": "readers"}],
        "databases": [
            {
                "name": "d",
                "public_connect": False,
                "grants": [{"role": "readers", "privileges": ["CONNECT"]}],
                "schemas": [{"name": "s", "grants": [{"role": "readers", "privileges": ["USAGE"]}]}],
                "extensions": ["hstore"],
            }
        ],
    }
    assert not admin(**spec).get("failed")
    assert admin(**spec)["changed"] is False


def test_privileges_of_other_givers_are_taken_back(each: Module, clean: Database) -> None:
    """Only who gave a privilege or a membership can take it back, also for a superuser."""
    clean.query("create role giver; create role a; create role readers")
    clean.query("create database d")
    clean.query("grant connect on database d to giver with grant option")
    clean.query("grant readers to giver with admin option")
    clean.query("set role giver; grant connect on database d to a; grant readers to a")
    clean.query("grant connect on database d to a; grant readers to a")
    spec: dict[str, t.Any] = {
        "roles": [{"name": "a", "member_of": []}],
        "databases": [{"name": "d", "grants": [{"role": "a", "privileges": []}]}],
    }
    assert not each(**spec).get("failed")
    assert clean.query("select count(*) from pg_auth_members where member = 'a'::regrole") == [(0,)]
    assert each(**spec)["changed"] is False


def test_privileges_that_others_depend_on_are_kept_and_it_is_said(each: Module, clean: Database) -> None:
    clean.query("create role giver; create role a")
    clean.query("create database d")
    clean.query("grant create on database d to giver with grant option")
    clean.query("set role giver; grant create on database d to a")
    failed = each(databases=[{"name": "d", "grants": [{"role": "giver", "privileges": []}]}])
    assert "dependent privileges exist" in failed["msg"]


TRAPS = """
create function public.json_build_array(text, text, name) returns json language plpgsql as $$begin raise 'trap'; end$$;
create function public.json_agg_trap(name, name) returns bool language plpgsql as $$begin raise 'trap'; end$$;
create operator public.!~ (leftarg = name, rightarg = name, function = public.json_agg_trap);
create function public.set_config(varchar, varchar, bool) returns text language plpgsql as $$begin raise 'trap'; end$$;
create function public.aclexplode(aclitem[], int default 0) returns table (grantee oid, grantor oid,
  privilege_type text, is_grantable bool) language plpgsql as $$begin raise 'trap'; end$$
"""


def test_an_owner_of_a_database_cannot_make_a_superuser_run_its_functions(each: Module, clean: Database) -> None:
    """Functions of a database that fit better than the server's own would be called with the rights of the caller."""
    each(roles=[{"name": "a", "login": True, "password": "pw"}], databases=[{"name": "d", "owner": "a"}])
    with psycopg.connect(clean.dsn("d"), user="a", password="pw", autocommit=True) as owner:
        owner.execute(TRAPS.encode())
    spec: dict[str, t.Any] = {
        "databases": [{"name": "d", "schemas": [{"name": "s", "grants": [{"role": "a", "privileges": ["USAGE"]}]}]}]
    }
    assert "msg" not in each(**spec)
    assert each(**spec)["changed"] is False
    assert "warnings" not in each(postgresql_databases_info.main)
