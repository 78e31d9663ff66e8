# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The module postgresql_databases over a server in memory."""

from __future__ import annotations

import contextlib
import json
import typing as t

import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError, ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql import changes, scram, state
from ansible_collections.baremetal.mlops.plugins.modules import postgresql_databases
from ansible_collections.baremetal.mlops.tests.unit.fakes import modules
from ansible_collections.baremetal.mlops.tests.unit.fakes.postgresql import FakePostgresql
from ansible_collections.baremetal.mlops.tests.unit.fakes.postgresql_cases import (
    CASES,
    SECRET,
    A,
    B,
    Spec,
    both,
    database,
    grant,
    role,
)

LOGIN = {"login_host": "db", "login_password": SECRET}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> FakePostgresql:
    fake = FakePostgresql()
    monkeypatch.setattr(postgresql_databases, "connect", lambda _connection: contextlib.nullcontext(fake))
    return fake


class Call:
    """Runs the module; no answer holds a secret."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, spec: Spec, **args: t.Any) -> dict[str, t.Any]:
        answer = modules.run(postgresql_databases.main, self.capsys, **{**LOGIN, **spec, **args})
        answer.pop("invocation", None)
        assert SECRET not in json.dumps(answer)
        return answer


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Call:
    return Call(capsys)


@pytest.mark.parametrize(("start", "spec", "actions"), CASES)
def test_check_mode_predicts_and_a_second_run_does_nothing(
    server: FakePostgresql, run: Call, start: Spec, spec: Spec, actions: list[str] | None
) -> None:
    run(start)
    if actions is None:
        assert "it has privileges on database d" in run(spec)["msg"]
        return
    server.writes.clear()
    server.queries.clear()
    checked = run(spec, _ansible_check_mode=True, _ansible_diff=True)
    assert server.writes == []
    assert modules.four_claims(postgresql_databases.main, run.capsys, **{**LOGIN, **spec}) == actions
    assert len(server.writes) == len(actions)
    assert checked["queries"] == server.queries
    again = run(spec, _ansible_check_mode=True)
    assert (again["roles"], again["databases"]) == (checked["roles"], checked["databases"])


def test_nothing_is_locked_when_nothing_is_to_be_done(server: FakePostgresql, run: Call) -> None:
    run(A)
    assert server.locked == 1
    run(A)
    assert server.locked == 1


def test_a_difference_says_that_a_password_is_another(server: FakePostgresql, run: Call) -> None:
    run(role("a", password="former"))
    diff = run(role("a", password=SECRET), _ansible_diff=True)["diff"]
    assert (diff["before"]["roles"]["a"], diff["after"]["roles"]["a"]) == ({"password": "another"}, {"password": "set"})


@pytest.mark.parametrize(("kept", "word"), [(None, "unset"), ("md5" + "0" * 32, "md5")])
def test_an_old_kind_of_password_is_replaced(server: FakePostgresql, run: Call, kept: str | None, word: str) -> None:
    run(A)
    server._roles["a"] = state.Role("a", verifier=kept)
    answer = run(role("a", password=SECRET), _ansible_diff=True)
    assert answer["actions"] == ["change role a: password"]
    assert answer["diff"]["before"]["roles"]["a"]["password"] == word


def test_a_verifier_is_taken_as_a_password(server: FakePostgresql, run: Call) -> None:
    verifier = scram.verifier(SECRET)
    assert run(role("a", password=verifier))["queries"] == ["""CREATE ROLE "a" PASSWORD '********'"""]
    assert run(role("a", password=SECRET))["changed"] is False
    assert run(role("a", password=verifier))["changed"] is False
    assert run(role("a", password=scram.verifier(SECRET)))["changed"] is True


def test_without_a_view_of_verifiers_it_logs_in_once(server: FakePostgresql, run: Call) -> None:
    server.facts = state.Server(150000, "admin", "postgres", "postgres", sees_passwords=False)
    run(role("a", login=True, password=SECRET))
    server.logins.clear()
    assert run(role("a", password=SECRET))["changed"] is False
    assert server.logins == ["a"]
    server._roles["a"] = state.Role("a", login=False, verifier=scram.verifier(SECRET, 1))
    failed = run(both(role("a", password=SECRET, createdb=True), B))
    assert failed["failures"] == [{"item": "roles.a.password", "msg": "cannot verify the password of role a"}]
    assert failed["actions"] == ["change role a: createdb", "create role b"]
    assert failed["roles"]["a"] == {"createdb": True, "password": "unknown"}


@pytest.mark.parametrize(
    ("spec", "item", "reason"),
    [
        (role("a", member_of=["x"]), "roles.a.member_of", "role a: member_of: no role x"),
        (role("owner", state="absent"), "roles.owner", "it owns database d: give that to another role first"),
        (role("postgres", state="absent"), "roles.postgres", "the one that the module is logged in as"),
        (database("n", owner="x"), "databases.n", "database n: it is not created: owner: no role x"),
        (database("n", template="x"), "databases.n", "template: no database x"),
        (database("n", encoding="klingon"), "databases.n", "the server knows no klingon"),
        (
            database("n", encoding="LATIN1"),
            "databases.n",
            "encoding UTF8, not LATIN1: take template: template0",
        ),
        (
            database("d", encoding="LATIN1"),
            "databases.d.encoding",
            "is UTF8 and cannot be changed: dump it",
        ),
        (database("d", owner="x"), "databases.d.owner", "database d: owner: no role x"),
        (database("d", grants=[grant("x")]), "databases.d.grants.x", "database d: grants: no role x"),
        (
            database("d", state="absent"),
            "databases.d",
            "data would be lost and 2 sessions in it would be ended; force",
        ),
        (database("postgres", state="absent", force_drop=True), "databases.postgres", "it is login_db"),
        (database("template1", state="absent", force_drop=True), "databases.template1", "it is a template"),
        (
            database("d", extensions=["x"]),
            "databases.d.extensions.x",
            "the server does not have it: install its",
        ),
        (
            database("d", extensions=[{"name": "hstore", "version": "9"}]),
            "databases.d.extensions.hstore",
            "the server has no 9, but 1.6, 1.7, 1.8",
        ),
        (
            database("d", extensions=[{"name": "hstore", "schema": "x"}]),
            "databases.d.extensions.hstore",
            "extension hstore in d: schema: no schema x",
        ),
        (
            database("d", schemas=[{"name": "s", "owner": "x"}]),
            "databases.d.schemas.s.owner",
            "schema s in d: owner: ",
        ),
        (
            database("d", schemas=[{"name": "s", "grants": [grant("x")]}]),
            "databases.d.schemas.s.grants.x",
            "schema s in d: grants: no role x",
        ),
        (database("closed", extensions=["hstore"]), "databases.closed", "cannot enter database closed"),
    ],
)
def test_one_item_fails_and_the_others_are_made(
    server: FakePostgresql, run: Call, spec: Spec, item: str, reason: str
) -> None:
    run(both(role("owner"), database("d", owner="owner"), database("closed")))
    server.open_sessions = {"d": 2}
    server.closed = {"closed"}
    checked = run(both(spec, B), _ansible_check_mode=True)
    failed = run(both(spec, B))
    assert failed["failed"] is True
    assert "create role b" in failed["actions"]
    assert [one["item"] for one in failed["failures"]] == [item]
    assert reason in failed["msg"]
    assert "\n" not in failed["msg"]
    assert (checked["msg"], checked["actions"]) == (failed["msg"], failed["actions"])


def test_what_somebody_else_makes_meanwhile_is_made_as_wanted(server: FakePostgresql, run: Call) -> None:
    def meanwhile(change: changes.Change) -> None:
        server.now = lambda _change: None
        server.apply(changes.CreateRole("a", changes.Attributes(createdb=True)))
        server.apply(changes.CreateDatabase("d"))

    server.now = meanwhile
    spec = both(role("a", createdb=False, password=SECRET), database("d", owner="a"))
    first = run(spec)
    assert first["roles"]["a"] == {"createdb": False, "password": "set"}
    assert first["databases"]["d"] == {"owner": "a"}
    assert run(spec)["changed"] is False


def test_what_is_made_meanwhile_within_a_database_is_made_as_wanted(server: FakePostgresql, run: Call) -> None:
    def meanwhile(change: changes.Change) -> None:
        server.now = lambda _change: None
        server.apply(changes.CreateSchema("d", "s", "postgres"))
        server.apply(changes.CreateExtension("d", "hstore"))

    run(both(A, database("d")))
    server.now = meanwhile
    spec = database("d", schemas=[{"name": "s", "owner": "a"}], extensions=[{"name": "hstore", "version": "1.6"}])
    assert run(spec)["databases"]["d"]["schemas"] == [{"name": "s", "owner": "a"}]
    assert run(spec)["changed"] is False


def test_an_item_that_fails_leaves_out_what_is_below_it(server: FakePostgresql, run: Call) -> None:
    def refuse(change: changes.Change) -> None:
        if isinstance(change, changes.CreateDatabase) and change.name == "d":
            raise ItemError("cannot create database d: no space left")

    server.now = refuse
    failed = run(both(database("d", public_connect=False, extensions=["hstore"]), database("e")))
    assert (failed["msg"], failed["actions"]) == ("cannot create database d: no space left", ["create database e"])
    assert failed["databases"] == {"e": {}}


def test_a_lost_server_ends_the_run_and_tells_what_was_done(server: FakePostgresql, run: Call) -> None:
    def lose(change: changes.Change) -> None:
        if change.summary == "create role b":
            raise ApiError("PostgreSQL at db:5432 does not answer within 30 seconds: cannot create role b")

    server.now = lose
    failed = run(both(A, B, role("c")))
    assert (failed["actions"], failed["changed"]) == (["create role a"], True)
    assert "does not answer" in failed["msg"]


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        (both(A, A), "roles: named more than once: a"),
        (both(database("d"), database("d")), "databases: named more than once: d"),
        (database("d", grants=[grant("a"), grant("a")]), "databases: d: grants: named more than once: a"),
        (database("d", extensions=["x", {"name": "x"}]), "databases: d: extensions: named more than once: x"),
        (database("d", schemas=[{"name": "s"}, {"name": "s"}]), "databases: d: schemas: named more than once: s"),
        (role("a", member_of=["b", "b"]), "roles: a: member_of: named more than once: b"),
        (both(role("a", member_of=["b"]), role("b", member_of=["a"])), "member_of goes in a circle: "),
        (role("a", member_of=["a"]), "member_of goes in a circle: a of a"),
        (role(""), "roles: : a name is empty"),
        (role("a\0b"), "roles: 'a\\x00b': 'a\\x00b' holds a zero byte"),
        (role("ü" * 32), "has 64 bytes, but a name has at most 63"),
        (role("pg_mine"), "roles: pg_mine: the name is PostgreSQL's own"),
        (role("public"), "roles: public: the name is PostgreSQL's own"),
        (role("a", member_of=["public"]), "member_of: public and none are no roles"),
        (role("a", connection_limit=-2), "connection_limit is -2, but has to be between -1 (unlimited) and"),
        (role("a", password=""), "roles: a: password: it is empty"),
        (role("a", password=f"{SECRET}\0"), "roles: a: password: it holds a zero byte"),
        (role("a", password="md5" + "0" * 32), "it is an MD5 hash: give the password, or a SCRAM verifier"),
        (database("d" * 64), "has 64 bytes"),
        (database("d", owner="public"), "databases: d: owner: public is no role"),
        (database("d", public_connect=True, grants=[grant("public")]), "public_connect and grants both say"),
        (database("d", grants=[grant("a", "SELECT")]), "value of privileges must be one or more of"),
        (database("d", schemas=[{"name": "pg_x"}]), "databases: d: schemas: pg_x: the name is PostgreSQL's own"),
        (database("d", extensions=[{"version": "1"}]), "is neither a name nor a dictionary with one"),
        (database("d", extensions=[{"name": "x", "cascade": True}]), "cascade is unknown: known are name, schema, ver"),
        (database("d", extensions=[7]), "7 is neither a name nor a dictionary"),
        ({"timeout": 0}, "timeout is 0, but has to be at least 1 second"),
        ({"login_port": 70000}, "login_port is 70000, but has to be between 1 and 65535"),
        ({"login_host": "a\0"}, "login_host is empty or holds a zero byte"),
    ],
)
def test_what_no_server_would_take_is_refused_before_any_write(
    server: FakePostgresql, run: Call, spec: t.Any, reason: str
) -> None:
    failed = run(spec)
    assert failed["failed"] is True
    assert reason in failed["msg"]
    assert "\n" not in failed["msg"]
    assert server.writes == []


def test_many_problems_are_said_in_one_line(server: FakePostgresql, run: Call) -> None:
    said = run(both(*(role(f"pg_{number}") for number in range(9))))["msg"]
    assert said.endswith("roles: pg_4: the name is PostgreSQL's own; and 4 more")
