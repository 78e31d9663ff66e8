# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Gates and their verdicts."""

from __future__ import annotations

import json
import math
import typing as t

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.figures import Figures, exact
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.gates import KINDS, OPTIONS, Gate, problems
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.verdicts import JUDGES, Verdict, judge
from ansible_collections.baremetal.mlops.plugins.modules.model_promotion import GATE_OPTIONS

CHAMPION = Figures(5, {"auc": 0.93, "zero": 0.0, "loss": 0.2, "nan": math.nan})
QUICK = [0.01] * 99
SPEC: dict[str, t.Any] = GATE_OPTIONS


def gate(kind: str, **options: t.Any) -> Gate:
    return Gate.from_options({"name": "it", "kind": kind, **options})


def verdict(given: Gate, against: Figures | None = CHAMPION, /, **metrics: t.Any) -> Verdict:
    assert not list(problems(given))
    return judge(given, Figures(7, metrics), against)


def told_of(given: Gate, metrics: t.Mapping[str, object]) -> Verdict:
    assert not list(problems(given))
    return judge(given, Figures(7, metrics), CHAMPION)


def test_kinds_are_judged_and_offered_alike() -> None:
    assert list(KINDS) == list(JUDGES) == SPEC["kind"]["choices"]
    assert {*OPTIONS, "name", "kind", "source"} == set(SPEC)


@pytest.mark.parametrize(
    ("options", "value", "passed", "reason"),
    [
        ({"min": 0.9}, 0.9, True, "auc is 0.9, as needed"),
        ({"min": 0.9}, 0.8999999, False, "auc is 0.8999999, below 0.9"),
        ({"max": 3}, 3, True, "auc is 3, as needed"),
        ({"max": 3}, 3.5, False, "auc is 3.5, above 3"),
        ({"min": 1, "max": 2}, 1.5, True, "auc is 1.5, as needed"),
        ({"min": 0.9}, math.nan, False, "auc of version 7 is not a number (NaN)"),
        ({"min": 0.9}, math.inf, False, "auc of version 7 is infinite"),
        ({"min": 0.9}, None, False, "the run of version 7 has no metric auc"),
    ],
)
def test_threshold(options: dict[str, float], value: float, passed: bool, reason: str) -> None:
    told = verdict(gate("threshold", metric="auc", **options), auc=value)
    assert (told.passed, told.reason, told.limits) == (passed, reason, options)
    assert told.figure == (None if value is None or not math.isfinite(value) else value)


@pytest.mark.parametrize(
    ("options", "value", "passed", "figure"),
    [
        ({"max_drop": 0.03}, 0.9, True, 0.03),
        ({"max_drop": 0.029}, 0.9, False, 0.03),
        ({"max_drop": 0}, 0.93, True, 0),
        ({"max_drop": -0.01}, 0.935, False, -0.005),
        ({"max_drop": -0.01}, 0.94, True, -0.01),
        ({"max_drop_ratio": 0.5}, 0.465, True, 0.5),
        ({"max_drop_ratio": 0.5}, 0.464, False, 0.501075268817),
        ({"max_drop": 10}, math.nan, False, None),
        ({"max_drop": 10}, None, False, None),
    ],
)
def test_regression(options: dict[str, float], value: float, passed: bool, figure: float | None) -> None:
    told = verdict(gate("regression", metric="auc", better="higher", **options), auc=value)
    assert (told.passed, told.limits) == (passed, options)
    assert told.figure == (None if figure is None else pytest.approx(figure))


def test_regression_of_what_is_better_when_lower() -> None:
    lower = gate("regression", metric="loss", better="lower", max_drop=0.01)
    assert verdict(lower, loss=0.21).passed
    told = verdict(lower, loss=0.22)
    assert not told.passed
    assert told.reason == ("loss is 0.22, worse by 0.02 compared with version 5 (0.2); allowed is a drop of 0.01")
    assert told.figures == {"candidate": 0.22, "champion": 0.2}


@pytest.mark.parametrize(
    ("metric", "options", "reason"),
    [
        ("zero", {"max_drop_ratio": 0.1}, "the champion's figure is 0, so that a share of it says nothing"),
        ("nan", {"max_drop": 0.1}, "nan of version 5 is not a number (NaN)"),
        ("other", {"max_drop": 0.1}, "the run of version 5 has no metric other"),
    ],
)
def test_regression_against_a_champion_without_a_figure(metric: str, options: dict[str, float], reason: str) -> None:
    told = told_of(gate("regression", metric=metric, better="higher", **options), {metric: 1.0})
    assert (told.passed, told.figure, told.reason) == (False, None, reason)


