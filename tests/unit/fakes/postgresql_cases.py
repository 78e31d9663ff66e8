# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What the module postgresql_databases is given, and what it says: the same for the server in memory and real ones."""

from __future__ import annotations

import typing as t

import pytest

SECRET = "s3cr3t-canary"
Spec = dict[str, list[dict[str, t.Any]]]


def role(name: str, **options: t.Any) -> Spec:
    return {"roles": [{"name": name, **options}]}


def database(name: str, **options: t.Any) -> Spec:
    return {"databases": [{"name": name, **options}]}


def both(*parts: Spec) -> Spec:
    found: Spec = {}
    for part in parts:
        for option, items in part.items():
            found[option] = [*found.get(option, []), *items]
    return found


def grant(name: str, *privileges: str) -> dict[str, t.Any]:
    return {"role": name, "privileges": list(privileges)}


A, B = role("a"), role("b")
READERS = {"name": "reports", "owner": "a", "grants": [grant("b", "USAGE")]}

CASES = [
    pytest.param({}, A, ["create role a"], id="role"),
    pytest.param(A, A, [], id="role exists"),
    pytest.param({}, {}, [], id="nothing listed"),
    pytest.param({}, role("a", state="absent"), [], id="role is absent"),
    pytest.param(A, role("a", state="absent"), ["drop role a"], id="role dropped"),
    pytest.param(
        A,
        role("a", login=True, createdb=False, connection_limit=3, password=SECRET),
        ["change role a: login, connection limit 3, password"],
        id="only what differs",
    ),
    pytest.param(role("a", login=True), role("a", login=False), ["change role a: no login"], id="no login"),
    pytest.param(role("a", password=SECRET), role("a", password=SECRET), [], id="same password"),
    pytest.param(role("a", password="x"), role("a", password=SECRET), ["change role a: password"], id="password"),
    pytest.param(role("a", password="x"), A, [], id="password not given"),
    pytest.param(
        {},
        both(role("a", member_of=["b", "pg_monitor"]), B),
        ["create role b", "create role a"],
        id="a group before its members",
    ),
    pytest.param(
        both(B, role("a", member_of=["b"])),
        both(role("a", member_of=[]), role("b", member_of=["a"])),
        ["change role a: no longer member of b", "change role b: member of a"],
        id="a membership turned round",
    ),
    pytest.param(
        both(B, role("a", member_of=["b"])),
        role("a", member_of=["pg_monitor"]),
        ["change role a: member of pg_monitor, no longer member of b"],
        id="memberships are exact",
    ),
    pytest.param(both(B, role("a", member_of=["b"])), A, [], id="memberships not given"),
    pytest.param({}, database("d"), ["create database d"], id="database"),
    pytest.param(database("d"), database("d", template="template0"), [], id="template of one that exists"),
    pytest.param({}, database("d", state="absent"), [], id="database is absent"),
    pytest.param(
        database("d"), database("d", state="absent", force_drop=True), ["drop database d"], id="database dropped"
    ),
    pytest.param(
        {}, database("d", encoding="sql-ascii", template="template0"), ["create database d"], id="another encoding"
    ),
    pytest.param(database("d"), database("d", encoding="utf-8"), [], id="the same encoding"),
    pytest.param(
        both(A, database("d")),
        database("d", owner="a", connection_limit=7),
        ["change database d: owner a, connection limit 7"],
        id="owner and limit",
    ),
    pytest.param(
        {},
        both(A, database("d", owner="a", public_connect=False, grants=[grant("a", "CONNECT")])),
        ["create role a", "create database d", "change database d: revoke CONNECT from public"],
        id="an owner loses nothing",
    ),
    pytest.param(
        both(A, database("d", grants=[grant("a", "CREATE", "CONNECT")])),
        database("d", grants=[grant("a", "TEMPORARY", "CONNECT")]),
        ["change database d: grant TEMPORARY to a, revoke CREATE from a"],
        id="privileges of a role are exact",
    ),
    pytest.param(
        both(A, B, database("d", grants=[grant("a", "CREATE")])),
        database("d", grants=[grant("b", "CONNECT")]),
        ["change database d: grant CONNECT to b"],
        id="other roles keep their privileges",
    ),
    pytest.param(
        database("d"),
        database("d", grants=[grant("public")]),
        ["change database d: revoke CONNECT, TEMPORARY from public"],
        id="nothing for everybody",
    ),
    pytest.param(
        database("d", public_connect=False),
        database("d", public_connect=True),
        ["change database d: grant CONNECT to public"],
        id="everybody may connect",
    ),
    pytest.param(
        both(A, B, database("d", owner="a", grants=[grant("b", "CREATE")])),
        database("d", owner="b", grants=[grant("b", "CREATE"), grant("a")]),
        ["change database d: owner b"],
        id="privileges go with the ownership",
    ),
    pytest.param(
        {},
        both(A, B, database("d", schemas=[READERS], extensions=["hstore"])),
        [
            "create role a",
            "create role b",
            "create database d",
            "create schema reports in d: grant USAGE to b",
            "create extension hstore in d",
        ],
        id="schema and extension in a new database",
    ),
    pytest.param(
        both(A, B, database("d", schemas=[READERS])),
        database("d", schemas=[{"name": "reports", "owner": "b"}, {"name": "public", "grants": [grant("public")]}]),
        ["change schema reports in d: owner b", "change schema public in d: revoke USAGE from public"],
        id="schemas",
    ),
    pytest.param(database("d"), database("d", extensions=["plpgsql"]), [], id="extension that is always there"),
    pytest.param(
        database("d", extensions=[{"name": "hstore", "version": "1.6"}]),
        database("d", extensions=["hstore"]),
        [],
        id="no update without a version",
    ),
    pytest.param(
        database("d", extensions=[{"name": "hstore", "version": "1.6"}]),
        database("d", schemas=[{"name": "x"}], extensions=[{"name": "hstore", "version": "1.7", "schema": "x"}]),
        ["create schema x in d", "change extension hstore in d: version 1.7, schema x"],
        id="extension updated and moved",
    ),
    pytest.param(
        both(A, database("d", owner="a")),
        both(role("a", state="absent"), database("d", state="absent", force_drop=True)),
        ["drop database d", "drop role a"],
        id="a role after its last database",
    ),
    pytest.param(
        both(A, B, database("d", owner="a")),
        both(role("a", state="absent"), database("d", owner="b")),
        ["change database d: owner b", "drop role a"],
        id="a role after its last database got another owner",
    ),
    # No actions: it fails.
    pytest.param(
        both(A, database("d", grants=[grant("a", "CONNECT")])),
        both(role("a", state="absent"), database("d", grants=[])),
        None,
        id="a role with a privilege",
    ),
]
