# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""When objects are ready, and how long is waited for them."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError
from ansible_collections.baremetal.mlops.plugins.module_utils._objects import model, readiness
from ansible_collections.baremetal.mlops.tests.unit.fakes.cluster import FakeClock, FakeCluster, definition

DONE = {"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2, "readyReplicas": 2}
AGENTS = {"observedGeneration": 2, "desiredNumberScheduled": 3, "updatedNumberScheduled": 3, "numberReady": 3}


def item(kind: str, status: dict[str, t.Any]) -> dict[str, t.Any]:
    made = definition(kind, "x", spec={"replicas": 2}, status=status)
    made["metadata"]["generation"] = 2
    return made


def said(status: str, **rest: t.Any) -> dict[str, t.Any]:
    return {"conditions": [{"type": "Ready", "status": status, "message": "why", **rest}]}


@pytest.mark.parametrize(
    ("kind", "status", "reason"),
    [
        ("Deployment", DONE, ""),
        ("Deployment", {**DONE, "observedGeneration": 1}, "its controller has not seen the last change"),
        ("Deployment", {}, "its controller has not seen the last change"),
        ("Deployment", {**DONE, "updatedReplicas": 1}, "2 of 2 replicas are available, 1 of them new"),
        ("Deployment", {**DONE, "replicas": 3}, "2 of 2 replicas are available, 2 of them new"),
        ("DaemonSet", AGENTS, ""),
        ("DaemonSet", {**AGENTS, "numberReady": 2}, "2 of 3 pods are ready, 3 of them new"),
        ("DaemonSet", {"observedGeneration": 2, "desiredNumberScheduled": 0}, "0 of 0 pods are ready, 0 of them new"),
        ("StatefulSet", DONE, ""),
        ("StatefulSet", {**DONE, "readyReplicas": 1}, "1 of 2 replicas are ready, 2 of them new"),
        ("CustomResourceDefinition", {}, "nothing is said about Established"),
    ],
)
def test_rollouts(kind: str, status: dict[str, t.Any], reason: str) -> None:
    assert readiness.reason(item(kind, status), "") == reason


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (said("True"), ""),
        (said("True", observedGeneration=2), ""),
        (said("True", observedGeneration=1), "Ready is not said of the last change"),
        (said("False"), "Ready is False: why"),
        ({}, "nothing is said about Ready"),
    ],
)
def test_conditions(status: dict[str, t.Any], reason: str) -> None:
    assert readiness.reason(item("Widget", status), "Ready") == reason


def test_all_is_waited_for_at_once() -> None:
    names = ["a", "b"]
    cluster = FakeCluster(*[item("Deployment", {}) | {"metadata": {"name": name}} for name in names])
    wanted = model.Wanted([definition("Deployment", name) for name in names], timeout=60)

    def happens() -> None:
        cluster.objects[f"Deployment {names.pop()}"]["status"] = {**DONE, "observedGeneration": None}

    clock = FakeClock(happens)
    model.settle(cluster, wanted, clock)
    assert (names, clock.now) == ([], 4.0)


def test_waiting_ends() -> None:
    clock = FakeClock()
    with pytest.raises(ApiError, match="not ready after 10 s: Widget x: it does not exist"):
        model.settle(
            FakeCluster(kinds=("Widget",)), model.Wanted([item("Widget", {})], {"Widget": "Ready"}, timeout=10), clock
        )
    assert clock.now == 10.0


def test_a_job_that_failed_is_not_waited_for() -> None:
    job = item("Job", {"conditions": [{"type": "Failed", "status": "True", "message": "it ended with 1"}]})
    clock = FakeClock()
    with pytest.raises(ApiError, match="Job x failed: it ended with 1"):
        model.settle(FakeCluster(job, kinds=("Job",)), model.Wanted([job], {"Job": "Complete"}, timeout=60), clock)
    assert clock.now == 0.0


def test_a_kind_may_come_later() -> None:
    cluster = FakeCluster(kinds=())
    clock = FakeClock(lambda: cluster.kinds.add("Widget"))
    plan = model.plan(cluster, model.Wanted([definition("Widget", "x")], timeout=60), clock)
    for step in plan.steps:
        step.apply()
    assert (cluster.writes, clock.now) == (["apply Widget x"], 2.0)


@pytest.mark.parametrize(
    ("path", "value"),
    [("status.addresses.0.value", "192.0.2.1"), ("status.addresses.1.value", ""), ("a.b", ""), ("status.count", "0")],
)
def test_fields(path: str, value: str) -> None:
    assert readiness.field({"status": {"addresses": [{"value": "192.0.2.1"}], "count": 0}}, path) == value
