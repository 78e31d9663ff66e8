# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Roles: what is, what is wanted, and the changes between the two. No I/O of its own.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import graphlib
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ItemError, PlatformError
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql import changes, scram, state
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql.decision import Decision
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql.names import shown as one_line
from ansible_collections.baremetal.mlops.plugins.module_utils._reconcile import Failure

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql import wanted as w

PLAIN = ("login", "createdb", "createrole", "connection_limit")
# What is said of a password.
SET, UNKNOWN, ANOTHER, UNSET, MD5 = "set", "unknown", "another", "unset", "md5"
WRONG = (ANOTHER, UNSET, MD5)


def in_order(roles: Sequence[w.Role]) -> list[w.Role]:
    """Each role after those that it is a member of."""
    named = {role.name: role for role in roles}
    graph = {role.name: [name for name in role.member_of or () if name in named] for role in roles}
    try:
        return [named[name] for name in graphlib.TopologicalSorter(graph).static_order()]
    except graphlib.CycleError as exc:
        circle = " of ".join(one_line(name) for name in exc.args[1])
        raise PlatformError(f"roles: member_of goes in a circle: {circle}") from exc


def password_state(client: state.Client, facts: state.Server, role: w.Role, actual: state.Role | None) -> str:
    """What the server keeps as password, in a word: whether it is the wanted one."""
    if role.password is None or not role.present:
        return UNKNOWN
    if actual is None:
        return UNSET
    if not facts.sees_passwords:
        return SET if client.accepts(role.name, role.password) else ANOTHER
    if actual.verifier is None:
        return UNSET
    if scram.is_md5(actual.verifier):
        return MD5
    return SET if scram.matches(actual.verifier, role.password) else ANOTHER


def decide(
    facts: state.Server, role: w.Role, actual: state.Role | None, *, known: Collection[str], password: str
) -> Decision[state.Role]:
    """What makes a role as wanted. ``known`` are the roles there will be; ``password`` is the word about it."""
    failures = [
        Failure(("roles", role.name, "member_of"), f"role {one_line(role.name)}: member_of: no role {one_line(name)}")
        for name in role.member_of or ()
        if name not in known
    ]
    groups = None if failures else role.member_of
    secret = role.password if password in WRONG else None
    if actual is None:
        given = {name: getattr(role, name) for name in PLAIN}
        after = dataclasses.replace(
            state.Role(role.name, has_password=secret is not None),
            **{name: value for name, value in given.items() if value is not None},
            member_of=_memberships(groups or (), facts),
        )
        attributes = changes.Attributes(**given, password=secret)
        return Decision(after, (changes.CreateRole(role.name, attributes, tuple(sorted(groups or ()))),), failures)
    differing = {
        name: getattr(role, name)
        for name in PLAIN
        if getattr(role, name) is not None and getattr(role, name) != getattr(actual, name)
    }
    join, leave = _moves(facts, groups, actual)
    attributes = changes.Attributes(**differing, password=secret)
    change = changes.AlterRole(role.name, attributes, join, leave)
    after = dataclasses.replace(
        actual,
        **differing,
        has_password=actual.has_password or secret is not None,
        member_of=tuple(one for one in actual.member_of if one not in set(_left(groups, actual)))
        + _memberships(join, facts),
    )
    return Decision(after, (change,) if attributes.text() or join or leave else (), failures)


def why_kept(dependents: Iterable[state.Dependent]) -> str:
    """Why a role cannot be dropped."""
    reasons = sorted(dependent.text() for dependent in dependents)
    return f"{', '.join(reasons)}: give that to another role first, by REASSIGN OWNED and DROP OWNED in each database"


def drop(
    role: w.Role, actual: state.Role | None, dependents: Sequence[state.Dependent], facts: state.Server
) -> Decision[state.Role]:
    if actual is None:
        return Decision(None)
    reason = why_kept(dependents) if dependents else ""
    if role.name == facts.user:
        reason = "it is the one that the module is logged in as"
    if reason:
        said = f"role {one_line(role.name)} is not dropped: {reason}"
        return Decision(actual, (), [Failure(("roles", role.name), said)])
    return Decision(None, (changes.DropRole(role.name),))


def shown(role: w.Role, actual: state.Role, password: str) -> dict[str, t.Any]:
    """What the user named of a role, as it is."""
    found = {name: getattr(actual, name) for name in PLAIN if getattr(role, name) is not None}
    if role.member_of is not None:
        found["member_of"] = sorted({one.role for one in actual.member_of})
    if role.password is not None:
        found["password"] = password
    return found


def password_states(
    client: state.Client, facts: state.Server, roles: Iterable[w.Role], actual: Mapping[str, state.Role]
) -> tuple[dict[str, str], list[Failure]]:
    """The word for each role's password, and why there is none for some."""
    words: dict[str, str] = {}
    failures: list[Failure] = []
    for role in roles:
        try:
            words[role.name] = password_state(client, facts, role, actual.get(role.name))
        except ItemError as exc:
            words[role.name] = UNKNOWN
            failures.append(Failure(("roles", role.name, "password"), exc.msg))
    return words, failures


def _memberships(groups: Iterable[str], facts: state.Server) -> tuple[state.Membership, ...]:
    return tuple(state.Membership(name, facts.superuser) for name in groups)


def _left(groups: Collection[str] | None, actual: state.Role) -> list[state.Membership]:
    return [] if groups is None else [one for one in actual.member_of if one.role not in groups]


def _moves(
    facts: state.Server, groups: Collection[str] | None, actual: state.Role
) -> tuple[tuple[str, ...], tuple[state.Membership, ...]]:
    """What a role joins and leaves. Newer servers keep one membership a giver, older ones one for all."""
    if groups is None:
        return (), ()
    has = {one.role for one in actual.member_of}
    leave = _left(groups, actual)
    if facts.version < state.MEMBERSHIPS_BY_GRANTOR:
        leave = [state.Membership(name, "") for name in {one.role for one in leave}]
    return tuple(sorted(name for name in groups if name not in has)), tuple(sorted(leave))
