# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Figures and their arithmetic."""

from __future__ import annotations

import math
import sys
import typing as t
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import FigureError
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.figures import (
    Figures,
    drop,
    drop_ratio,
    exact,
    finite,
    nearest_rank,
    ratio,
    shown,
)

numbers = st.floats(allow_nan=False, allow_infinity=False, width=64).filter(lambda x: abs(x) < sys.float_info.max)
anything = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.integers()), st.binary()
)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (0.93, 0.93),
        (1, 1.0),
        (True, 1.0),
        (False, 0.0),
        ("0.5", 0.5),
        (" True ", 1.0),
        ("false", 0.0),
        ("1e-3", 0.001),
        (-0.0, 0.0),
    ],
)
def test_numbers_are_read(value: object, found: float) -> None:
    assert finite(value, "x") == found


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("high", "x is 'high', which is not a number"),
        ("", "x is '', which is not a number"),
        ([1], "x is '[1]', which is not a number"),
        ("a" * 100, f"x is '{'a' * 40}', which is not a number"),
        (math.nan, "x is not a number (NaN)"),
        ("NaN", "x is not a number (NaN)"),
        (math.inf, "x is infinite"),
        ("-Infinity", "x is infinite"),
        (-sys.float_info.max, "x is infinite"),
        (10**400, "x is infinite"),
    ],
)
def test_what_is_no_finite_number_is_refused(value: object, said: str) -> None:
    with pytest.raises(FigureError) as caught:
        finite(value, "x")
    assert caught.value.msg == said


@given(anything)
def test_what_is_read_is_always_finite(value: object) -> None:
    try:
        assert math.isfinite(finite(value, "x"))
    except FigureError as exc:
        assert exc.msg.startswith("x is ")


@given(numbers)
def test_a_number_is_the_decimal_that_is_shown(value: float) -> None:
    assert float(exact(value)) == value
    assert float(shown(value)) == value


def test_differences_are_those_of_the_decimals_shown() -> None:
    assert drop(exact(0.9), exact(0.93), "higher") == exact(0.03)
    assert drop(exact(0.9), exact(0.93), "lower") == exact(-0.03)
    assert drop_ratio(exact(0.9), exact(1), "higher") == exact(0.1)
    assert drop_ratio(exact(-1.1), exact(-1), "higher") == exact(0.1)
    assert ratio([exact(0.4), exact(0.5)]) == exact(0.8)
    assert shown(Fraction(10) ** 400) == "infinite"


@pytest.mark.parametrize("groups", [[0, 0], [-1, 1], [-2, -1]])
def test_a_ratio_that_says_nothing_is_refused(groups: list[int]) -> None:
    with pytest.raises(FigureError, match="says nothing"):
        ratio([Fraction(group) for group in groups])


def test_a_share_of_nothing_is_refused() -> None:
    with pytest.raises(FigureError, match="the champion's figure is 0"):
        drop_ratio(Fraction(1), Fraction(0), "higher")


@given(numbers, numbers)
def test_a_drop_in_one_direction_is_a_rise_in_the_other(candidate: float, champion: float) -> None:
    assert drop(exact(candidate), exact(champion), "higher") == -drop(exact(candidate), exact(champion), "lower")


def test_the_nearest_rank_of_known_samples() -> None:
    assert nearest_rank([float(number) for number in range(1, 101)], 99) == 99
    assert nearest_rank([float(number) for number in range(1, 102)], 99) == 100
    assert nearest_rank([float(number) for number in range(1000, 0, -1)], 99) == 990
    assert nearest_rank([3.0], 99) == 3
    assert nearest_rank([15, 20, 35, 40, 50], 40) == 20


samples = st.lists(numbers, min_size=1, max_size=300)


@given(samples, st.integers(1, 100))
def test_the_nearest_rank_is_a_sample_that_enough_others_do_not_exceed(values: list[float], percent: int) -> None:
    rank = nearest_rank(values, percent)
    assert rank in values
    assert 100 * sum(value <= rank for value in values) >= percent * len(values)
    assert 100 * sum(value < rank for value in values) < percent * len(values)


@given(samples, st.integers(1, 99), st.randoms(use_true_random=False))
def test_the_nearest_rank_knows_no_order_and_grows_with_the_percentage(
    values: list[float], percent: int, random: t.Any
) -> None:
    shuffled = random.sample(values, len(values))
    assert nearest_rank(shuffled, percent) == nearest_rank(values, percent) <= nearest_rank(values, percent + 1)


@given(samples, st.data())
def test_a_slower_sample_never_makes_the_nearest_rank_faster(values: list[float], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(values) - 1))
    slower = data.draw(numbers.filter(lambda value: value >= values[place]))
    assert nearest_rank([*values[:place], slower, *values[place + 1 :]], 99) >= nearest_rank(values, 99)


def test_a_missing_figure_says_where_it_is_missing() -> None:
    figures = Figures(7, {"a": 1}, {"b": "2"}, {"c": 3})
    assert [figures.number("a", "run"), figures.number("b", "tag"), figures.number("c", "given")] == [1, 2, 3]
    for source, said in {
        "run": "the run of version 7 has no metric z",
        "tag": "version 7 has no tag z",
        "given": "no figure z is given for version 7",
    }.items():
        with pytest.raises(FigureError, match=said):
            figures.number("z", source)
    with pytest.raises(FigureError, match="no run of version 8 is there"):
        Figures(8).number("a", "run")
