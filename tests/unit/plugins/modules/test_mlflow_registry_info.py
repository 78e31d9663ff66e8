# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The module mlflow_registry_info over a server in memory."""

from __future__ import annotations

import pytest

from ansible_collections.baremetal.mlops.plugins.modules import mlflow_registry, mlflow_registry_info
from ansible_collections.baremetal.mlops.tests.unit.fakes.mlflow import FakeMlflow
from ansible_collections.baremetal.mlops.tests.unit.fakes.modules import run

URI = "http://mlflow"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> FakeMlflow:
    fake = FakeMlflow()
    fake.add_experiment("b", archived=True)
    fake.add_experiment("a", artifact_location="s3://mlflow/a", tags={"team": "risk"})
    fake.add_model("fraud", 2, description="x", tags={"team": "risk"}, aliases={"champion": 2})
    fake.archive_version("fraud", 1)
    fake.add_model("prompt")
    fake.prompts.add("prompt")
    fake.writes.clear()
    monkeypatch.setattr(mlflow_registry_info, "MlflowClient", lambda _connection: fake)
    monkeypatch.setattr(mlflow_registry, "MlflowClient", lambda _connection: fake)
    return fake


def test_all_is_read_when_nothing_is_named(server: FakeMlflow, capsys: pytest.CaptureFixture[str]) -> None:
    answer = run(mlflow_registry_info.main, capsys, tracking_uri=URI)
    assert answer["changed"] is False
    assert [item["name"] for item in answer["experiments"]] == ["a", "b"]
    assert [item["state"] for item in answer["experiments"]] == ["present", "archived"]
    assert answer["models"] == [
        {
            "name": "fraud",
            "state": "present",
            "description": "x",
            "tags": {"team": "risk"},
            "aliases": {"champion": 2},
        }
    ]
    assert (server.reads, server.writes) == (["experiments", "models"], [])


def test_only_what_is_named_is_read(server: FakeMlflow, capsys: pytest.CaptureFixture[str]) -> None:
    answer = run(
        mlflow_registry_info.main, capsys, tracking_uri=URI, experiments=[], models=["fraud", "none"], versions=True
    )
    assert answer["experiments"] == []
    (model,) = answer["models"]
    assert [(version["version"], version["state"]) for version in model["versions"]] == [
        (1, "archived"),
        (2, "present"),
    ]
    assert server.reads == ["models", "versions"]


def test_what_is_read_can_be_given_back(server: FakeMlflow, capsys: pytest.CaptureFixture[str]) -> None:
    answer = run(mlflow_registry_info.main, capsys, tracking_uri=URI, versions=True)
    given = {"experiments": answer["experiments"], "models": answer["models"]}
    again = run(mlflow_registry.main, capsys, tracking_uri=URI, **given)
    assert (again["changed"], server.writes) == (False, [])
