# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The module model_promotion_info over a server in memory."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError
from ansible_collections.baremetal.mlops.plugins.modules import model_promotion, model_promotion_info
from ansible_collections.baremetal.mlops.tests.unit.fakes.mlflow_promotion import FakeTraining
from ansible_collections.baremetal.mlops.tests.unit.fakes.modules import run

CONNECTION = {"tracking_uri": "http://mlflow", "username": "ann", "password": "s3cr3t-canary"}
GATE = {"name": "auc", "kind": "threshold", "metric": "auc", "min": 0.8}
Ask = t.Callable[..., dict[str, t.Any]]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> FakeTraining:
    """Version 2 took the place of 1, was left, and 3 waits."""
    found = FakeTraining()
    monkeypatch.setattr(model_promotion, "MlflowClient", lambda _connection: found)
    monkeypatch.setattr(model_promotion_info, "MlflowClient", lambda _connection: found)
    for auc in (0.8, 0.85, 0.9):
        found.train("fraud", auc=auc)
    found.set_alias("fraud", "challenger", 3)
    found.add_model("empty")
    for item in (
        {"candidate": "1"},
        {"candidate": "2", "reason": "weekly"},
        {"state": "rolled_back", "rollback_of": 2, "reason": "slow"},
    ):
        run(model_promotion.main, capsys, **CONNECTION, models=[{"name": "fraud", "gates": [GATE], **item}])
    found.reads.clear()
    found.writes.clear()
    return found


@pytest.fixture
def ask(server: FakeTraining, capsys: pytest.CaptureFixture[str]) -> Ask:
    def call(**args: t.Any) -> dict[str, t.Any]:
        answer = run(model_promotion_info.main, capsys, **CONNECTION, **args)
        assert server.writes == []
        return answer

    return call


def test_it_tells_who_is_champion_and_how_it_came_to_that(ask: Ask, server: FakeTraining) -> None:
    (fraud,) = ask(models=["fraud", "missing"])["models"]
    assert (fraud["champion"], fraud["former_champion"], fraud["candidate"]) == (1, None, 3)
    assert fraud["aliases"] == {"challenger": 3, "champion": 1}
    told = [
        (one["event"], one["from_version"], one["to_version"], one["by"], one["reason"], one["took_effect"])
        for one in fraud["decisions"]
    ]
    assert told == [
        ("promoted", None, 1, "ann", "", True),
        ("promoted", 1, 2, "ann", "weekly", True),
        ("rolled_back", 2, 1, "ann", "slow", True),
    ]
    assert fraud["decisions"][0]["gates"][0]["figure"] == 0.8
    assert server.reads == ["models", "versions"]


def test_all_models_are_read_when_none_is_named(ask: Ask) -> None:
    empty, fraud = ask()["models"]
    assert (empty["name"], empty["champion"], empty["decisions"]) == ("empty", None, [])
    assert fraud["name"] == "fraud"
    assert ask(models=[])["models"] == []


def test_another_alias_has_another_trail(ask: Ask) -> None:
    (fraud,) = ask(models=["fraud"], champion_alias="champion-eu", candidate_alias="champion")["models"]
    assert (fraud["champion"], fraud["candidate"], fraud["decisions"]) == (None, 1, [])


def test_check_mode_reads_as_well(ask: Ask) -> None:
    assert ask(_ansible_check_mode=True) == ask()


def test_a_server_that_does_not_answer_is_one_line(
    ask: Ask, server: FakeTraining, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(_names: object) -> t.NoReturn:
        raise ApiError("MLflow: cannot read the models: http://mlflow does not answer within 30 seconds")

    monkeypatch.setattr(server, "models", silent)
    answer = ask()
    assert (answer["failed"], answer["msg"].endswith("does not answer within 30 seconds")) == (True, True)
