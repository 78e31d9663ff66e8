# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Rules of a lifecycle, to S3's API and back."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.baremetal.mlops.plugins.module_utils._s3 import lifecycle

NUMBERS = st.one_of(st.none(), st.integers(1, 1000))
NAMES = st.text(min_size=1, max_size=10)
RULES = st.fixed_dictionaries(
    {
        "id": NAMES,
        "enabled": st.booleans(),
        "prefix": st.one_of(st.none(), st.text(max_size=10)),
        "tags": st.dictionaries(NAMES, st.text(max_size=5), max_size=3),
        "expiration_days": NUMBERS,
        "expired_delete_marker": st.one_of(st.none(), st.booleans()),
        "noncurrent_expiration_days": NUMBERS,
        "noncurrent_versions_kept": NUMBERS,
        "abort_multipart_days": NUMBERS,
    }
)


@given(rules=st.lists(RULES, max_size=4, unique_by=lambda rule: rule["id"]))
def test_rules_come_back_as_they_went(rules: list[dict[str, t.Any]]) -> None:
    wanted = lifecycle.canonical(rules)
    assert lifecycle.from_api(lifecycle.to_api(wanted)) == wanted
    assert lifecycle.canonical(wanted) == wanted


@pytest.mark.parametrize(
    ("ours", "filtered"),
    [
        ({}, {"Prefix": ""}),
        ({"prefix": "a/"}, {"Prefix": "a/"}),
        ({"tags": {"k": "v"}}, {"Tag": {"Key": "k", "Value": "v"}}),
        ({"prefix": "a/", "tags": {"k": "v"}}, {"And": {"Prefix": "a/", "Tags": [{"Key": "k", "Value": "v"}]}}),
        (
            {"tags": {"k": "v", "a": ""}},
            {"And": {"Tags": [{"Key": "a", "Value": ""}, {"Key": "k", "Value": "v"}]}},
        ),
    ],
)
def test_filters(ours: dict[str, t.Any], filtered: dict[str, t.Any]) -> None:
    (rule,) = lifecycle.to_api([{"id": "a", "enabled": True, "expiration_days": 1, **ours}])
    assert rule["Filter"] == filtered


@pytest.mark.parametrize(
    "rule",
    [
        {"ID": "a", "Status": "Enabled", "Expiration": {"Days": 1}, "Prefix": ""},
        {"ID": "a", "Status": "Enabled", "Expiration": {"Days": 1}, "Filter": {}},
        {"ID": "a", "Status": "Enabled", "Expiration": {"Days": 1, "ExpiredObjectDeleteMarker": False}},
        {"ID": "a", "Status": "Enabled", "Expiration": {"Days": 1}, "Filter": {"And": {"Tags": []}}},
    ],
)
def test_services_say_the_same_in_several_ways(rule: dict[str, t.Any]) -> None:
    assert lifecycle.from_api([rule]) == [{"id": "a", "enabled": True, "expiration_days": 1}]


@pytest.mark.parametrize(
    ("more", "beyond"),
    [
        ({"Transitions": [{"Days": 1}]}, ["Transitions"]),
        ({"Expiration": {"Date": "2030-01-01"}}, ["Expiration.Date"]),
        ({"Filter": {"ObjectSizeGreaterThan": 5}}, ["Filter.ObjectSizeGreaterThan"]),
        ({"Filter": {"And": {"Prefix": "a", "ObjectSizeLessThan": 5}}}, ["Filter.And.ObjectSizeLessThan"]),
    ],
)
def test_what_our_shape_cannot_say_is_seen(more: dict[str, t.Any], beyond: list[str]) -> None:
    (rule,) = lifecycle.from_api([{"ID": "a", "Status": "Enabled", "Expiration": {"Days": 1}, **more}])
    assert rule["beyond"] == beyond
