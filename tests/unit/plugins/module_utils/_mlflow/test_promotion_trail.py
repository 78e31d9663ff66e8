# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The audit trail in tags."""

from __future__ import annotations

import datetime
import json
import re
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow import trail

NOON = datetime.datetime(2026, 3, 5, 12, tzinfo=datetime.UTC)
GATE = {"name": "auc", "kind": "threshold", "passed": True, "figure": 0.93, "limits": {"min": 0.9}, "reason": "fine"}
# What MLflow takes as the key of a tag.
KEY = re.compile(r"[/\w.\- :]{1,250}")


def record(former: int | None, champion: int, minute: int = 0, **given: t.Any) -> trail.Record:
    event = trail.PROMOTED if former is None or former < champion else trail.ROLLED_BACK
    time = NOON + datetime.timedelta(minutes=minute)
    return trail.Record(
        **{"event": event, "alias": "champion", "former": former, "champion": champion, "time": time} | given
    )


def tags(*records: trail.Record) -> dict[str, str]:
    return {one.key: one.value() for one in records}


def test_a_record_is_on_the_version_that_it_is_about() -> None:
    assert record(5, 7).version == record(7, 5).version == 7
    assert record(None, 1).version == 1


def test_a_record_comes_back_as_it_was_written() -> None:
    written = record(5, 7, by="ann", reason='"weekly" \U0001f600', gates=[GATE])
    (read,) = trail.records({**tags(written), "owner": "x"}, "champion")
    assert read.shown() == written.shown() | {"gates": [{n: v for n, v in GATE.items() if n != "reason"}]}
    assert written.key == "promotion.champion.20260305T120000.000000Z"


def test_each_alias_has_a_trail_of_its_own() -> None:
    here, there = record(5, 7), record(6, 7, alias="champion-eu")
    assert trail.former(tags(here, there), "champion") == 5
    assert trail.former(tags(here, there), "champion-eu") == 6
    assert trail.former(tags(here, there), "champ") is None


def test_the_last_promotion_says_who_was_champion_before() -> None:
    known = tags(record(6, 7, minute=3), record(5, 7), record(7, 5, minute=2))
    assert trail.former(known, "champion") == 6
    assert trail.left(known, "champion") is None
    back = trail.left(known | tags(record(7, 6, minute=4, reason="bad")), "champion")
    assert back is not None
    assert back.reason == "bad"


def test_a_clock_that_goes_wrong_writes_no_past() -> None:
    known = tags(record(5, 7, minute=9))
    assert trail.moment(NOON, known, "champion") == NOON + datetime.timedelta(minutes=9, microseconds=1)
    assert trail.moment(NOON, {}, "champion") == NOON


def effects(champion: int | None, *records: trail.Record) -> list[bool]:
    return [told["took_effect"] for told in trail.history(records[::-1], champion)]


@pytest.mark.parametrize(
    ("champion", "records", "told"),
    [
        (7, [(None, 5), (5, 7)], [True, True]),
        (5, [(None, 5), (5, 7)], [True, False]),
        (7, [(5, 7), (5, 7)], [False, True]),
        (7, [(5, 7), (5, 8)], [True, False]),
        (5, [(5, 7), (7, 5)], [True, True]),
        (7, [(5, 7), (7, 5)], [True, False]),
        (9, [(5, 7), (7, 9)], [True, True]),
        (9, [(5, 7), (5, 7), (7, 9)], [False, True, True]),
        (8, [(5, 7), (6, 8)], [False, True]),
        (None, [(5, 7)], [False]),
    ],
)
def test_what_took_effect_is_told_by_what_came_after(
    champion: int | None, records: list[tuple[int | None, int]], told: list[bool]
) -> None:
    assert effects(champion, *(record(*one, minute=minute) for minute, one in enumerate(records))) == told


gates = st.fixed_dictionaries(
    {
        "name": st.text(max_size=100),
        "kind": st.just("data_quality"),
        "passed": st.just(True),
        "figure": st.floats(allow_nan=False, allow_infinity=False),
        "limits": st.dictionaries(st.text(max_size=50), st.floats(allow_nan=False, allow_infinity=False)),
        "reason": st.text(),
    }
)


@given(
    st.from_regex(r"[A-Za-z0-9_-]{1,200}", fullmatch=True),
    st.text(),
    st.text(max_size=1000).filter(str.isprintable),
    st.lists(gates, max_size=4),
    st.integers(1, 40),
)
def test_any_record_fits_into_a_tag_and_can_be_read(
    alias: str, by: str, reason: str, some: list[dict[str, t.Any]], times: int
) -> None:
    written = record(5, 7, alias=alias, by=by, reason=reason, gates=some * times)
    assert len(written.value()) <= trail.LONGEST_VALUE
    assert KEY.fullmatch(written.key)
    (read,) = trail.records(tags(written), alias)
    assert (read.former, read.champion, read.time, read.reason) == (5, 7, NOON, reason)
    assert len(read.gates) + read.gates_left_out == len(written.gates)
    assert read.by == by[: trail.LONGEST_BY]


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["event", "gates", "time"]), inner),
    max_leaves=5,
)
fields = st.fixed_dictionaries(
    {},
    optional={
        "event": st.sampled_from(["promoted", "rolled_back"]) | json_values,
        "from_version": st.integers(0, 9) | json_values,
        "to_version": st.integers(0, 9) | json_values,
        "time": st.just("2026-03-05T12:00:00.000000Z") | json_values,
        "by": json_values,
        "reason": json_values,
        "gates": json_values,
        "gates_left_out": json_values,
    },
)


@given(st.text() | (fields | json_values).map(json.dumps))
def test_what_others_write_into_our_tags_breaks_nothing(value: str) -> None:
    known = {"promotion.champion.x": value}
    for read in trail.records(known, "champion"):
        json.dumps(read.shown())
    trail.former(known, "champion")
    trail.left(known, "champion")
    trail.moment(NOON, known, "champion")
