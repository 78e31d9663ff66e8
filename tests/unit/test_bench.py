# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The benchmark's bookkeeping: what an interruption keeps, and what the page says."""

from __future__ import annotations

import pathlib

import pytest

from tests.bench import plot, records, report, triton
from tests.bench.commands import BenchError

DOCS = pathlib.Path(__file__).parents[2] / "docs"
RECORD = records.Record("S3, MinIO", "no-op", "ours", "process", 100, 0.5, changed=False, peak_kib=2048)


def test_a_run_goes_on_where_it_was(tmp_path: pathlib.Path) -> None:
    records.Store(tmp_path / "records.json", "a").add("round 1", [RECORD])
    assert records.Store(tmp_path / "records.json", "a").units == {"round 1": [RECORD]}


def test_what_other_code_measured_is_not_gone_on_with(tmp_path: pathlib.Path) -> None:
    records.Store(tmp_path / "records.json", "a").add("round 1", [RECORD])
    assert not records.Store(tmp_path / "records.json", "b").units


def test_figures_are_replaced_and_nothing_else() -> None:
    page = f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n"
    assert report.put(page, "new\n") == f"before\n{report.BEGIN}\n\nnew\n\n{report.END}\nafter\n"
    with pytest.raises(BenchError, match="no place for figures"):
        report.put("without marks", "new")


def test_the_page_and_the_picture_show_the_data() -> None:
    facts, found = records.read(DOCS / "benchmarks.json")
    page = (DOCS / "benchmarks.md").read_text()
    assert report.put(page, report.figures(facts, found)) == page
    assert plot.picture(found) == (DOCS / "images/benchmarks.svg").read_text()


def test_the_page_and_the_picture_of_triton_show_the_data() -> None:
    facts, found = triton.read(DOCS / "triton.json")
    page = (DOCS / "triton.md").read_text()
    assert report.put(page, triton.figures(facts, found), triton.MARK) == page
    assert triton.picture(found) == (DOCS / "images/triton.svg").read_text()
