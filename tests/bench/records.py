# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What was measured, and the file that keeps it while the benchmark runs."""

from __future__ import annotations

import json
import statistics
import typing as t
from dataclasses import asdict, dataclass

if t.TYPE_CHECKING:
    import pathlib

Who = t.Literal["ours", "loop", "keep-alive"]
What = t.Literal["create", "no-op", "refused", "no-op beside others"]
How = t.Literal["playbook", "process"]


@dataclass(frozen=True)
class Record:
    """One run of one command.

    ``inside`` leaves out the start of Python and imports. ``reads`` and ``writes`` are what the server counted.
    ``beside`` is how many objects the server held.
    """

    subject: str
    what: What
    who: Who
    how: How
    objects: int
    seconds: float
    changed: bool
    inside: float | None = None
    peak_kib: int | None = None
    reads: int | None = None
    writes: int | None = None
    beside: int | None = None


class Records(list[Record]):
    """Records and the questions that a report asks of them."""

    def of(self, subject: str, **fields: t.Any) -> Records:
        """Those of a subject that have these values."""
        found = (record for record in self if record.subject == subject)
        return Records(record for record in found if all(getattr(record, key) == fields[key] for key in fields))

    def median(self, field: str = "seconds") -> float | None:
        """The median of a figure over the records that have it."""
        values = [value for record in self if (value := getattr(record, field)) is not None]
        return float(statistics.median(values)) if values else None

    def sizes(self) -> list[int]:
        """Numbers of objects, ascending."""
        return sorted({record.objects for record in self})


@dataclass
class Store:
    """Finished units of a run. What another state of the code measured is not gone on with."""

    path: pathlib.Path
    state: str

    def __post_init__(self) -> None:
        self.units: dict[str, list[Record]] = {}
        self.servers: dict[str, str] = {}
        if self.path.exists():
            kept = json.loads(self.path.read_text())
            if kept["state"] == self.state:
                self.units = {unit: [Record(**record) for record in records] for unit, records in kept["units"].items()}
                self.servers = kept["servers"]

    def add(self, unit: str, records: t.Iterable[Record]) -> None:
        """Keep a finished unit."""
        self.units[unit] = list(records)
        units = {key: [asdict(record) for record in self.units[key]] for key in self.units}
        kept = {"state": self.state, "servers": self.servers, "units": units}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps(kept))
        new.replace(self.path)

    def records(self) -> Records:
        """All of them, in the order they were made."""
        return Records(record for records in self.units.values() for record in records)


def write(path: pathlib.Path, facts: t.Mapping[str, t.Any], records: t.Iterable[Record]) -> None:
    """The file that is kept: facts of the machine, then a line a run."""
    lines = [
        json.dumps({key: value for key, value in asdict(record).items() if value is not None}) for record in records
    ]
    text = f'{{\n"facts": {json.dumps(facts, indent=1)},\n"records": [\n' + ",\n".join(lines) + "\n]\n}\n"
    path.write_text(text)


def read(path: pathlib.Path) -> tuple[dict[str, t.Any], Records]:
    """What ``write`` wrote."""
    kept = json.loads(path.read_text())
    return kept["facts"], Records(Record(**record) for record in kept["records"])
