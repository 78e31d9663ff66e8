# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The module kubeadm_manifests with a kubeadm that only writes manifests."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from ansible_collections.baremetal.mlops.plugins.modules import kubeadm_manifests
from ansible_collections.baremetal.mlops.tests.unit.fakes.modules import four_claims, run

if TYPE_CHECKING:
    import pathlib

KUBEADM = """#!/bin/sh
test -n "$KUBEADM_INIT_DRYRUN_DIR" || exit 1
grep -q bad "$7" && { echo "error: unknown field bad" >&2; exit 1; }
for name in kube-apiserver kube-controller-manager kube-scheduler; do
  echo "name: $name" > "$KUBEADM_INIT_DRYRUN_DIR/$name.yaml"
done
"""


@pytest.fixture
def place(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    kubeadm = tmp_path / "bin/kubeadm"
    kubeadm.parent.mkdir()
    kubeadm.write_text(KUBEADM)
    kubeadm.chmod(0o755)
    monkeypatch.setenv("PATH", str(kubeadm.parent), prepend=":")
    (tmp_path / "kubeadm.yaml").write_text("good: 1\n")
    return tmp_path


def test_only_the_manifest_that_differs_is_written(place: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    args = {"config": str(place / "kubeadm.yaml"), "directory": str(place / "manifests")}
    assert len(four_claims(kubeadm_manifests.main, capsys, **args)) == 3
    edited = place / "manifests/kube-scheduler.yaml"
    assert stat.S_IMODE(edited.stat().st_mode) == 0o600
    edited.write_text("name: edited\n")
    assert four_claims(kubeadm_manifests.main, capsys, **args) == [f"write {edited}"]


def test_a_configuration_that_kubeadm_refuses_is_one_line(
    place: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "kubeadm.yaml").write_text("bad: 1\n")
    answer = run(kubeadm_manifests.main, capsys, config=str(place / "kubeadm.yaml"), directory=str(place / "manifests"))
    assert answer["msg"] == f"kubeadm cannot use {place}/kubeadm.yaml: error: unknown field bad"
    assert not (place / "manifests").exists()
