# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""On the running lab: nothing changes by itself, and what somebody changed is what check mode reports, nothing else."""

from __future__ import annotations

import contextlib
import json
import re
import typing as t

import pytest

if t.TYPE_CHECKING:
    from tests.e2e.conftest import Lab

KUBELET = "/var/lib/kubelet/config.yaml"
WAS = "readOnlyPort: 0"
IS = "readOnlyPort: 10255"
DRIFT = {
    ("kubernetes", "node2"),
    ("object_storage", "localhost"),
    ("database", "localhost"),
    ("mlflow", "localhost"),
    ("model_registry", "localhost"),
}
MODULES = (
    r'-\s+"versioning": false',
    r'\+\s+"versioning": true',
    r'-\s+"arn:aws:s3:::mlflow/\*"',
    r'\+\s+"USAGE"',
    r'-\s+"description": "Somebody uses it"',
)
PUBLIC = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::mlflow/*"}


@pytest.fixture(scope="module")
def _drift(lab: Lab) -> None:
    lab.ssh("node2", f"sed -i 's/^{WAS}$/{IS}/' {KUBELET} && grep -q '^{IS}$' {KUBELET}")
    lab.kubectl("--namespace mlflow set resources deployment/mlflow --requests cpu=51m")
    store = lab.store()
    with contextlib.suppress(store.exceptions.NoSuchBucket):
        store.delete_bucket(Bucket="drift")
    store.put_bucket_versioning(Bucket="mlflow", VersioningConfiguration={"Status": "Suspended"})
    store.put_bucket_policy(Bucket="mlflow", Policy=json.dumps({"Version": "2012-10-17", "Statement": [PUBLIC]}))
    lab.sql("drift", "revoke usage on schema reports from reporting")
    lab.describe_model("drift", "Somebody uses it")


def test_a_converged_site_has_nothing_to_do(lab: Lab) -> None:
    run = lab.site("--check", "--diff")
    assert run.rc == 0, run.output[-4000:]
    assert run.changed == ()


@pytest.mark.usefixtures("_drift")
def test_check_mode_reports_exactly_the_drift(lab: Lab) -> None:
    run = lab.site("--check", "--diff")
    assert run.rc == 0, run.output[-4000:]
    assert run.where() == DRIFT, run.changed
    for line in (rf'-\s+"{IS}"', rf'\+\s+"{WAS}"', r"-\s.*51m", r'\+\s+"drift": ', *MODULES):
        assert re.search(f"^{line}", run.output, re.MULTILINE), line


@pytest.mark.usefixtures("_drift")
def test_a_run_repairs_exactly_the_drift(lab: Lab) -> None:
    repair = lab.site()
    assert repair.rc == 0, repair.output[-4000:]
    assert repair.where() == DRIFT, repair.changed
    again = lab.site()
    assert again.rc == 0, again.output[-4000:]
    assert again.changed == ()
