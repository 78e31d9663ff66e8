# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""All ways to say a policy are one."""

from __future__ import annotations

import copy
import random
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.baremetal.mlops.plugins.module_utils._s3 import policy

TEXTS = st.text("abc*:/", min_size=1, max_size=8)
LISTS = st.lists(TEXTS, min_size=1, max_size=3, unique=True)
STATEMENTS = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Deny"]),
        "Principal": st.one_of(
            st.just({"AWS": ["*"]}), st.dictionaries(st.sampled_from(["AWS", "Service"]), LISTS, min_size=1)
        ),
        "Action": LISTS,
        "Resource": LISTS,
    },
    optional={
        "Sid": st.text("ab1", min_size=1),
        "Condition": st.dictionaries(
            st.sampled_from(["StringLike", "Bool"]), st.dictionaries(TEXTS, LISTS, min_size=1), min_size=1
        ),
    },
)
POLICIES = st.builds(
    lambda statements: {"Version": "2012-10-17", "Statement": statements}, st.lists(STATEMENTS, min_size=1, max_size=3)
)


def said_otherwise(value: t.Any, dice: random.Random) -> t.Any:
    """Lists of one as their only value, lists in another order, and with repetitions."""
    if isinstance(value, dict):
        if value == {"AWS": ["*"]} and dice.random() < 0.5:
            return "*"
        return {key: said_otherwise(item, dice) for key, item in dice.sample(sorted(value.items()), len(value))}
    if isinstance(value, list):
        items = [said_otherwise(item, dice) for item in dice.sample(value, len(value))]
        return items[0] if len(items) == 1 and dice.random() < 0.5 else items + items[: dice.randint(0, 1)]
    return value


@given(given=POLICIES, seed=st.integers())
def test_the_same_in_other_words_is_the_same(given: dict[str, t.Any], seed: int) -> None:
    other = said_otherwise(copy.deepcopy(given), random.Random(seed))
    assert not list(policy.problems(other))
    assert policy.same(policy.canonical(given), policy.canonical(other))


@given(given=POLICIES)
def test_a_canonical_policy_stays_as_it_is(given: dict[str, t.Any]) -> None:
    once = policy.canonical(given)
    assert policy.canonical(copy.deepcopy(once)) == once
    assert not list(policy.problems(once))


@given(given=POLICIES, field=st.sampled_from(["Effect", "Action", "Resource", "Principal"]))
def test_another_value_is_another_policy(given: dict[str, t.Any], field: str) -> None:
    other = copy.deepcopy(given)
    other["Statement"][0][field] = {"AWS": ["somebody"]} if field == "Principal" else "other"
    before = {repr(statement) for statement in policy.canonical(given)["Statement"]}
    after = {repr(statement) for statement in policy.canonical(other)["Statement"]}
    assert policy.same(policy.canonical(given), policy.canonical(other)) is (before == after)


def statement(**changes: t.Any) -> dict[str, t.Any]:
    given = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::one/*"}
    found: dict[str, t.Any] = policy.canonical({"Statement": {**given, **changes}})["Statement"][0]
    return found


@pytest.mark.parametrize(
    ("given", "canonical"),
    [
        ({"Bool": {"aws:SecureTransport": False}}, {"Bool": {"aws:SecureTransport": ["false"]}}),
        ({"NumericLessThan": {"s3:max-keys": 10}}, {"NumericLessThan": {"s3:max-keys": ["10"]}}),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.5/8"}}, {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8"]}}),
        ({"NotIpAddress": {"aws:SourceIp": "192.0.2.1"}}, {"NotIpAddress": {"aws:SourceIp": ["192.0.2.1/32"]}}),
        ({"IpAddress": {"aws:SourceIp": "2001:DB8::1"}}, {"IpAddress": {"aws:SourceIp": ["2001:db8::1/128"]}}),
        ({"IpAddress": {"aws:SourceIp": "${aws:x}"}}, {"IpAddress": {"aws:SourceIp": ["${aws:x}"]}}),
        ({"StringLike": {"s3:prefix": ["b", "a", "b"]}}, {"StringLike": {"s3:prefix": ["a", "b"]}}),
    ],
)
def test_values_of_conditions(given: dict[str, t.Any], canonical: dict[str, t.Any]) -> None:
    assert statement(Condition=given)["Condition"] == canonical


def test_what_says_nothing_is_left_out() -> None:
    found = statement(Sid="", Condition={}, NotResource=[])
    assert set(found) == {"Effect", "Principal", "Action", "Resource"}
    assert policy.canonical({"Id": "x", "Statement": []} | {"Statement": [{"Effect": "Deny"}]}) == {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny"}],
    }
    assert policy.canonical({}) == {}


def test_minio_makes_two_stars_of_one() -> None:
    assert statement(Resource="**") == statement(Resource="*")


def test_a_statement_said_twice_counts_once() -> None:
    one = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "a"}
    assert len(policy.canonical({"Statement": [one, {**one, "Action": ["s3:GetObject"]}]})["Statement"]) == 1
    (kept,) = policy.canonical({"Statement": [{**one, "Sid": "2"}, {**one, "Sid": "1"}]})["Statement"]
    assert kept["Sid"] == "1"
