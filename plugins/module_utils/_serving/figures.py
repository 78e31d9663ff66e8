# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What the gateway counted of a version, and whether it is good enough. No I/O of its own.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from ansible_collections.baremetal.mlops.plugins.module_utils._serving.wanted import Gates

REQUESTS = "traefik_service_requests_total"
SECONDS = "traefik_service_request_duration_seconds_bucket"
SAMPLE = re.compile(r"(?P<name>[a-zA-Z_:][\w:]*)\{(?P<labels>.*)\}\s+(?P<value>\S+)")
PAIR = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
FIRST_ERROR = 500
P99 = 0.99
WAITING, PASSED, FAILED = "waiting", "passed", "failed"


@dataclasses.dataclass(frozen=True)
class Counters:
    """Of one version at one gateway pod since that pod began. ``within``: requests by seconds they did not exceed."""

    requests: float = 0
    errors: float = 0
    within: Mapping[float, float] = dataclasses.field(default_factory=dict)

    def since(self, former: Counters | None) -> Counters:
        """What came since an earlier reading. Counters that fell began anew."""
        if former is None or former.requests > self.requests or former.errors > self.errors:
            return self
        within = {bound: count - former.within.get(bound, 0) for bound, count in self.within.items()}
        return Counters(self.requests - former.requests, self.errors - former.errors, within)

    def plus(self, other: Counters) -> Counters:
        bounds = {*self.within, *other.within}
        within = {bound: self.within.get(bound, 0) + other.within.get(bound, 0) for bound in bounds}
        return Counters(self.requests + other.requests, self.errors + other.errors, within)


# By the gateway's pods.
Reading = t.Mapping[str, Counters]


def gateway_service(namespace: str, service: str, port: int) -> str:
    """What Traefik calls a Service that a route leads to."""
    return f"{namespace}-{service}-http-{port}@kubernetesgateway"


def parse(text: str, services: Collection[str]) -> dict[str, Counters]:
    """Out of the text that a gateway pod shows of itself. A service without a request is not in it."""
    totals: dict[str, tuple[float, float]] = {}
    within: dict[str, dict[float, float]] = {}
    for name, labels, value in _samples(text):
        service = labels.get("service", "")
        if service not in services:
            continue
        if name == REQUESTS:
            requests, errors = totals.get(service, (0.0, 0.0))
            failed = labels.get("code", "").isdigit() and int(labels["code"]) >= FIRST_ERROR
            totals[service] = (requests + value, errors + (value if failed else 0))
        elif name == SECONDS and "le" in labels:
            bounds = within.setdefault(service, {})
            bound = float(labels["le"])
            bounds[bound] = bounds.get(bound, 0) + value
    return {name: Counters(*totals.get(name, (0, 0)), within.get(name, {})) for name in {*totals, *within}}


def between(before: Reading, after: Reading) -> Counters:
    """What all gateway pods together counted between two readings."""
    total = Counters()
    for pod, counters in after.items():
        total = total.plus(counters.since(before.get(pod)))
    return total


@dataclasses.dataclass(frozen=True)
class Verdict:
    """``reason`` names the figure that decided."""

    outcome: str
    reason: str
    requests: int = 0
    errors: int = 0
    p99_ms: float | None = None

    def shown(self, percent: int) -> dict[str, t.Any]:
        return {
            "percent": percent,
            "outcome": self.outcome,
            "reason": self.reason,
            "requests": self.requests,
            "errors": self.errors,
            "error_rate": self.errors / self.requests if self.requests else None,
            "p99_ms": self.p99_ms,
        }


def judge(gates: Gates, seen: Counters, elapsed: float) -> Verdict:
    """A limit that is exceeded decides at once; that all are kept shows at the end of the window only."""
    requests, errors = int(seen.requests), int(seen.errors)
    p99 = _p99(seen)

    def verdict(outcome: str, reason: str) -> Verdict:
        return Verdict(outcome, reason, requests, errors, None if p99 in (None, float("inf")) else p99)

    enough = requests >= gates.min_requests
    if gates.max_error_rate is not None and errors > gates.max_error_rate * max(requests, gates.min_requests):
        rate = f"{errors} of {requests} requests failed ({errors / max(requests, 1):.3g})"
        return verdict(FAILED, f"{rate}, allowed is {gates.max_error_rate:g}")
    if enough and gates.max_p99_ms is not None and not _fast_enough(seen, gates.max_p99_ms):
        bound = "no bound" if p99 in (None, float("inf")) else f"{p99:g} ms"
        return verdict(
            FAILED, f"the 99th percentile of {requests} requests is within {bound}, allowed are {gates.max_p99_ms:g} ms"
        )
    if elapsed < gates.window or not enough:
        return verdict(WAITING, f"{requests} of {gates.min_requests} requests came within {elapsed:.0f} s")
    within = "" if p99 in (None, float("inf")) else f", 99 % of them within {p99:g} ms"
    return verdict(PASSED, f"{errors} of {requests} requests failed{within}")


def _fast_enough(seen: Counters, limit: float) -> bool:
    """Whether 99 of 100 are within a bound that is no higher than the limit: between bounds nothing is known."""
    kept = max((count for bound, count in seen.within.items() if bound * 1000 <= limit), default=0)
    return kept >= P99 * seen.requests


def _p99(seen: Counters) -> float | None:
    """The lowest bound, in milliseconds, that 99 of 100 requests do not exceed."""
    if not seen.requests:
        return None
    fitting = [bound for bound, count in seen.within.items() if count >= P99 * seen.requests]
    return min(fitting) * 1000 if fitting else None


def _samples(text: str) -> Iterator[tuple[str, dict[str, str], float]]:
    for line in text.splitlines():
        if line.startswith((REQUESTS, SECONDS)) and (found := SAMPLE.match(line)):
            try:
                value = float(found["value"])
            except ValueError:
                continue
            yield found["name"], dict(PAIR.findall(found["labels"])), value
