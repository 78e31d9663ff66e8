# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The module model_rollout_info over a cluster in memory."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils._serving.rollouts import Rollouts
from ansible_collections.baremetal.mlops.plugins.module_utils._serving.wanted import Gates, Site, Wanted
from ansible_collections.baremetal.mlops.plugins.modules import model_rollout_info
from ansible_collections.baremetal.mlops.tests.unit.fakes.kserve import Behaviour, FakeServing
from ansible_collections.baremetal.mlops.tests.unit.fakes.mlflow import FakeMlflow
from ansible_collections.baremetal.mlops.tests.unit.fakes.modules import run

Ask = t.Callable[..., dict[str, t.Any]]


@pytest.fixture
def cluster() -> FakeServing:
    """Fraud has a champion, a challenger and a version that was rolled back."""
    registry, cluster = FakeMlflow(), FakeServing()
    registry.add_model("fraud", versions=3)
    registry.set_alias("fraud", "champion", 1)
    gates = Gates(max_error_rate=0.05, min_requests=20, window=10)
    wanted = Wanted(
        "fraud", model="fraud", host="f.example.com", model_format="mlflow", challenger="challenger", gates=gates
    )
    cluster.behaviour[2] = Behaviour(error_share=1)
    for challenger in (None, 2, 3):
        if challenger:
            registry.set_alias("fraud", "challenger", challenger)
        rollouts = Rollouts(registry, cluster, Site(), [wanted], clock=cluster)
        for step in rollouts.plan().steps:
            step.apply()
    cluster.writes.clear()
    return cluster


@pytest.fixture
def ask(cluster: FakeServing, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    monkeypatch.setattr(model_rollout_info, "ServingClient", lambda *_args, **_named: cluster)
    return lambda **args: run(model_rollout_info.main, capsys, kubeconfig="/unused", **args)


def test_it_tells_who_answers(ask: Ask, cluster: FakeServing) -> None:
    (fraud,) = ask()["models"]
    assert (fraud["champion"], fraud["candidate"], fraud["percent"], fraud["passed"]) == (1, 3, 10, 10)
    assert (fraud["host"], fraud["ready"], fraud["taken"], fraud["problem"]) == ("f.example.com", True, True, "")
    ((name, why),) = fraud["rolled_back"].items()
    assert name.startswith("fraud-v2-")
    assert why.startswith("version 2 at 10 % of the requests: ")
    assert cluster.writes == []


def test_only_what_is_asked_for_is_told(ask: Ask) -> None:
    assert [one["name"] for one in ask(models=["fraud", "missing"])["models"]] == ["fraud"]
    assert ask(models=[])["models"] == []
    assert ask(namespace="other")["models"] == []


def test_a_gateway_that_does_not_take_the_route_is_told(ask: Ask, cluster: FakeServing) -> None:
    cluster.route_problem = "NoMatchingParent"
    cluster.sleep(1)
    (fraud,) = ask()["models"]
    assert fraud["taken"] is False
    assert fraud["problem"] == "Gateway gateway/platform says NoMatchingParent: no message"


def test_check_mode_reads_as_well(ask: Ask) -> None:
    assert ask(_ansible_check_mode=True) == ask()


def test_without_kserve_one_line_says_so(ask: Ask, cluster: FakeServing) -> None:
    cluster.missing_kinds.add("InferenceService")
    assert ask()["msg"] == "InferenceService is no kind that the cluster knows"
