# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What goes to the server: names and values cannot become words of the statement, and no secret is shown."""

from __future__ import annotations

import re
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql import acl, changes, scram, statements
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql.state import Membership

SECRET = "s3cr3t-canary"
name = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=20)
limit = st.none() | st.integers(-1, 100)
flag = st.none() | st.booleans()
entry = st.builds(acl.Entry, name, st.sampled_from(acl.ON_DATABASE), name)
privileges = st.lists(
    st.builds(acl.Change, name, st.just(("CONNECT",)), st.lists(entry, max_size=2).map(tuple)), max_size=2
).map(tuple)
attributes = st.builds(changes.Attributes, flag, flag, flag, limit, st.none() | name)
several = st.lists(name, max_size=2).map(tuple)
left = st.lists(st.builds(Membership, name, name | st.just("")), max_size=2).map(tuple)
any_change = st.one_of(
    st.builds(changes.CreateRole, name, attributes, several),
    st.builds(changes.AlterRole, name, attributes, several, left),
    st.builds(changes.DropRole, name),
    st.builds(changes.CreateDatabase, name, st.none() | name, st.none() | name, st.none() | name, limit),
    st.builds(changes.AlterDatabase, name, name, st.none() | name, limit, privileges),
    st.builds(changes.DropDatabase, name),
    st.builds(changes.CreateSchema, name, name, name, st.none() | name, privileges),
    st.builds(changes.AlterSchema, name, name, name, st.none() | name, privileges),
    st.builds(changes.CreateExtension, name, name, st.none() | name, st.none() | name),
    st.builds(changes.AlterExtension, name, name, st.none() | name, st.none() | name),
)
QUOTED = re.compile(r'"(?:[^"]|"")*"| ?E?\'(?:[^\'\\]|\'\'|\\.)*\'', re.DOTALL)


@given(change=any_change)
def test_nothing_from_outside_stands_outside_of_quotes(change: changes.Change) -> None:
    for statement in statements.shown(change):
        words = QUOTED.sub("?", statement)
        assert re.fullmatch(r"[A-Z?][A-Z()?, 0-9-]*", words), words


@given(change=any_change)
def test_what_is_said_of_a_change_is_one_line(change: changes.Change) -> None:
    assert change.summary.isprintable()
    assert change.item[0] in ("roles", "databases")


@pytest.mark.parametrize(
    "change",
    [
        changes.CreateRole("a", changes.Attributes(password=SECRET)),
        changes.AlterRole("a", changes.Attributes(login=True, password=SECRET)),
    ],
)
def test_a_password_is_neither_sent_nor_shown(change: changes.Change) -> None:
    (sent,) = statements.sent(change, 7)
    said = sent.as_string(None)
    assert SECRET not in said + repr(sent) + repr(change) + change.summary + "".join(statements.shown(change))
    found = re.search(r"PASSWORD '(.*)'", said)
    assert found is not None
    assert scram.matches(found[1], SECRET)
    assert "PASSWORD '********'" in statements.shown(change)[0]


CASES: list[tuple[changes.Change, list[str]]] = [
    (
        changes.CreateRole("a", changes.Attributes(True, False, None, 3), ("b", "c")),
        ['CREATE ROLE "a" LOGIN NOCREATEDB CONNECTION LIMIT 3 IN ROLE "b", "c"'],
    ),
    (
        changes.AlterRole("a", changes.Attributes(), ("b",), (Membership("c", "g"), Membership("d", ""))),
        ['GRANT "b" TO "a"', 'REVOKE "c" FROM "a" GRANTED BY "g"', 'REVOKE "d" FROM "a"'],
    ),
    (changes.DropDatabase("a"), ['DROP DATABASE "a" WITH (FORCE)']),
    (
        changes.CreateDatabase("d", "a", "UTF8", "template0", -1),
        ['CREATE DATABASE "d" OWNER "a" ENCODING \'UTF8\' TEMPLATE "template0" CONNECTION LIMIT -1'],
    ),
    (
        changes.AlterDatabase(
            "d",
            "a",
            privileges=(acl.Change("public", revoke=(acl.Entry("public", "CONNECT", "a"),)),),
        ),
        ['REVOKE CONNECT ON DATABASE "d" FROM PUBLIC'],
    ),
    (
        changes.AlterDatabase("d", "a", privileges=(acl.Change("b", revoke=(acl.Entry("b", "CREATE", "giver"),)),)),
        ['SET LOCAL ROLE "giver"', 'REVOKE CREATE ON DATABASE "d" FROM "b"', "SET LOCAL ROLE NONE"],
    ),
    (
        changes.AlterExtension("d", "x", "1.2", "s"),
        ["ALTER EXTENSION \"x\" UPDATE TO '1.2'", 'ALTER EXTENSION "x" SET SCHEMA "s"'],
    ),
]


@pytest.mark.parametrize(("change", "queries"), CASES)
def test_each_change_has_its_statements(change: t.Any, queries: list[str]) -> None:
    assert statements.shown(change) == queries
