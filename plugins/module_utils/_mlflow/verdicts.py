# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Verdicts of gates on figures. No I/O. A gate whose figure is missing, or is no finite number, never passes.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import typing as t

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

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from fractions import Fraction

    from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.gates import Check, Gate

# With fewer samples the 99th percentile is the largest of them.
ENOUGH_SAMPLES = 100
FEWEST_GROUPS = 2


@dataclasses.dataclass(frozen=True)
class Verdict:
    """``figure`` is None when it is missing or is no finite number; ``figures`` are those that it comes from."""

    name: str
    kind: str
    source: str
    passed: bool
    figure: float | None
    limits: Mapping[str, t.Any]
    figures: Mapping[str, float]
    reason: str

    def shown(self) -> dict[str, t.Any]:
        return dataclasses.asdict(self)


class Finding(t.NamedTuple):
    figure: Fraction
    passed: bool
    reason: str
    figures: Mapping[str, Fraction]


def judge(gate: Gate, candidate: Figures, champion: Figures | None) -> Verdict:
    """The verdict of one gate. ``champion`` is None when there is none yet."""
    source = "given" if gate.samples is not None else gate.source
    try:
        found = JUDGES[gate.kind](gate, candidate, champion)
        figure = finite(found.figure, gate.name)
        figures = {name: float(value) for name, value in found.figures.items()}
    except FigureError as exc:
        return Verdict(gate.name, gate.kind, source, False, None, gate.limits(), {}, exc.msg)
    return Verdict(gate.name, gate.kind, source, found.passed, figure, gate.limits(), figures, found.reason)


def _outside(value: Fraction, check: Check | Gate) -> str:
    """How a figure is out of its bounds, or nothing."""
    if check.min is not None and not value >= exact(check.min):
        return f"below {shown(check.min)}"
    if check.max is not None and not value <= exact(check.max):
        return f"above {shown(check.max)}"
    return ""


def _threshold(gate: Gate, candidate: Figures, _champion: Figures | None) -> Finding:
    metric = t.cast("str", gate.metric)
    value = candidate.number(metric, gate.source)
    outside = _outside(value, gate)
    return Finding(value, not outside, f"{metric} is {shown(value)}, {outside or 'as needed'}", {metric: value})


def _regression(gate: Gate, candidate: Figures, champion: Figures | None) -> Finding:
    metric, better = t.cast("str", gate.metric), t.cast("str", gate.better)
    value = candidate.number(metric, gate.source)
    if champion is None:
        reason = f"{metric} is {shown(value)}, and there is no champion yet to compare it with"
        return Finding(value, True, reason, {"candidate": value})
    other = champion.number(metric, gate.source)
    if gate.max_drop is not None:
        worse, limit = drop(value, other, better), gate.max_drop
    else:
        worse, limit = drop_ratio(value, other, better), t.cast("float", gate.max_drop_ratio)
    passed = worse <= exact(limit)
    by = f"{'better' if worse < 0 else 'worse'} by {shown(abs(worse))}{' of it' if gate.max_drop is None else ''}"
    reason = (
        f"{metric} is {shown(value)}, {by if worse else 'the same'} compared with version {champion.version}"
        f" ({shown(other)}); allowed is a drop of {shown(limit)}"
    )
    return Finding(worse, passed, reason, {"candidate": value, "champion": other})


def _data_quality(gate: Gate, candidate: Figures, _champion: Figures | None) -> Finding:
    figures: dict[str, Fraction] = {}
    failed: list[str] = []
    checks = gate.checks or ()
    for check in checks:
        try:
            value = figures[check.metric] = candidate.number(check.metric, gate.source)
        except FigureError as exc:
            failed.append(exc.msg)
        else:
            if outside := _outside(value, check):
                failed.append(f"{check.metric} is {shown(value)}, {outside}")
    reason = f"{len(failed)} of {len(checks)} checks fail: {'; '.join(failed)}" if failed else "all checks pass"
    return Finding(exact(len(failed)), bool(checks) and not failed, reason, figures)


