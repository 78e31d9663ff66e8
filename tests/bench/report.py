# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Tables out of records, put between marks of a page that is written by hand."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .commands import BenchError
from .suite import FEW, FULL, MINIO, MLFLOW, MLFLOW_AUTH, POSTGRESQL

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from .records import Records, What

BEGIN = "<!-- figures: written by `make bench-modules` -->"
END = "<!-- end of figures -->"
# Times as fast as the loop, playbook against playbook; for MLflow also as one GET an object, inside the process.
AIMS: Mapping[tuple[str, str], int] = {
    (MINIO, "create"): 20,
    (MINIO, "no-op"): 30,
    (POSTGRESQL, "create"): 25,
    (POSTGRESQL, "no-op"): 100,
    (MLFLOW, "no-op"): 50,
    (MLFLOW_AUTH, "no-op"): 50,
}
MOST_MILLISECONDS = 3
NONE = "-"
KIB_IN_MIB = 1024


@dataclass(frozen=True)
class Growth:
    """What one more object takes of a subject when nothing is to be done."""

    milliseconds: float
    playbook_milliseconds: float
    kib: float
    list_kib: float


def put(page: str, figures: str, mark: str = BEGIN) -> str:
    """The page with other figures."""
    before, begin, rest = page.partition(mark)
    _old, end, after = rest.partition(END)
    if not begin or not end:
        raise BenchError(f"the page has no place for figures: {mark} and {END}")
    return f"{before}{mark}\n\n{figures}\n{END}{after}"


def figures(facts: Mapping[str, t.Any], records: Records) -> str:
    """All tables."""
    return "\n".join(
        [
            _facts(facts),
            "## Against the loops\n",
            *_table(
                ("what", "loop, s", "ours, s", "times as fast", "aim", "ours without Ansible, s", "times as fast"),
                _loops(records),
            ),
            "## Against a client that is not started again for each object\n",
            *_table(
                (
                    "what",
                    "client, s",
                    "ours, s",
                    "times as fast",
                    "inside: client, s",
                    "ours, s",
                    "times as fast",
                    "aim",
                ),
                _clients(records),
            ),
            "## What the servers were asked when nothing was to be done\n",
            *_table(("what", "objects", "loop: reads", "writes", "ours: reads", "writes"), _asked(records)),
            "## Growth\n",
            *_table(
                ("what", "objects", "s", "in a playbook, s", "peak memory, MiB", "of it before the first answer, MiB"),
                _sizes(records),
            ),
            *_table(
                (
                    "one further object",
                    "ms",
                    f"aim: at most {MOST_MILLISECONDS}",
                    "ms in a playbook",
                    "memory, KiB",
                    "of it the list, KiB",
                ),
                _growths(records),
            ),
            f"Memory with a list of {FEW}, on a server that holds more:\n",
            *_table(("what", "objects on the server", "peak memory, MiB"), _beside(records)),
        ]
    )


def growth(records: Records, subject: str) -> Growth | None:
    """Between the fewest and the most objects."""
    ours = records.of(subject, what="no-op", who="ours")
    sizes = records.of(subject, what="refused").sizes()
    if len(sizes) < 2:
        return None

    def slope(chosen: Records, field: str) -> float:
        few, many = (chosen.of(subject, objects=size).median(field) for size in (sizes[0], sizes[-1]))
        return ((many or 0) - (few or 0)) / (sizes[-1] - sizes[0])

    return Growth(
        1000 * slope(ours.of(subject, how="process"), "seconds"),
        1000 * slope(ours.of(subject, how="playbook"), "seconds"),
        slope(ours.of(subject, how="process"), "peak_kib"),
        slope(records.of(subject, what="refused"), "peak_kib"),
    )


def compared(records: Records, subject: str, what: What) -> tuple[Records, Records, Records]:
    """The loop, ours in a playbook, and ours alone: the same number of objects."""
    loop = records.of(subject, what=what, who="loop")
    ours = records.of(subject, what=what, who="ours", objects=loop.sizes()[-1] if loop else None)
    return loop, ours.of(subject, how="playbook"), ours.of(subject, how="process")


