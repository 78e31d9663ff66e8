# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What is measured, in which order. A unit is the smallest part that a run after an interruption does not repeat."""

from __future__ import annotations

import functools
import pathlib
import typing as t
from dataclasses import dataclass, replace

from . import buckets, commands, databases, models
from .commands import BenchError
from .records import Record

if t.TYPE_CHECKING:
    import contextlib
    from collections.abc import Callable

    from .commands import Run
    from .records import How, What, Who
    from .subject import Subject

Serve = t.Callable[[pathlib.Path], "contextlib.AbstractContextManager[Subject]"]
FEW = 10


@dataclass(frozen=True)
class Case:
    """One subject: how many rounds compare it with the incumbents, and numbers of objects at which growth is measured.

    ``loops``: how many of the rounds run the incumbents. ``creates``: whether making the objects is compared as well.
    ``repeats``: how often growth is measured at each size.
    """

    name: str
    serve: Serve
    rounds: int = 3
    loops: int = 3
    repeats: int = 3
    creates: bool = True
    sizes: tuple[int, ...] = ()

    def units(self) -> list[str]:
        """Keys of the units."""
        rounds = [f"{self.name}: round {number + 1}" for number in range(self.rounds)]
        return rounds + [f"{self.name}: {size} objects" for size in self.sizes]


MINIO = "S3, MinIO"
SEAWEEDFS = "S3, SeaweedFS"
POSTGRESQL = "PostgreSQL"
ROLES = "PostgreSQL, roles"
MLFLOW = "MLflow"
MLFLOW_AUTH = "MLflow, authentication"
GROWTH = (10, 100, 1000, 5000)
FULL = (
    Case(MINIO, buckets.on_minio, sizes=GROWTH),
    # Beside the point, which MinIO makes: one round of the incumbents is enough.
    Case(SEAWEEDFS, buckets.on_seaweedfs, loops=1),
    # A database is some seven megabytes on disk.
    Case(POSTGRESQL, databases.everything, sizes=(10, 100, 300)),
    Case(ROLES, databases.roles_only, rounds=0, sizes=GROWTH),
    Case(MLFLOW, models.without_authentication, creates=False, sizes=GROWTH),
    Case(MLFLOW_AUTH, models.with_authentication, creates=False, sizes=GROWTH),
)
# Each server and each client once.
QUICK = tuple(
    replace(case, rounds=1, loops=1, repeats=1, sizes=case.sizes[:1])
    for case in FULL
    if case.name in {MINIO, SEAWEEDFS, POSTGRESQL, MLFLOW_AUTH}
)


@dataclass(frozen=True)
class Bench:
    """One subject on its running server."""

    case: Case
    subject: Subject
    folder: pathlib.Path

    def unit(self, key: str, objects: int) -> list[Record]:
        """Measure one unit."""
        number = self.case.units().index(key)
        if number < self.case.rounds:
            return self._round(objects, with_loop=number < self.case.loops)
        return self._growth(self.case.sizes[number - self.case.rounds])

    def _round(self, count: int, with_loop: bool) -> list[Record]:
        """The incumbents and ours in turn from the same start to the same end state, then both with nothing to do."""
        records = []
        states = []
        for who in ("loop", "ours") if with_loop else ("ours",):
            self.subject.clean()
            if not self.case.creates:
                self.subject.fill(count)
            else:
                records.append(self._measure(who, "create", "playbook", count))
            states.append(self.subject.state(count))
            records.append(self._measure(who, "no-op", "playbook", count))
        if any(state != states[0] for state in states):
            raise BenchError(f"{self.case.name}: the end states differ:\n{states[0]}\n{states[1]}")
        records.append(self._measure("ours", "no-op", "process", count))
        if isinstance(self.subject, models.Models):
            records.append(self._measure("keep-alive", "no-op", "process", count))
        if self.case.creates:
            self.subject.clean()
            records.append(self._measure("ours", "create", "process", count))
            if self.subject.state(count) != states[0]:
                raise BenchError(f"{self.case.name}: the module makes another state without Ansible")
        return records

    def _growth(self, count: int) -> list[Record]:
        """Ours with nothing to do: its time, and its memory beside what the list of objects itself needs."""
        if count == self.case.sizes[0]:
            self.subject.clean()
        self.subject.fill(count)
        records = [self._measure("ours", "refused", "process", count)]
        for _repeat in range(self.case.repeats):
            records.append(self._measure("ours", "no-op", "process", count))
            records.append(self._measure("ours", "no-op", "playbook", count))
        few = self._measure("ours", "no-op", "process", min(FEW, count))
        return [*records, replace(few, what="no-op beside others", beside=count)]

    def _measure(self, who: Who, what: What, how: How, count: int) -> Record:
        """One run. What has to change something has to say so; ours changes nothing where nothing is to be done."""
        command = self._command(who, what, how, count)
        before = self.subject.requests()
        run = command()
        after = self.subject.requests()
        asked = vars(after.since(before)) if before and after else {}
        record = Record(self.case.name, what, who, how, count, **{**vars(run), **asked})
        if what != "refused" and record.changed != (what == "create") and (what == "create" or who != "loop"):
            raise BenchError(f"{self.case.name}: {who}, {what}: changed={record.changed}")
        if who == "ours" and what == "no-op" and record.writes:
            raise BenchError(f"{self.case.name}: {record.writes} writes where nothing was to be done")
        return record

    def _command(self, who: Who, what: What, how: How, count: int) -> Callable[[], Run]:
        options, module = self.subject.options(count), self.subject.module
        if who == "keep-alive":
            assert isinstance(self.subject, models.Models)
            return functools.partial(commands.keep_alive, self.folder, self.subject.keep_alive(count))
        if how == "playbook":
            name = f"{module}_loop" if who == "loop" else module
            return functools.partial(commands.playbook, self.folder, name, options)
        refused = what == "refused"
        options |= self.subject.nowhere() if refused else {}
        return functools.partial(commands.module, self.folder, module, options, refused)