def test_regression_without_a_champion_passes_and_says_so_if_there_is_a_figure() -> None:
    first = gate("regression", metric="auc", better="higher", max_drop=0)
    told = verdict(first, None, auc=0.5)
    assert (told.passed, told.figure) == (True, 0.5)
    assert "no champion yet" in told.reason
    assert not verdict(first, None).passed


def test_regression_of_given_figures() -> None:
    told = judge(
        gate("regression", source="given", metric="auc", better="higher", max_drop=0),
        Figures(7, given={"auc": 0.95}),
        Figures(5, given={"auc": 0.94}),
    )
    assert (told.passed, told.source, told.figure) == (True, "given", -0.01)


CHECKS = [{"metric": "nulls", "max": 0.01}, {"metric": "rows", "min": 1000}, {"metric": "schema", "min": 1, "max": 1}]


@pytest.mark.parametrize(
    ("metrics", "failed", "said"),
    [
        ({"nulls": 0.01, "rows": 1000, "schema": "true"}, 0, "all checks pass"),
        ({"nulls": 0.02, "rows": 1000, "schema": True}, 1, "nulls is 0.02, above 0.01"),
        ({"nulls": 0.02, "rows": 1000}, 2, "the run of version 7 has no metric schema"),
        ({"nulls": math.nan, "rows": 1000, "schema": 1}, 1, "nulls of version 7 is not a number (NaN)"),
        ({"nulls": 0, "rows": 1000, "schema": "false"}, 1, "schema is 0, below 1"),
        ({}, 3, "3 of 3 checks fail"),
    ],
)
def test_data_quality(metrics: dict[str, t.Any], failed: int, said: str) -> None:
    told = verdict(gate("data_quality", checks=CHECKS), **metrics)
    assert (told.passed, told.figure) == (failed == 0, failed)
    assert said in told.reason
    assert told.limits == {"nulls": {"max": 0.01}, "rows": {"min": 1000}, "schema": {"min": 1, "max": 1}}


@pytest.mark.parametrize(
    ("samples", "least", "passed", "figure", "said"),
    [
        ([*QUICK, 9.0], None, True, 0.01, "is 0.01, as needed"),
        ([*QUICK[1:], 9.0, 9.0], None, False, 9.0, "is 9, above 0.05"),
        (QUICK, None, False, None, "too few samples: 99 of at least 100"),
        (QUICK, 99, True, 0.01, "as needed"),
        ([], None, False, None, "too few samples: 0 of at least 100"),
        ([], 1, False, None, "too few samples: 0 of at least 1"),
        ([*QUICK, math.nan], None, False, None, "a sample is not a number (NaN)"),
        ([*QUICK, math.inf], None, False, None, "a sample is infinite"),
        ([*QUICK, -1.0], None, False, None, "a sample is negative: -1"),
    ],
)
def test_latency_of_samples(
    samples: list[float], least: int | None, passed: bool, figure: float | None, said: str
) -> None:
    given = verdict(gate("latency", samples=samples, max=0.05, min_samples=least))
    logged = judge(
        gate("latency", samples_metric="seconds", max=0.05, min_samples=least),
        Figures(7, {}, samples={"seconds": samples}),
        None,
    )
    assert (given.passed, given.figure, given.source) == (passed, figure, "given")
    assert (logged.passed, logged.figure, logged.source) == (passed, figure, "run")
    assert said in given.reason
    assert given.figures == ({} if figure is None else {"p99": figure, "samples": len(samples)})


def test_latency_of_a_metric() -> None:
    p99 = gate("latency", metric="p99", max=0.05)
    assert verdict(p99, p99=0.05).passed
    assert verdict(p99, p99=0.051).reason == "p99 is 0.051, above 0.05"
    assert verdict(p99, p99=-1).reason == "p99 is negative: -1"


RATES = {"rate.a": 0.5, "rate.b": 0.4, "rate.c": 0.1, "n.a": 900, "n.b": 100, "n.c": 99, "rate.": 7, "other": 0}


