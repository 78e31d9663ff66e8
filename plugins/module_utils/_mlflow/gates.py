# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The gates between a candidate and the champion: what they ask for. No I/O.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import math
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.figures import shown

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

LONGEST_NAME = 100


@dataclasses.dataclass(frozen=True)
class Check:
    """Bounds of one figure. What is None does not bound."""

    metric: str
    min: float | None = None
    max: float | None = None

    def limits(self) -> dict[str, float]:
        return {name: limit for name, limit in (("min", self.min), ("max", self.max)) if limit is not None}


@dataclasses.dataclass(frozen=True)
class Gate:
    """A gate as given. What is None is not given; which options belong to which kind is in ``KINDS``."""

    name: str
    kind: str
    source: str = "run"
    metric: str | None = None
    min: float | None = None
    max: float | None = None
    better: str | None = None
    max_drop: float | None = None
    max_drop_ratio: float | None = None
    checks: tuple[Check, ...] | None = None
    samples: tuple[float, ...] | None = None
    samples_metric: str | None = None
    min_samples: int | None = None
    prefix: str | None = None
    groups: tuple[str, ...] | None = None
    support_prefix: str | None = None
    min_support: float | None = None
    max_difference: float | None = None
    min_ratio: float | None = None

    @classmethod
    def from_options(cls, options: Mapping[str, t.Any]) -> Gate:
        """Out of a module's parameters."""
        lists = {name: tuple(options[name]) for name in ("samples", "groups") if options.get(name) is not None}
        checks = None if options.get("checks") is None else tuple(Check(**check) for check in options["checks"])
        return cls(**{**options, **lists, "checks": checks})

    @property
    def needs_run(self) -> bool:
        return self.source == "run" and self.samples is None

    def limits(self) -> dict[str, t.Any]:
        """What the figures are held against."""
        if self.checks is not None:
            return {check.metric: check.limits() for check in self.checks}
        return {name: limit for name in LIMITS if (limit := getattr(self, name)) is not None}


def problems(gate: Gate) -> Iterator[str]:
    """Why a gate cannot be judged as given, one line each."""
    if not gate.name.isprintable() or not 0 < len(gate.name) <= LONGEST_NAME:
        yield f"its name is not one line of 1 to {LONGEST_NAME} characters"
    kind = KINDS[gate.kind]
    given = {name for name in OPTIONS if getattr(gate, name) is not None}
    known = {name for names in (*kind.any_of, *kind.one_of) for name in names} | set(kind.may)
    yield from (f"{name} is not an option of {gate.kind}" for name in sorted(given - known))
    yield from (f"{gate.kind} needs {' or '.join(names)}" for names in kind.any_of if not given & set(names))
    yield from (f"{gate.kind} needs one of {', '.join(n)}" for n in kind.one_of if len(given & set(n)) != 1)
    yield from _wrong_limits(gate)


def _wrong_limits(gate: Gate) -> Iterator[str]:
    bounds: list[Check | Gate] = [gate, *(gate.checks or ())]
    for bound in bounds:
        low, high = bound.min, bound.max
        if low is not None and high is not None and low > high:
            yield f"min {shown(low)} is above max {shown(high)}"
    limits = [(name, limit) for name in LIMITS if (limit := getattr(gate, name)) is not None]
    for check in gate.checks or ():
        limits += [(f"{name} of {check.metric}", limit) for name, limit in check.limits().items()]
        if not check.limits():
            yield f"{check.metric} needs min or max"
    yield from (f"{name} is not a finite number" for name, limit in limits if not math.isfinite(limit))
    yield from (
        f"{name} is not {said}"
        for name, (fits, said) in RANGES.items()
        if (limit := getattr(gate, name)) is not None and not fits(limit)
    )
    metrics = [check.metric for check in gate.checks or ()]
    if gate.checks is not None and (not metrics or len(set(metrics)) < len(metrics)):
        yield "checks is empty or names a metric more than once"
    if (gate.support_prefix is None) != (gate.min_support is None):
        yield "support_prefix and min_support belong together"
    if gate.samples_metric is not None and gate.source != "run":
        yield "samples_metric is a metric of the run: source cannot be another"


@dataclasses.dataclass(frozen=True)
class Kind:
    """The options of a kind: of each of ``any_of`` at least one is needed, of each of ``one_of`` exactly one."""

    any_of: tuple[tuple[str, ...], ...]
    one_of: tuple[tuple[str, ...], ...] = ()
    may: tuple[str, ...] = ()


KINDS = {
    "threshold": Kind((("metric",), ("min", "max"))),
    "regression": Kind((("metric",), ("better",)), (("max_drop", "max_drop_ratio"),)),
    "data_quality": Kind((("checks",),)),
    "latency": Kind((("max",),), (("metric", "samples_metric", "samples"),), ("min_samples",)),
    "bias": Kind(
        (("prefix",), ("max_difference", "min_ratio")),
        may=("groups", "support_prefix", "min_support"),
    ),
}
OPTIONS = tuple(field.name for field in dataclasses.fields(Gate) if field.name not in {"name", "kind", "source"})
LIMITS = (
    "min",
    "max",
    "max_drop",
    "max_drop_ratio",
    "min_samples",
    "min_support",
    "max_difference",
    "min_ratio",
)
RANGES: Mapping[str, tuple[Callable[[float], bool], str]] = {
    "min_samples": (lambda limit: limit >= 1, "at least 1"),
    "min_support": (lambda limit: limit >= 0, "at least 0"),
    "max_difference": (lambda limit: limit >= 0, "at least 0"),
    "min_ratio": (lambda limit: 0 < limit <= 1, "above 0 and at most 1"),
}