def times(slow: Records, fast: Records, field: str = "seconds") -> float | None:
    """How many times as fast, by the medians."""
    first, second = slow.median(field), fast.median(field)
    return first / second if first and second else None


def _facts(facts: Mapping[str, t.Any]) -> str:
    lines = [f"Measured on {facts['date']}: {facts['machine']}.", f"Servers: {', '.join(facts['servers'])}."]
    return "\n".join([*lines, f"Clients: {', '.join(facts['clients'])}.", ""])


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [*(f"| {' | '.join(line)} |" for line in lines), ""]


def _loops(records: Records) -> Iterator[Sequence[str]]:
    for case in FULL:
        for what in t.get_args(t.Literal["create", "no-op"]):
            loop, playbook, process = compared(records, case.name, what)
            if loop:
                ratio, aim = times(loop, playbook), AIMS.get((case.name, what))
                seconds = [_seconds(loop), _seconds(playbook), _ratio(ratio), _judged(ratio, aim), _seconds(process)]
                yield [f"{case.name}: {what} of {loop.sizes()[0]}", *seconds, _ratio(times(loop, process))]


def _clients(records: Records) -> Iterator[Sequence[str]]:
    for case in FULL:
        client = records.of(case.name, who="keep-alive")
        if client:
            ours = compared(records, case.name, "no-op")[2]
            cells = []
            for field in ("seconds", "inside"):
                cells += [_seconds(client, field), _seconds(ours, field), _ratio(times(client, ours, field))]
            judged = _judged(times(client, ours, "inside"), AIMS.get((case.name, "no-op")))
            yield [f"{case.name}: no-op of {client.sizes()[0]}", *cells, judged]


def _asked(records: Records) -> Iterator[Sequence[str]]:
    for case in FULL:
        loop, _playbook, process = compared(records, case.name, "no-op")
        if process.median("reads") is not None:
            counts = [_whole(side.median(field)) for side in (loop, process) for field in ("reads", "writes")]
            yield [case.name, str(process.sizes()[0]), *counts]


def _sizes(records: Records) -> Iterator[Sequence[str]]:
    for case in FULL:
        for size in records.of(case.name, what="refused").sizes():
            here = records.of(case.name, objects=size, who="ours")
            process = here.of(case.name, what="no-op", how="process")
            playbook = here.of(case.name, what="no-op", how="playbook")
            refused = here.of(case.name, what="refused")
            yield [case.name, str(size), _seconds(process), _seconds(playbook), _mib(process), _mib(refused)]


def _growths(records: Records) -> Iterator[Sequence[str]]:
    for case in FULL:
        grown = growth(records, case.name)
        if grown:
            milliseconds = grown.milliseconds
            met = "met" if milliseconds <= MOST_MILLISECONDS else "missed"
            cells = [f"{milliseconds:.2f}", met, f"{grown.playbook_milliseconds:.2f}"]
            yield [case.name, *cells, f"{grown.kib:.1f}", f"{grown.list_kib:.1f}"]


def _beside(records: Records) -> Iterator[Sequence[str]]:
    for case in FULL:
        few = records.of(case.name, what="no-op beside others", objects=FEW)
        for beside in sorted({record.beside or 0 for record in few}):
            yield [case.name, str(beside), _mib(few.of(case.name, beside=beside))]


def _seconds(records: Records, field: str = "seconds") -> str:
    """The median, and the least and the most."""
    median = records.median(field)
    if median is None:
        return NONE
    values = [getattr(record, field) for record in records]
    return (
        f"{_digits(median)} ({_digits(min(values))} to {_digits(max(values))})" if len(values) > 1 else _digits(median)
    )


def _digits(value: float) -> str:
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _ratio(value: float | None) -> str:
    return NONE if value is None else f"{value:.0f}" if value >= 10 else f"{value:.1f}"


def _judged(value: float | None, aim: int | None) -> str:
    return NONE if value is None or aim is None else f"{aim}: {'met' if value >= aim else 'missed'}"


def _whole(value: float | None) -> str:
    return NONE if value is None else f"{value:.0f}"


def _mib(records: Records) -> str:
    peak = records.median("peak_kib")
    return NONE if peak is None else f"{peak / KIB_IN_MIB:.1f}"
