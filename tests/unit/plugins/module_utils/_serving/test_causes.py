# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Why an InferenceService is not ready."""

from __future__ import annotations

import typing as t

import hypothesis.strategies as st
import pytest
from hypothesis import given

from ansible_collections.baremetal.mlops.plugins.module_utils._serving import causes

NAME = "fraud-v2-abcdef"


def service(*conditions: dict[str, t.Any], **model: t.Any) -> dict[str, t.Any]:
    return {"metadata": {"name": NAME}, "status": {"conditions": list(conditions), "modelStatus": model}}


def pod(part: str = "containerStatuses", container: str = "kserve-container", **status: t.Any) -> dict[str, t.Any]:
    one = {"name": container, "ready": False, "restartCount": 1, **status}
    return {"metadata": {"name": f"{NAME}-predictor-x"}, "status": {part: [one]}}


def ended(code: int, reason: str = "Error", message: str = "") -> dict[str, t.Any]:
    return {"terminated": {"exitCode": code, "reason": reason, "message": message}}


def event(name: str, message: str, kind: str = "Pod", **fields: t.Any) -> dict[str, t.Any]:
    of = {"kind": kind, "name": name}
    return {"type": "Warning", "reason": "FailedCreate", "involvedObject": of, "message": message, **fields}


EMPTY = service()
CASES: dict[str, tuple[dict[str, t.Any], list[dict[str, t.Any]], list[dict[str, t.Any]], str, str]] = {
    "nothing": (EMPTY, [], [], "", "its controller has said nothing about it yet"),
    "memory": (
        EMPTY,
        [pod(state={"waiting": {"reason": "CrashLoopBackOff"}}, lastState=ended(137, "OOMKilled"))],
        [],
        "",
        "container kserve-container of pod fraud-v2-abcdef-predictor-x was killed because it needs more memory than "
        "its limit (OOMKilled)",
    ),
    "own message": (
        EMPTY,
        [
            pod(
                "initContainerStatuses",
                "storage-initializer",
                state=ended(1, message="Trace\n\nRuntimeError: no model\n"),
            )
        ],
        [],
        "not asked",
        "container storage-initializer of pod fraud-v2-abcdef-predictor-x ended with 1: RuntimeError: no model",
    ),
    "log": (
        EMPTY,
        [pod(state={"waiting": {"reason": "CrashLoopBackOff"}}, lastState=ended(1))],
        [],
        "Traceback\nValueError:  bad\tmodel \n\n",
        "container kserve-container of pod fraud-v2-abcdef-predictor-x ended with 1: ValueError: bad model",
    ),
    "image": (
        EMPTY,
        [pod(state={"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}})],
        [],
        "",
        "container kserve-container of pod fraud-v2-abcdef-predictor-x cannot start: ImagePullBackOff: no such image",
    ),
    "quota": (
        service({"type": "PredictorReady", "status": "False", "message": "does not have minimum availability"}),
        [],
        [
            event(f"{NAME}-predictor-6f", "old", "ReplicaSet", lastTimestamp="2026-01-01T00:00:00Z"),
            event(f"{NAME}-predictor-6f", "exceeded quota: gpus", "ReplicaSet", lastTimestamp="2026-01-02T00:00:00Z"),
            event("fraud-v2-abcdefg", "another's", lastTimestamp="2026-01-03T00:00:00Z"),
        ],
        "",
        f"ReplicaSet {NAME}-predictor-6f: exceeded quota: gpus",
    ),
    "runtime": (
        service(
            transitionStatus="InvalidSpec", lastFailureInfo={"reason": "RuntimeNotRecognized", "message": "Waiting"}
        ),
        [],
        [],
        "",
        "RuntimeNotRecognized: Waiting",
    ),
    "condition": (
        service(
            {"type": "Ready", "status": "False", "message": "general"},
            {"type": "IngressReady", "status": "False", "reason": "Predictor ingress not created"},
        ),
        [],
        [],
        "",
        "IngressReady is False: Predictor ingress not created",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_cause_is_named(case: str) -> None:
    found, pods, events, log, said = CASES[case]
    assert causes.why(found, pods, events, log) == said


def test_a_container_that_runs_is_no_cause() -> None:
    healthy = pod(ready=True, state={"running": {}}, lastState=ended(1))
    assert causes.crash([healthy]) is None
    assert causes.why(EMPTY, [healthy], []) == "its controller has said nothing about it yet"


def test_waiting_is_in_vain_after_some_restarts_only() -> None:
    crashed: dict[str, t.Any] = {"state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": ended(1)}
    assert causes.hopeless(EMPTY, [pod(**crashed, restartCount=2)]) is False
    assert causes.hopeless(EMPTY, [pod(**crashed, restartCount=3)]) is True
    assert causes.hopeless(service(transitionStatus="InvalidSpec"), []) is True


@given(st.text(max_size=2000))
def test_it_is_one_line(text: str) -> None:
    line = causes.why(EMPTY, [pod(state=ended(1, message=text))], [], text)
    assert len(line.splitlines()) == 1
    assert len(line) < 500
