# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""`python -m tests.bench`: measure, then write docs/benchmarks.json and out of it the tables and the picture.

A run that was interrupted goes on where it was, unless the code changed. `--quick` measures little and keeps nothing.
"""

from __future__ import annotations

import argparse
import datetime
import os
import pathlib
import sys
import tempfile
import time
import typing as t

from . import machine, plot, records, report, suite
from .commands import ROOT, BenchError

OBJECTS = 100
OBJECTS_QUICK = 2
CACHE = pathlib.Path(os.environ.get("BAREMETAL_MLOPS_CACHE") or pathlib.Path.home() / ".cache/baremetal-mlops")
DATA, PAGE, IMAGE = "benchmarks.json", "benchmarks.md", "images/benchmarks.svg"


def main() -> int:
    """Measure what is missing, then report."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few objects, once: does every case run?")
    parser.add_argument("--render", action="store_true", help="only write the tables and the picture again")
    parser.add_argument("--docs", type=pathlib.Path, default=ROOT / "docs", help="where the report is written")
    parser.add_argument("cases", nargs="*", help="only these cases, by their names")
    arguments = parser.parse_args()
    try:
        if not arguments.render:
            measure(arguments.docs, arguments.quick, arguments.cases)
        if not arguments.quick:
            render(arguments.docs)
    except BenchError as exc:
        print(exc, file=sys.stderr)
        return 1
    return 0


def measure(docs: pathlib.Path, quick: bool, only: t.Sequence[str]) -> None:
    """All units that the store does not have."""
    cases = [case for case in (suite.QUICK if quick else suite.FULL) if not only or case.name in only]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        kept = pathlib.Path(folder if quick else CACHE / "bench", "records.json")
        store = records.Store(kept, machine.state())
        done = len(store.units)
        total = sum(len(case.units()) for case in cases)
        for number, case in enumerate(cases):
            _case(case, store, pathlib.Path(folder, str(number)), OBJECTS_QUICK if quick else OBJECTS, total)
        facts = {
            "date": f"{datetime.date.today():%Y-%m-%d}",
            "machine": machine.machine(),
            "servers": sorted(set(store.servers.values())),
            "clients": machine.clients(),
        }
        found = store.records()
        if quick or only:
            print(report.figures(facts, found))
        else:
            records.write(docs / DATA, facts, found)
            kept.unlink()
        if done:
            print(f"{done} units were measured by an earlier run that was interrupted")


def render(docs: pathlib.Path) -> None:
    """The page and the picture, out of the data."""
    facts, found = records.read(docs / DATA)
    page = docs / PAGE
    page.write_text(report.put(page.read_text(), report.figures(facts, found)))
    (docs / IMAGE).write_text(plot.picture(found))


def _case(case: suite.Case, store: records.Store, folder: pathlib.Path, objects: int, total: int) -> None:
    missing = [unit for unit in case.units() if unit not in store.units]
    if not missing:
        return
    folder.mkdir()
    with case.serve(folder) as subject:
        store.servers[case.name] = subject.version
        bench = suite.Bench(case, subject, folder)
        for unit in missing:
            started = time.monotonic()
            store.add(unit, bench.unit(unit, objects))
            print(f"[{len(store.units)}/{total}] {unit}: {time.monotonic() - started:.0f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
