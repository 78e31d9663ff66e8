# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Figures of a model's version and the arithmetic that gates do with them. Exact: as decimals, the way they are shown.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import fractions
import math
import sys
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import FigureError

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SOURCES = ("run", "tag", "given")
# MLflow keeps infinity as the largest number there is.
LARGEST = sys.float_info.max
WORDS = {"true": 1.0, "false": 0.0}
LONGEST_SHOWN = 40


@dataclasses.dataclass(frozen=True)
class Figures:
    """What is known of a version. ``metrics`` is None when no run made it; ``samples`` are all values of a metric."""

    version: int
    metrics: Mapping[str, object] | None = None
    tags: Mapping[str, object] = dataclasses.field(default_factory=dict)
    given: Mapping[str, object] = dataclasses.field(default_factory=dict)
    samples: Mapping[str, Sequence[object]] = dataclasses.field(default_factory=dict)

    def all(self, source: str) -> Mapping[str, object]:
        """All figures of a source, by name."""
        if source == "tag":
            return self.tags
        if source == "given":
            return self.given
        if self.metrics is None:
            raise FigureError(f"no run of version {self.version} is there to take figures from")
        return self.metrics

    def number(self, name: str, source: str) -> fractions.Fraction:
        found = self.all(source)
        if found.get(name) is None:
            lacks = {
                "run": f"the run of version {self.version} has no metric {name}",
                "tag": f"version {self.version} has no tag {name}",
                "given": f"no figure {name} is given for version {self.version}",
            }
            raise FigureError(lacks[source])
        return exact(finite(found[name], f"{name} of version {self.version}"))


def finite(value: object, what: str) -> float:
    """A number out of what a metric, a tag or a user says. Never NaN, never infinite."""
    if isinstance(value, str):
        value = WORDS.get(value.strip().lower(), value)
    try:
        found = float(value)  # type: ignore[arg-type]
    except OverflowError:
        found = math.inf
    except (TypeError, ValueError):
        raise FigureError(f"{what} is {str(value)[:LONGEST_SHOWN]!r}, which is not a number") from None
    if math.isnan(found):
        raise FigureError(f"{what} is not a number (NaN)")
    if abs(found) >= LARGEST:
        raise FigureError(f"{what} is infinite")
    return found


def exact(value: float) -> fractions.Fraction:
    """The decimal that is shown for a number: 0.93 less 0.9 is 0.03 and not a little more."""
    return fractions.Fraction(repr(float(value)))


def shown(value: float | fractions.Fraction) -> str:
    """A number in a sentence."""
    try:
        return repr(float(value)).removesuffix(".0")
    except OverflowError:
        return "infinite"


def nearest_rank(samples: Sequence[float], percent: int) -> float:
    """The smallest sample that at least ``percent`` of all samples do not exceed."""
    return sorted(samples)[-(-percent * len(samples) // 100) - 1]


def drop(candidate: fractions.Fraction, champion: fractions.Fraction, better: str) -> fractions.Fraction:
    """By how much the candidate is worse. Negative when it is better."""
    return champion - candidate if better == "higher" else candidate - champion


def drop_ratio(candidate: fractions.Fraction, champion: fractions.Fraction, better: str) -> fractions.Fraction:
    """The same in parts of the champion's figure."""
    if champion == 0:
        raise FigureError("the champion's figure is 0, so that a share of it says nothing")
    return drop(candidate, champion, better) / abs(champion)


def ratio(groups: Sequence[fractions.Fraction]) -> fractions.Fraction:
    """The smallest figure in parts of the largest."""
    if min(groups) < 0 or max(groups) == 0:
        raise FigureError("a group's figure is negative or all are 0, so that their ratio says nothing")
    return min(groups) / max(groups)
