# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The proof passes only what was seen to be right."""

from __future__ import annotations

import copy
import typing as t

import pytest

from ansible_collections.baremetal.mlops.plugins.filter.verify_checks import verify_checks

SEEN: dict[str, t.Any] = {
    "trained": {
        "run_id": "r1",
        "model_version": "3",
        "next_version": "4",
        "predictions": "abc",
        "accuracy": 0.97,
        "answer": "0.9",
        "next_answer": "0.8",
        "artifact_location": "s3://mlflow/artifacts/1/models/m-1/artifacts",
    },
    "predicted": {"run_id": "r1", "model_version": "3", "predictions": "abc", "rows": 171},
    "rows": {"runs": 1, "params": 3, "metrics": 108, "versions": 1, "champions": 1, "clients": ["10.244.1.7"]},
    "refusal": {"models": [{"refused": True, "promoted": False, "gates": [{"name": "impossible", "passed": False}]}]},
    "promotion": {"models": [{"refused": False, "promoted": True, "gates": [{"name": "accuracy", "passed": True}]}]},
    "next": {"models": [{"promoted": True, "champion": 4}]},
    "rollback": {"models": [{"rolled_back": True, "champion": 3, "reason": "version 3 is champion again"}]},
    "served": {
        "champion": {"rolled": {"models": [{"champion": 3, "url": "https://m.example.com/v2/models/m"}]}},
        "challenger": {"rolled": {"models": [{"champion": 3, "candidate": 4, "percent": 10}]}},
        "split": {"asked": {"requests": 1000, "failed": 0, "answers": {"0.9": 895, "0.8": 105}, "p99_ms": 80.0}},
        "broken": {
            "rolled": {"models": [{"champion": 3, "rolled_back": True, "reason": "12 of 30 requests failed"}]},
            "asked": {"requests": 300, "failed": 12},
        },
        "next": {"rolled": {"models": [{"champion": 4}]}, "asked": {"requests": 300, "failed": 0}},
        "rollback": {"rolled": {"models": [{"champion": 3}]}, "asked": {"requests": 300, "failed": 0}},
        "alone": {"asked": {"requests": 200, "failed": 0, "answers": {"0.9": 200}, "p99_ms": 70.0}},
    },
    "p99_limit_ms": 1000,
    "outage": True,
    "poolers": ["10.244.1.7", "10.244.2.7"],
    "objects": ["artifacts/1/models/m-1/artifacts/MLmodel", "artifacts/1/models/m-1/artifacts/model.skops"],
    "disks": {"mlflow-a": "", "mlflow-b": "\n"},
    "before": ["u1", "u2"],
    "after": ["u3", "u4"],
    "run": {"data": {"metrics": [{"key": "accuracy", "value": 0.97}]}},
    "page": {"status": 200, "url": "https://mlflow.example.com/", "content": "<title>MLflow</title>"},
    "refused": [401, 401],
    "targets": 2,
    "connected": [
        {"name": "S3", "open": True, "reached": True},
        {"name": "PostgreSQL", "open": False, "reached": False},
    ],
}


def phase(name: str, **seen: t.Any) -> dict[str, t.Any]:
    """What was served, but for one phase."""
    return {**SEEN["served"], name: {**SEEN["served"][name], **seen}}


def answers(champion: int, challenger: int) -> dict[str, t.Any]:
    return {**SEEN["served"]["split"]["asked"], "answers": {"0.9": champion, "0.8": challenger}}


def failed(seen: dict[str, t.Any]) -> list[str]:
    return [check["name"] for check in verify_checks(seen) if not check["ok"]]


def test_all_is_well() -> None:
    assert failed(SEEN) == []


def test_nothing_seen_passes_nothing() -> None:
    nothing = {key: type(value)() for key, value in SEEN.items()} | {"targets": 2, "outage": True}
    assert len(failed(nothing)) == len(verify_checks(SEEN))


@pytest.mark.parametrize(
    ("part", "value", "check"),
    [
        ("predicted", {**SEEN["predicted"], "predictions": "xyz"}, "predicted the same"),
        ("refusal", {"models": [{"refused": False, "promoted": True, "gates": []}]}, "gates refused it"),
        ("promotion", {"models": [{"promoted": True, "gates": []}]}, "gates refused it"),
        ("promotion", {"msg": "MLflow does not answer"}, "gates refused it"),
        ("next", {"models": [{"promoted": False, "champion": 3}]}, "rolled back"),
        ("rollback", {"models": [{"rolled_back": False, "champion": 4}]}, "rolled back"),
        ("p99_limit_ms", 79, "is served"),
        ("served", phase("champion", rolled={"msg": "MLflow does not answer"}), "is served"),
        ("served", phase("challenger", rolled={"models": [{"champion": 3, "percent": None}]}), "its part"),
        ("served", phase("split", asked=answers(840, 160)), "its part"),
        ("served", phase("split", asked=answers(950, 50)), "its part"),
        ("served", phase("split", asked=answers(890, 100)), "its part"),
        ("served", phase("broken", asked={"requests": 300, "failed": 0}), "rolled back by its errors"),
        ("served", phase("broken", asked={"requests": 300, "failed": 55}), "rolled back by its errors"),
        ("served", phase("broken", rolled={"models": [{"champion": 3, "rolled_back": False}]}), "by its errors"),
        ("served", phase("next", asked={"requests": 300, "failed": 1}), "takes over"),
        ("served", phase("next", asked={}), "takes over"),
        ("served", phase("rollback", rolled={"models": [{"champion": 4}]}), "takes over"),
        ("served", phase("alone", asked={"requests": 200, "answers": {"0.9": 199}}), "go on without"),
        ("rows", {**SEEN["rows"], "metrics": 1}, "rows in PostgreSQL"),
        ("rows", {**SEEN["rows"], "clients": ["10.244.1.7", "10.244.3.3"]}, "through PgBouncer"),
        ("objects", [], "in the bucket"),
        ("disks", {"mlflow-a": "/tmp/mlruns/0/meta.yaml"}, "hold nothing"),
        ("disks", {"mlflow-a": None}, "hold nothing"),
        ("after", ["u2", "u3"], "lost nothing"),
        ("run", {}, "lost nothing"),
        ("page", {"status": 200, "content": "something else"}, "over TLS"),
        ("refused", [401, 200], "refuses"),
        ("connected", [SEEN["connected"][0], {"name": "PostgreSQL", "open": False, "reached": True}], "nothing else"),
        ("connected", [SEEN["connected"][0], {"name": "PostgreSQL", "open": False, "reached": None}], "nothing else"),
        ("connected", SEEN["connected"][:1], "nothing else"),
    ],
)
def test_each_fault_fails_its_check_alone(part: str, value: t.Any, check: str) -> None:
    found = failed(copy.deepcopy(SEEN) | {part: value})
    assert len(found) == 1
    assert check in found[0]


def test_a_job_that_failed_says_why() -> None:
    seen = SEEN | {"trained": {"error": "ClientError: access denied"}, "predicted": {"error": "no such model"}}
    said = [check["said"] for check in verify_checks(seen)]
    assert said[0] == "the job failed: ClientError: access denied"
    assert said[3] == "the job failed: no such model"
