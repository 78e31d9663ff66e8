# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""On the running lab: nothing changes by itself, and what somebody changed is what check mode reports, nothing else."""

from __future__ import annotations

import typing as t

import pytest

if t.TYPE_CHECKING:
    from tests.e2e.conftest import Lab

KUBELET_SETTING = "/etc/kubernetes/kubelet.conf.d/20-baremetal-mlops.conf"
DEPLOYMENT = "--namespace mlflow deployment/mlflow"


@pytest.fixture(scope="module")
def _drift(lab: Lab) -> None:
    lab.ssh(
        "node2", f"sed -i 's/^maxPods: .*/maxPods: 77/' {KUBELET_SETTING} && grep -q 'maxPods: 77' {KUBELET_SETTING}"
    )
    lab.kubectl("scale", DEPLOYMENT, "--replicas 3")
    lab.delete_bucket("drift")


def test_a_converged_site_has_nothing_to_do(lab: Lab) -> None:
    run = lab.site("--check", "--diff")
    assert run.rc == 0, run.output[-4000:]
    assert run.changed == frozenset()


@pytest.mark.usefixtures("_drift")
def test_check_mode_reports_exactly_the_drift(lab: Lab) -> None:
    run = lab.site("--check", "--diff")
    assert run.rc == 0, run.output[-4000:]
    assert run.where() == {("kubernetes", "node2"), ("minio", "localhost"), ("mlflow", "localhost")}
    assert "maxPods: 77" in run.output
    assert "drift" in run.output


@pytest.mark.usefixtures("_drift")
def test_a_run_repairs_exactly_the_drift(lab: Lab) -> None:
    repair = lab.site()
    assert repair.rc == 0, repair.output[-4000:]
    assert repair.where() == {("kubernetes", "node2"), ("minio", "localhost"), ("mlflow", "localhost")}
    again = lab.site()
    assert again.rc == 0, again.output[-4000:]
    assert again.changed == frozenset()