@pytest.mark.parametrize(
    ("options", "passed", "figure", "said"),
    [
        ({"max_difference": 0.4}, True, 0.4, "between c and a the largest difference is 0.4, as needed"),
        ({"max_difference": 0.39}, False, 0.4, "the largest difference is 0.4, above 0.39"),
        ({"min_ratio": 0.8}, False, 0.2, "between c and a the ratio is 0.2, below 0.8"),
        ({"min_ratio": 0.8, "groups": ["a", "b"]}, True, 0.8, "between b and a the ratio is 0.8, as needed"),
        ({"min_ratio": 0.8, "support_prefix": "n.", "min_support": 100}, True, 0.8, "left out for want of support: c"),
        ({"min_ratio": 0.8, "support_prefix": "n.", "min_support": 101}, False, None, "1 groups to compare"),
        (
            {"min_ratio": 0.1, "groups": ["a", "c"], "support_prefix": "n.", "min_support": 100},
            False,
            None,
            "group c has a support of 99, below 100",
        ),
        ({"min_ratio": 0.1, "groups": ["a", "d"]}, False, None, "the run of version 7 has no metric rate.d"),
        ({"min_ratio": 0.1, "groups": ["a", "a"]}, False, None, "1 groups to compare, at least 2 are needed"),
        ({"min_ratio": 0.1, "groups": []}, True, 0.2, "as needed"),
        (
            {"min_ratio": 0.1, "support_prefix": "rows.", "min_support": 1},
            False,
            None,
            "the run of version 7 has no metric rows.a",
        ),
        ({"min_ratio": 0.2, "max_difference": 0.3}, False, 0.4, "the ratio is 0.2, as needed and the largest"),
        ({"min_ratio": 0.3, "max_difference": 0.5}, False, 0.4, "the ratio is 0.2, below 0.3 and the largest"),
    ],
)
def test_bias(options: dict[str, t.Any], passed: bool, figure: float | None, said: str) -> None:
    told = told_of(gate("bias", prefix="rate.", **options), RATES)
    assert (told.passed, told.figure) == (passed, figure)
    assert said in told.reason


def test_bias_with_the_support_below_the_prefix_of_the_figures() -> None:
    nested = gate("bias", prefix="g.", support_prefix="g.n.", min_support=1, max_difference=0.1)
    told = told_of(nested, {"g.a": 0.5, "g.b": 0.5, "g.n.a": 10, "g.n.b": 10})
    assert (told.passed, told.figures) == (True, {"a": 0.5, "b": 0.5})


def test_bias_of_groups_that_are_all_zero_says_nothing() -> None:
    assert not told_of(gate("bias", prefix="g.", min_ratio=0.8), {"g.a": 0.0, "g.b": 0.0}).passed


@pytest.mark.parametrize(
    ("kind", "options", "said"),
    [
        ("threshold", {"metric": "a"}, "threshold needs min or max"),
        ("threshold", {"min": 1}, "threshold needs metric"),
        ("threshold", {"metric": "a", "min": 2, "max": 1}, "min 2 is above max 1"),
        ("threshold", {"metric": "a", "min": math.nan}, "min is not a finite number"),
        ("threshold", {"metric": "a", "max": math.inf}, "max is not a finite number"),
        ("threshold", {"metric": "a", "min": 1, "max_drop": 1}, "max_drop is not an option of threshold"),
        ("regression", {"metric": "a", "max_drop": 1}, "regression needs better"),
        ("regression", {"metric": "a", "better": "lower"}, "regression needs one of max_drop, max_drop_ratio"),
        (
            "regression",
            {"metric": "a", "better": "lower", "max_drop": 1, "max_drop_ratio": 1},
            "regression needs one of max_drop, max_drop_ratio",
        ),
        ("data_quality", {}, "data_quality needs checks"),
        ("data_quality", {"checks": []}, "checks is empty"),
        (
            "data_quality",
            {"checks": [{"metric": "a", "min": 1}, {"metric": "a", "max": 2}]},
            "checks is empty or names",
        ),
        ("data_quality", {"checks": [{"metric": "a"}]}, "a needs min or max"),
        ("data_quality", {"checks": [{"metric": "a", "min": math.nan}]}, "min of a is not a finite number"),
        ("data_quality", {"checks": [{"metric": "a", "min": 2, "max": 1}]}, "min 2 is above max 1"),
        ("latency", {"metric": "a"}, "latency needs max"),
        ("latency", {"max": 1}, "latency needs one of metric, samples_metric, samples"),
        ("latency", {"max": 1, "samples": [1.0], "min_samples": 0}, "min_samples is not at least 1"),
        ("latency", {"max": 1, "samples_metric": "a", "source": "tag"}, "samples_metric is a metric of the run"),
        ("bias", {"prefix": "a"}, "bias needs max_difference or min_ratio"),
        ("bias", {"max_difference": 1}, "bias needs prefix"),
        ("bias", {"prefix": "a", "max_difference": -1}, "max_difference is not at least 0"),
        ("bias", {"prefix": "a", "min_ratio": 0}, "min_ratio is not above 0 and at most 1"),
        ("bias", {"prefix": "a", "min_ratio": 0.8, "min_support": 1}, "support_prefix and min_support belong together"),
    ],
)
def test_a_gate_that_says_nothing_is_refused(kind: str, options: dict[str, t.Any], said: str) -> None:
    assert any(line.startswith(said) for line in problems(gate(kind, **options)))


