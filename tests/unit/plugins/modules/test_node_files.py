# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The module node_files over a real file system."""

from __future__ import annotations

import pathlib
import stat
from typing import TYPE_CHECKING

from ansible_collections.baremetal.mlops.plugins.modules import node_files
from ansible_collections.baremetal.mlops.tests.unit.fakes.modules import four_claims, run

if TYPE_CHECKING:
    import pytest

SECRET = "s3cr3t-canary"


def test_missing_and_differing_files_are_written(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    same, other, new = (str(tmp_path / name) for name in ("same", "other", "deep/er/new"))
    pathlib.Path(same).write_text("a\n")
    pathlib.Path(same).chmod(0o644)
    pathlib.Path(other).write_text("a\n")
    files = [{"path": path, "content": "a\n"} for path in (same, new)]
    files.append({"path": other, "content": "b\n", "mode": "0600"})
    assert four_claims(node_files.main, capsys, files=files) == [f"write {new}", f"write {other}"]
    assert pathlib.Path(new).read_text() == "a\n"
    assert stat.S_IMODE(pathlib.Path(other).stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep", "other", "same"]


def test_a_mode_alone_is_a_difference(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "file"
    path.write_text("a\n")
    path.chmod(0o666)
    assert four_claims(node_files.main, capsys, files=[{"path": str(path), "content": "a\n"}]) == [f"write {path}"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_only_marked_files_are_removed(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    ours, theirs, gone = (tmp_path / name for name in ("ours", "theirs", "gone"))
    ours.write_text("# Kept by us\n")
    theirs.write_text("mine\n")
    absent = [str(ours), str(theirs), str(gone)]
    assert four_claims(node_files.main, capsys, absent=absent, marker="Kept by us") == [f"remove {ours}"]
    assert theirs.exists()


def test_a_secret_is_not_in_the_diff(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "key"
    path.write_text(f"old {SECRET}\n")
    answer = run(
        node_files.main,
        capsys,
        _ansible_diff=True,
        files=[{"path": str(path), "content": f"new {SECRET}\n", "mode": "0600"}],
        secret=True,
    )
    assert answer["changed"] is True
    assert SECRET not in str(answer["diff"])


def test_a_file_that_cannot_be_written_is_one_line(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    answer = run(node_files.main, capsys, files=[{"path": f"{tmp_path}/file/below", "content": "a"}])
    assert answer["failed"] is True
    assert "\n" not in answer["msg"]
