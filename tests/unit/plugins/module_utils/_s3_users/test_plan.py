# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Plans for users of any name, with any key and from any state."""

from __future__ import annotations

import typing as t

import hypothesis
import pytest
from hypothesis import strategies

from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users.model import BACKENDS, MINIO, Wanted
from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users.plan import plan, read
from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users.policies import PERMISSIONS, Access
from ansible_collections.baremetal.mlops.tests.unit.fakes.s3_users import Account, FakeUsers

if t.TYPE_CHECKING:
    from ansible_collections.baremetal.mlops.plugins.module_utils._reconcile import Plan

SECRET = "s3cr3t-canary"
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:*"], "Resource": ["*"]}]}
names = strategies.sampled_from(["alpha", "beta"])
secrets = strategies.sampled_from([SECRET, "another-canary"])


def apply(client: FakeUsers, wanted: list[Wanted]) -> Plan:
    made = plan(client, wanted)
    assert client.writes == []
    for step in made.steps:
        step.apply()
    client.writes.clear()
    return made


@strategies.composite
def services(draw: strategies.DrawFn) -> FakeUsers:
    client = FakeUsers(draw(strategies.sampled_from(BACKENDS)))
    for name in draw(strategies.sets(names)):
        policy_names = draw(strategies.sets(strategies.sampled_from([f"user-{name}", "readwrite"])))
        account = Account({name: draw(secrets)}, draw(strategies.booleans()), draw(strategies.integers(-1, 1000)))
        if client.backend == MINIO:
            account.attached = sorted(policy_names)
            client.policies.update(dict.fromkeys(policy_names, POLICY))
        else:
            account.inline = dict.fromkeys(policy_names, POLICY)
            account.keys.update(dict.fromkeys(draw(strategies.sets(strategies.just(f"{name}-2"))), SECRET))
        client.accounts[name] = account
    return client


accesses = strategies.builds(
    Access,
    bucket=names,
    prefix=strategies.just(""),
    permissions=strategies.frozensets(strategies.sampled_from(PERMISSIONS)),
)
users = strategies.builds(
    Wanted,
    name=names,
    present=strategies.booleans(),
    secret_key=strategies.one_of(strategies.none(), secrets),
    update_secret=strategies.booleans(),
    purge_keys=strategies.booleans(),
    accesses=strategies.one_of(strategies.none(), strategies.lists(accesses, max_size=3).map(tuple)),
)


@hypothesis.given(client=services(), wanted=strategies.lists(users, unique_by=lambda user: user.name))
def test_one_run_makes_it_so_and_the_next_writes_nothing(client: FakeUsers, wanted: list[Wanted]) -> None:
    made = apply(client, wanted)
    refused = {failure.item[0] for failure in made.failures}
    assert refused <= {user.name for user in wanted if user.present and user.secret_key is None}
    found = read(client, wanted, made)
    assert found["users"] == made.after["users"]
    again = plan(client, wanted)
    assert not again.steps
    assert again.before == again.after
    assert client.writes == []
    for user in wanted:
        if user.name not in refused:
            assert (user.name in client.accounts) is user.present


@hypothesis.given(client=services(), wanted=users)
def test_other_users_are_left_alone(client: FakeUsers, wanted: Wanted) -> None:
    others = {name: repr(account) for name, account in client.accounts.items() if name != wanted.name}
    apply(client, [wanted])
    assert {name: repr(account) for name, account in client.accounts.items() if name != wanted.name} == others


@hypothesis.given(client=services(), wanted=strategies.lists(users, unique_by=lambda user: user.name))
def test_no_key_is_shown(client: FakeUsers, wanted: list[Wanted]) -> None:
    made = plan(client, wanted)
    shown = [made.before, made.after, *[step.summary for step in made.steps], *made.failures, *wanted]
    assert "canary" not in str(shown)


@pytest.mark.parametrize("backend", BACKENDS)
@hypothesis.given(name=strategies.text(), key=strategies.one_of(strategies.none(), strategies.text()))
def test_a_name_is_refused_or_plain(backend: str, name: str, key: str | None) -> None:
    client = FakeUsers(backend)
    made = apply(client, [Wanted(name, access_key=key, secret_key=SECRET, accesses=())])
    for failure in made.failures:
        assert "\n" not in failure.msg
    if made.steps:
        for text in (name, key or name):
            assert text.isascii()
            assert not set(text) & set(" \t\n\r/\\'\"%$:,=*?{}[]<>&;|#`~^()!")
            assert ".." not in text[:2]
    assert bool(made.steps) is (not made.failures)


@hypothesis.given(secret=strategies.text())
def test_a_secret_key_is_refused_without_being_told(secret: str) -> None:
    client = FakeUsers()
    made = apply(client, [Wanted("alpha", secret_key=secret, accesses=())])
    if made.failures:
        assert made.failures[0].msg.startswith("user alpha: its secret key must have at least 8 characters")
        assert client.accounts == {}
    else:
        assert client.accounts["alpha"].keys == {"alpha": secret}


ATTACH: list[tuple[list[str], tuple[Access, ...], list[str]]] = [
    (
        [],
        (Access("b23", permissions=frozenset(["read"])),),
        ["write policy user-alpha", "attach policy user-alpha to alpha"],
    ),
    (["readwrite"], (), ["detach readwrite from alpha"]),
]


@pytest.mark.parametrize(("attached", "accesses_wanted", "actions"), ATTACH)
def test_policies_that_others_share_are_detached_and_kept(
    attached: list[str], accesses_wanted: tuple[Access, ...], actions: list[str]
) -> None:
    client = FakeUsers()
    client.policies["readwrite"] = POLICY
    client.accounts["alpha"] = Account({"alpha": SECRET}, attached=attached)
    made = apply(client, [Wanted("alpha", accesses=accesses_wanted)])
    assert [step.summary for step in made.steps] == actions
    assert "readwrite" in client.policies


def test_a_key_that_a_run_set_is_tried_afterwards() -> None:
    client = FakeUsers()
    wanted: t.Any = [Wanted("alpha", secret_key=SECRET, accesses=())]
    made = apply(client, wanted)
    client.accounts["alpha"].keys["alpha"] = "set by another run"
    assert read(client, wanted, made)["users"]["alpha"]["secret_key"] == "another"
