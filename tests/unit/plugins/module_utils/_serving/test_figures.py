# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What the gateway counted, and what that says of a version."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from ansible_collections.baremetal.mlops.plugins.module_utils._serving import figures
from ansible_collections.baremetal.mlops.plugins.module_utils._serving.figures import Counters, between, judge, parse
from ansible_collections.baremetal.mlops.plugins.module_utils._serving.wanted import Gates

ONE = "models-fraud-v2-abc-predictor-http-80@kubernetesgateway"
TEXT = f"""
# HELP traefik_service_requests_total How many HTTP requests processed on a service.
# TYPE traefik_service_requests_total counter
traefik_service_requests_total{{code="200",method="POST",protocol="http",service="{ONE}"}} 90
traefik_service_requests_total{{code="404",method="POST",protocol="http",service="{ONE}"}} 4
traefik_service_requests_total{{code="503",method="POST",protocol="http",service="{ONE}"}} 1e+01
traefik_service_requests_total{{code="200",method="GET",protocol="http",service="other@kubernetesgateway"}} 7
traefik_service_request_duration_seconds_bucket{{code="200",method="POST",protocol="http",service="{ONE}",le="0.1"}} 80
traefik_service_request_duration_seconds_bucket{{code="503",method="POST",protocol="http",service="{ONE}",le="0.1"}} 10
traefik_service_request_duration_seconds_bucket{{code="200",method="POST",protocol="http",service="{ONE}",le="+Inf"}} 94
traefik_service_request_duration_seconds_bucket{{code="503",method="POST",protocol="http",service="{ONE}",le="+Inf"}} 10
traefik_service_request_duration_seconds_sum{{code="200",method="POST",protocol="http",service="{ONE}"}} 3.5
"""
GATES = Gates(max_error_rate=0.05, max_p99_ms=100, min_requests=100, window=60)


def counters(requests: int, errors: int = 0, slow: int = 0) -> Counters:
    return Counters(requests, errors, {0.1: requests - slow, 1.0: requests, float("inf"): requests})


def test_the_counters_of_a_service_are_added_up() -> None:
    assert parse(TEXT, [ONE, "missing"]) == {ONE: Counters(104, 10, {0.1: 90, float("inf"): 104})}
    assert figures.gateway_service("models", "fraud-v2-abc-predictor", 80) == ONE


@given(st.text(), st.lists(st.sampled_from(TEXT.splitlines())))
def test_any_text_is_taken(text: str, lines: list[str]) -> None:
    parse("\n".join([*lines, text, f"traefik_service_requests_total{{{text}}} {text}"]), [ONE])


def test_pods_are_compared_each_with_itself() -> None:
    before = {"a": counters(100, 3), "b": counters(50), "gone": counters(70)}
    after = {"a": counters(110, 4), "b": counters(5, 1), "new": counters(8)}
    # b began anew, and so did the new pod.
    seen = between(before, after)
    assert (seen.requests, seen.errors) == (10 + 5 + 8, 1 + 1)
    assert seen.within[0.1] == 10 + 5 + 8


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000)), max_size=5))
def test_nothing_is_counted_twice(grown: list[tuple[int, int]]) -> None:
    before = {str(pod): counters(start) for pod, (start, _more) in enumerate(grown)}
    after = {str(pod): counters(start + more) for pod, (start, more) in enumerate(grown)}
    assert between(before, after).requests == sum(more for _start, more in grown)


@pytest.mark.parametrize(
    ("seen", "elapsed", "outcome", "said"),
    [
        (counters(0), 5, "waiting", "0 of 100 requests came within 5 s"),
        (counters(99), 500, "waiting", "99 of 100"),
        (counters(1000), 59, "waiting", "1000 of 100 requests"),
        (counters(1000), 60, "passed", "0 of 1000 requests failed, 99 % of them within 100 ms"),
        (counters(1000, 50), 60, "passed", "50 of 1000 requests failed"),
        (counters(1000, 51), 5, "failed", "51 of 1000 requests failed (0.051), allowed is 0.05"),
        # So many of the first hundred may fail, whatever came so far.
        (counters(5, 5), 5, "waiting", "5 of 100"),
        (counters(6, 6), 5, "failed", "6 of 6 requests failed (1), allowed is 0.05"),
        (counters(1000, 0, 10), 60, "passed", "within 100 ms"),
        (counters(1000, 0, 11), 5, "failed", "the 99th percentile of 1000 requests is within 1000 ms, allowed are 100"),
        (counters(50, 0, 50), 5, "waiting", "50 of 100"),
    ],
)
def test_a_version_is_judged(seen: Counters, elapsed: float, outcome: str, said: str) -> None:
    verdict = judge(GATES, seen, elapsed)
    assert verdict.outcome == outcome
    assert said in verdict.reason


def test_between_two_bounds_nothing_is_known() -> None:
    strict = Gates(max_p99_ms=500, min_requests=1, window=1)
    assert judge(strict, counters(100, 0, 2), 5).outcome == "failed"
    assert judge(Gates(max_p99_ms=1000, min_requests=1, window=1), counters(100, 0, 2), 5).outcome == "passed"
    assert judge(Gates(max_p99_ms=50, min_requests=1, window=1), counters(100), 5).outcome == "failed"


def test_slower_than_all_bounds_has_no_bound() -> None:
    verdict = judge(GATES, Counters(100, 0, {0.1: 0, float("inf"): 100}), 5)
    assert "is within no bound" in verdict.reason
    assert verdict.shown(10)["p99_ms"] is None


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6), st.floats(0, 1000))
def test_what_passes_has_kept_all_limits(requests: int, errors: int, slow: int, elapsed: float) -> None:
    seen = counters(requests, min(errors, requests), min(slow, requests))
    verdict = judge(GATES, seen, elapsed)
    if verdict.outcome == "passed":
        assert seen.requests >= GATES.min_requests
        assert elapsed >= GATES.window
        assert seen.errors <= 0.05 * seen.requests
        assert seen.within[0.1] >= 0.99 * seen.requests
