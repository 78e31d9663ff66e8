# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What a run did, by phase, and how that is told. Pure: no I/O, no clock.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

COUNTS = ("tasks", "ok", "changed", "failed", "unreachable", "skipped")
HIDDEN = "hidden, because the task handles secrets (no_log)"
LONGEST_LINE = 400
MOST_LINES = 100


@dataclasses.dataclass
class Phase:
    """One play: how long it took and what its tasks did. ``ok`` counts changed tasks too, as Ansible's recap does."""

    name: str
    started: float
    seconds: float = 0.0
    tasks: int = 0
    ok: int = 0
    changed: int = 0
    failed: int = 0
    unreachable: int = 0
    skipped: int = 0

    def as_dict(self) -> dict[str, t.Any]:
        """As it stands in the report."""
        return {
            "name": self.name,
            "seconds": round(self.seconds, 1),
            **{count: getattr(self, count) for count in COUNTS},
        }


@dataclasses.dataclass(frozen=True)
class Failure:
    """One task that failed on one host."""

    host: str
    phase: str
    role: str
    task: str
    cause: str
    next: str

    def lines(self) -> list[str]:
        """For the end of the run."""
        first, *rest = self.cause.splitlines()
        return [
            f"{self.host}: {self.task}",
            f"  cause: {first}",
            *(f"         {line}" for line in rest),
            f"  next:  {self.next}",
        ]


def duration(seconds: float) -> str:
    """3725 -> 1h02m05s."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes:02}m{rest:02}s"
    return f"{minutes}m{rest:02}s" if minutes else f"{rest}s"


def cause(result: Mapping[str, t.Any]) -> str:
    """Why a task failed: its message, or those of the failed items of its loop, one a line. Never another value."""
    if hidden(result):
        return HIDDEN
    items = [item for item in result.get("results", ()) if isinstance(item, dict)]
    causes = [cause(item) for item in items if item.get("failed") or item.get("unreachable")]
    lines = list(dict.fromkeys(line for text in causes for line in text.splitlines())) or _lines(result.get("msg"))
    return "\n".join(lines[:MOST_LINES]) or "the task gave no reason"


def hidden(result: Mapping[str, t.Any]) -> bool:
    """Whether Ansible keeps the result from the user."""
    return bool(result.get("_ansible_no_log") or "censored" in result)


def _lines(msg: t.Any) -> list[str]:
    parts = msg if isinstance(msg, (list, tuple)) else [msg]
    lines = [line.strip() for part in parts if part is not None for line in str(part).splitlines()]
    return [line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 3]}..." for line in lines if line]


def totals(phases: Iterable[Phase]) -> dict[str, int]:
    """Sums over all phases."""
    phases = list(phases)
    return {count: sum(getattr(phase, count) for phase in phases) for count in COUNTS}


def table(phases: Sequence[Phase]) -> list[str]:
    """Phase, seconds, ok, changed, failed; with a last line for all of them."""
    sums = totals(phases)
    rows = [("phase", "time", "ok", "changed", "failed")]
    rows += [_row(phase.name, phase.seconds, phase.as_dict()) for phase in phases]
    rows.append(_row("all", sum(phase.seconds for phase in phases), sums))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in rows
    ]


def _row(name: str, seconds: float, counts: Mapping[str, t.Any]) -> tuple[str, str, str, str, str]:
    failed = counts["failed"] + counts["unreachable"]
    return name, duration(seconds), str(counts["ok"]), str(counts["changed"]), str(failed)