@pytest.mark.parametrize("name", ["", "a\nb", "a" * 101, "\ud800"])
def test_a_name_that_is_no_line_is_refused(name: str) -> None:
    assert list(problems(Gate(name, "threshold", metric="a", min=1)))


# Whatever the figures are

finite_limits = st.floats(-1e6, 1e6)
values = st.one_of(st.floats(), st.floats(-1, 1), st.integers(), st.text(max_size=5), st.none(), st.booleans())
NAMES = ("m", "g.a", "g.b", "g.c", "n.a", "n.b", "n.c")
GATES = [
    gate("threshold", metric="m", min=-1e300),
    gate("regression", metric="m", better="higher", max_drop=1e300),
    gate("regression", metric="m", better="lower", max_drop_ratio=1e300),
    gate("data_quality", checks=[{"metric": "m", "max": 1e300}, {"metric": "g.a", "max": 1e300}]),
    gate("latency", metric="m", max=1e300),
    gate("bias", prefix="g.", max_difference=1e300),
    gate("bias", prefix="g.", min_ratio=0.1, support_prefix="n.", min_support=1),
]


@pytest.mark.parametrize("lax", GATES, ids=lambda lax: f"{lax.kind}-{len(lax.limits())}")
@given(metrics=st.dictionaries(st.sampled_from(NAMES), values), champion=st.dictionaries(st.just("m"), values))
def test_a_verdict_is_always_plain_and_passes_on_finite_figures_only(
    lax: Gate, metrics: dict[str, t.Any], champion: dict[str, t.Any]
) -> None:
    told = judge(lax, Figures(7, metrics), Figures(5, champion))
    assert json.loads(json.dumps(told.shown(), allow_nan=False)) == told.shown()
    assert told.reason
    if told.passed:
        assert told.figure is not None
        assert told.figures
        assert all(math.isfinite(figure) for figure in (told.figure, *told.figures.values()))


@given(st.sampled_from(GATES), st.sampled_from([math.nan, math.inf, -math.inf, None, "x"]))
def test_nothing_passes_without_its_figures(lax: Gate, nothing: object) -> None:
    assert not judge(lax, Figures(7, dict.fromkeys(NAMES, nothing)), Figures(5, {"m": 1.0})).passed


@given(finite_limits, finite_limits, finite_limits)
def test_a_threshold_passes_exactly_within_its_bounds(value: float, low: float, high: float) -> None:
    assume(low <= high)
    assert verdict(gate("threshold", metric="m", min=low, max=high), m=value).passed is (low <= value <= high)


@given(finite_limits, finite_limits, finite_limits, st.floats(0, 1e6), st.sampled_from(["higher", "lower"]))
def test_who_is_better_passes_where_who_is_worse_does(
    one: float, other: float, champion: float, limit: float, better: str
) -> None:
    worse, good = sorted((one, other), reverse=better == "lower")
    regression = gate("regression", metric="m", better=better, max_drop=limit)
    if verdict(regression, Figures(5, {"m": champion}), m=worse).passed:
        assert verdict(regression, Figures(5, {"m": champion}), m=good).passed
    assert verdict(regression, Figures(5, {"m": champion}), m=champion).passed


@given(st.dictionaries(st.text(min_size=1, max_size=4), st.floats(0, 1), min_size=2, max_size=6), st.floats(0, 1))
def test_bias_is_the_same_whatever_the_groups_are_called(groups: dict[str, float], limit: float) -> None:
    told = judge(
        gate("bias", prefix="g.", max_difference=limit),
        Figures(7, {f"g.{name}": v for name, v in groups.items()}),
        None,
    )
    difference = exact(max(groups.values())) - exact(min(groups.values()))
    assert told.figure == float(difference)
    assert told.passed is (difference <= exact(limit))
