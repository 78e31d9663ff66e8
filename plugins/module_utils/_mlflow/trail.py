# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The audit trail of champions: one tag a decision, on the version that it is about. No I/O.

A record is written before the alias moves: a champion of ours always has its record, and whether a decision took
effect is told by what the next one found.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import datetime
import json
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PROMOTED, ROLLED_BACK = "promoted", "rolled_back"
PREFIX = "promotion"
TIME = "%Y-%m-%dT%H:%M:%S.%fZ"
TIME_IN_KEY = "%Y%m%dT%H%M%S.%fZ"
# What every server of MLflow takes as the value of a tag.
LONGEST_VALUE = 5000
LONGEST_BY = 200
# Far more than there are, and still a number that every server's database can compare with.
LAST_VERSION = 999_999_999


@dataclasses.dataclass(frozen=True)
class Record:
    """A decision: ``former`` was champion when it was taken, ``champion`` is to be."""

    event: str
    alias: str
    former: int | None
    champion: int
    time: datetime.datetime
    by: str = ""
    reason: str = ""
    gates: Sequence[Mapping[str, t.Any]] = ()
    gates_left_out: int = 0

    @property
    def version(self) -> int:
        """The version that carries the record: the one promoted, or the one left."""
        return self.champion if self.event == PROMOTED or self.former is None else self.former

    @property
    def key(self) -> str:
        return f"{PREFIX}.{self.alias}.{self.time.strftime(TIME_IN_KEY)}"

    def shown(self) -> dict[str, t.Any]:
        return {
            "event": self.event,
            "time": self.time.strftime(TIME),
            "from_version": self.former,
            "to_version": self.champion,
            "by": self.by,
            "reason": self.reason,
            "gates": [dict(gate) for gate in self.gates],
            "gates_left_out": self.gates_left_out,
        }

    def value(self) -> str:
        """The tag's value. Limits of gates, then gates, are left out for it to fit."""
        gates = [{name: gate[name] for name in ("name", "kind", "passed", "figure", "limits")} for gate in self.gates]
        said = self.shown() | {"by": self.by[:LONGEST_BY]}
        if len(text := _dumped(said, gates, 0)) <= LONGEST_VALUE:
            return text
        gates = [{name: gate[name] for name in ("name", "kind", "passed", "figure")} for gate in gates]
        left_out = 0
        while len(text := _dumped(said, gates, left_out)) > LONGEST_VALUE and gates:
            gates.pop()
            left_out += 1
        return text


def records(tags: Mapping[str, str], alias: str) -> list[Record]:
    """The decisions that a version's tags tell of, the oldest first. A tag that is not of ours is none."""
    found = [_record(value, alias) for key, value in tags.items() if key.startswith(f"{PREFIX}.{alias}.")]
    return sorted((record for record in found if record is not None), key=lambda record: record.time)


def former(tags: Mapping[str, str], alias: str) -> int | None:
    """Which version was champion before the one with these tags."""
    promotions = [record for record in records(tags, alias) if record.event == PROMOTED]
    return promotions[-1].former if promotions else None


def left(tags: Mapping[str, str], alias: str) -> Record | None:
    """The decision that the version with these tags should be champion no longer, if nothing came after it."""
    known = records(tags, alias)
    return known[-1] if known and known[-1].event == ROLLED_BACK else None


def moment(now: datetime.datetime, tags: Mapping[str, str], alias: str) -> datetime.datetime:
    """The time of a new record: after those that are there, also when a clock goes wrong."""
    known = records(tags, alias)
    return max(now, known[-1].time + datetime.timedelta(microseconds=1)) if known else now


def history(found: Sequence[Record], champion: int | None) -> Iterator[dict[str, t.Any]]:
    """All decisions, the oldest first, and of each whether something shows that it took effect."""
    ordered = sorted(found, key=lambda record: record.time)
    for place, record in enumerate(ordered):
        yield {**record.shown(), "took_effect": _took_effect(record, ordered[place + 1 :], champion)}


def _took_effect(record: Record, later: Sequence[Record], champion: int | None) -> bool:
    """Its version is champion now, or a later decision found it so before another one named it anew."""
    for other in later:
        if other.former == record.champion:
            return True
        if other.champion == record.champion:
            return False
    return champion == record.champion


def _dumped(said: Mapping[str, t.Any], gates: Sequence[Mapping[str, t.Any]], left_out: int) -> str:
    more = {"gates": gates, "gates_left_out": left_out}
    return json.dumps({**said, **more}, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _record(value: str, alias: str) -> Record | None:
    try:
        said = json.loads(value)
        former, gates = said["from_version"], said.get("gates") or []
        time = datetime.datetime.strptime(said["time"], TIME).replace(tzinfo=datetime.UTC)
        if time.year == datetime.MAXYEAR:
            return None
        return Record(
            event={PROMOTED: PROMOTED, ROLLED_BACK: ROLLED_BACK}[said["event"]],
            alias=alias,
            former=None if former is None else _number(former),
            champion=_number(said["to_version"]),
            time=time,
            by=str(said.get("by") or ""),
            reason=str(said.get("reason") or ""),
            gates=[dict(gate) for gate in gates],
            gates_left_out=int(said.get("gates_left_out") or 0),
        )
    except (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError):
        return None


def _number(value: object) -> int:
    if not isinstance(value, int) or not 0 < value <= LAST_VERSION:
        raise ValueError(f"{value!r} is no version")
    return value