def _latency(gate: Gate, candidate: Figures, _champion: Figures | None) -> Finding:
    figures: dict[str, Fraction] = {}
    if gate.metric is not None:
        what, p99 = gate.metric, candidate.number(gate.metric, gate.source)
    else:
        what = f"the 99th percentile of {gate.samples_metric or 'the samples'}"
        raw: Sequence[object] = gate.samples or candidate.samples.get(gate.samples_metric or "", ())
        needed = ENOUGH_SAMPLES if gate.min_samples is None else max(gate.min_samples, 1)
        if len(raw) < needed:
            raise FigureError(f"too few samples: {len(raw)} of at least {needed}")
        samples = [finite(sample, "a sample") for sample in raw]
        if min(samples) < 0:
            raise FigureError(f"a sample is negative: {shown(min(samples))}")
        p99 = exact(nearest_rank(samples, 99))
        figures["samples"] = exact(len(samples))
    if p99 < 0:
        raise FigureError(f"{what} is negative: {shown(p99)}")
    outside = _outside(p99, gate)
    return Finding(p99, not outside, f"{what} is {shown(p99)}, {outside or 'as needed'}", {"p99": p99, **figures})


def _bias(gate: Gate, candidate: Figures, _champion: Figures | None) -> Finding:
    groups, left_out = _groups(gate, candidate)
    said = f" (left out for want of support: {', '.join(left_out)})" if left_out else ""
    if len(groups) < FEWEST_GROUPS:
        raise FigureError(f"{len(groups)} groups to compare, at least {FEWEST_GROUPS} are needed{said}")
    difference = max(groups.values()) - min(groups.values())
    figure, passed, reasons = difference, True, []
    if gate.min_ratio is not None:
        figure = ratio(list(groups.values()))
        passed = figure >= exact(gate.min_ratio)
        reasons.append(f"the ratio is {shown(figure)}, {'as needed' if passed else 'below ' + shown(gate.min_ratio)}")
    if gate.max_difference is not None:
        figure, fits = difference, difference <= exact(gate.max_difference)
        passed = passed and fits
        much = "as needed" if fits else "above " + shown(gate.max_difference)
        reasons.append(f"the largest difference is {shown(difference)}, {much}")
    low, high = min(groups, key=groups.__getitem__), max(groups, key=groups.__getitem__)
    return Finding(figure, passed, f"between {low} and {high} {' and '.join(reasons)}{said}", groups)


def _groups(gate: Gate, candidate: Figures) -> tuple[dict[str, Fraction], list[str]]:
    """The figure of each group, and the groups that are too small to say something. A listed group must be there."""
    prefix, support = gate.prefix or "", gate.support_prefix
    names = gate.groups or sorted(
        name.removeprefix(prefix)
        for name in candidate.all(gate.source)
        if name.startswith(prefix) and name != prefix and not _is_support(name, prefix, support)
    )
    groups: dict[str, Fraction] = {}
    left_out: list[str] = []
    for name in names:
        if support is not None and gate.min_support is not None:
            rows = candidate.number(f"{support}{name}", gate.source)
            if not rows >= exact(gate.min_support):
                if gate.groups:
                    raise FigureError(f"group {name} has a support of {shown(rows)}, below {shown(gate.min_support)}")
                left_out.append(name)
                continue
        groups[name] = candidate.number(f"{prefix}{name}", gate.source)
    return groups, left_out


def _is_support(name: str, prefix: str, support: str | None) -> bool:
    """Whether a figure of groups is the support of one: its prefix may begin with that of the figures."""
    return support is not None and support.startswith(prefix) and support != prefix and name.startswith(support)


JUDGES: Mapping[str, Callable[[Gate, Figures, Figures | None], Finding]] = {
    "threshold": _threshold,
    "regression": _regression,
    "data_quality": _data_quality,
    "latency": _latency,
    "bias": _bias,
}
