# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Rollouts in the fake that unit tests trust, and on a real API server: stopped anywhere, and two at once."""

from __future__ import annotations

import contextlib
import typing as t

import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._serving.rollouts import Rollouts, info
from ansible_collections.baremetal.mlops.plugins.module_utils._serving.wanted import Component, Gates, Site, Wanted
from ansible_collections.baremetal.mlops.tests.unit.fakes.kserve import Behaviour, FakeServing, Killed
from ansible_collections.baremetal.mlops.tests.unit.fakes.mlflow import FakeMlflow
from tests.integration.serving.played import PlayedServing, remove_all

if t.TYPE_CHECKING:
    from tests.integration.serving.conftest import Start
    from tests.services import Cluster

FRAUD = Wanted(
    "fraud",
    model="fraud",
    host="fraud.example.com",
    model_format="mlflow",
    runtime="mlflow",
    challenger="challenger",
    steps=(10, 100),
    gates=Gates(max_error_rate=0.05, max_p99_ms=100, min_requests=20, window=10, timeout=300),
)
# On the real server every so many requests are enough to find a place where it hurts.
STRIDE = {FakeServing: 1, PlayedServing: 3}


def registry(champion: int = 1) -> FakeMlflow:
    found = FakeMlflow()
    found.add_model("fraud", versions=3)
    found.set_alias("fraud", "champion", champion)
    return found


def play(cluster: FakeServing, models: FakeMlflow, wanted: Wanted = FRAUD) -> tuple[list[str], list[str]]:
    """What was done, and what failed."""
    done: list[str] = []
    rollouts = Rollouts(models, cluster, Site(), [wanted], clock=cluster)
    plan = rollouts.plan()
    failed = [failure.msg for failure in plan.failures]
    stopped: list[tuple[str, ...]] = []
    for step in plan.steps:
        if any(step.item[: len(item)] == item for item in stopped):
            continue
        try:
            answer = step.apply()
        except ItemError as exc:
            failed.append(exc.msg)
            stopped.append(step.item)
            continue
        done += getattr(answer, "actions", [step.summary])
        if getattr(answer, "failure", ""):
            failed.append(answer.failure)  # type: ignore[attr-defined]
            stopped.append(step.item)
    return done, failed


def served(start: Start) -> FakeServing:
    """Version 1 gets all requests."""
    cluster = start()
    assert play(cluster, registry())[1] == []
    cluster.sleep(30)
    cluster.requests.clear()
    return cluster


def settled(cluster: FakeServing, models: FakeMlflow, version: int, wanted: Wanted = FRAUD) -> None:
    """One version serves, nothing else is left, nobody was left without an answer, and there is nothing to do."""
    assert cluster.shares("fraud") == {version: 100}
    assert cluster.versions("fraud") == [version]
    assert cluster.lost == 0
    writes = list(cluster.writes)
    assert play(cluster, models, wanted)[0] == []
    assert cluster.writes == writes


def test_a_version_is_rolled_out_and_then_there_is_nothing_to_do(start: Start) -> None:
    cluster, models = served(start), registry(2)
    done, failed = play(cluster, models)
    assert failed == []
    assert [line.split("-v2")[0] for line in done] == [
        "create InferenceService models/fraud",
        "send 10 % of the requests for fraud to version 2",
        "send 100 % of the requests for fraud to version 2",
        "make version 2 champion of fraud",
        done[-1],
    ]
    settled(cluster, models, 2)
    (told,) = info(cluster, Site(), None)
    assert (told["champion"], told["ready"], told["taken"]) == (2, True, True)


def test_all_settings_are_taken(start: Start) -> None:
    part = Component("registry.example.com/part:one", ("--a", "b"), {"A": "1"}, {"limits": {"memory": "1Gi"}}, 1, 2)
    wanted = Wanted(
        **{
            **vars(FRAUD),
            "env": {"A": "1"},
            "arguments": ["--workers", "2"],
            "resources": {"requests": {"cpu": "1"}, "limits": {"memory": "1Gi"}},
            "min_replicas": 1,
            "max_replicas": 3,
            "scale_metric": "cpu",
            "scale_target": 60,
            "transformer": part,
            "explainer": part,
            "path": "model",
        }
    )
    cluster, models = start(), registry()
    assert play(cluster, models, wanted)[1] == []
    cluster.sleep(30)
    settled(cluster, models, 1, wanted)
    more = Wanted(**{**vars(wanted), "max_replicas": 5})
    (action,) = play(cluster, models, more)[0]
    assert action.startswith("change InferenceService models/fraud-v1-")
    settled(cluster, models, 1, more)


def test_a_bad_version_is_rolled_back_and_not_tried_again(start: Start) -> None:
    cluster, models = served(start), registry(2)
    cluster.behaviour[2] = Behaviour(error_share=1)
    done, failed = play(cluster, models)
    assert done[-2].startswith("send all requests for fraud to version 1 again: version 2 at 10 % of the requests")
    assert failed[0].startswith("fraud: rolled back to version 1")
    settled(cluster, models, 1)


@pytest.mark.parametrize("bad", [False, True], ids=["good", "bad"])
def test_a_run_that_is_killed_before_any_request_is_taken_up_by_the_next(start: Start, bad: bool) -> None:
    whole = served(start)
    whole.behaviour[2] = Behaviour(error_share=1 if bad else 0)
    play(whole, registry(2))
    requests = len(whole.requests)
    assert requests > 20
    for number in range(0, requests, STRIDE[type(whole)]):
        cluster, models = served(start), registry(2)
        cluster.behaviour[2] = Behaviour(error_share=1 if bad else 0)

        def kill(_request: str, cluster: FakeServing = cluster, number: int = number) -> None:
            if len(cluster.requests) == number:
                raise Killed

        cluster.before = kill
        with pytest.raises(Killed):
            play(cluster, models)
        cluster.before = lambda _request: None
        # Nobody looks after it for a while: who served serves on.
        cluster.sleep(20)
        assert cluster.lost == 0, f"killed before {whole.requests[number]}"
        play(cluster, models)
        settled(cluster, models, 1 if bad else 2)


@pytest.mark.parametrize("bad", [False, True], ids=["good", "bad"])
def test_of_two_runs_at_once_none_harms_the_other(start: Start, bad: bool) -> None:
    """One runs as a whole in the middle of the other, before each of its requests in turn."""
    whole = served(start)
    whole.behaviour[2] = Behaviour(error_share=1 if bad else 0)
    play(whole, registry(2))
    requests = list(whole.requests)
    for number in range(0, len(requests), STRIDE[type(whole)]):
        cluster, models = served(start), registry(2)
        cluster.behaviour[2] = Behaviour(error_share=1 if bad else 0)

        def meanwhile(_request: str, cluster: FakeServing = cluster, number: int = number) -> None:
            if len(cluster.requests) == number:
                cluster.before = lambda _request: None
                play(cluster, registry(2))

        cluster.before = meanwhile
        play(cluster, models)
        assert cluster.lost == 0, f"before {requests[number]}"
        # What one of them left is put away by the next run.
        play(cluster, models)
        settled(cluster, models, 1 if bad else 2)


def test_another_run_that_went_another_way_stops_this_one(start: Start) -> None:
    cluster, models = served(start), registry(2)
    seen: list[str] = []

    def meanwhile(request: str) -> None:
        if request.startswith("apply HTTPRoute") and not seen:
            seen.append(request)
            cluster.before = lambda _request: None
            play(cluster, registry(3))

    cluster.before = meanwhile
    _done, failed = play(cluster, models)
    assert failed == [
        "HTTPRoute models/fraud was changed by another run at the same time: nothing more is done, run again"
    ]
    assert cluster.shares("fraud") == {3: 100}
    assert cluster.lost == 0


def test_what_another_run_serves_meanwhile_is_not_taken_away(start: Start) -> None:
    """The alias goes back to the former version while the run that replaced it is about to delete that."""
    cluster, models = served(start), registry(2)
    seen: list[str] = []

    def meanwhile(request: str) -> None:
        if cluster.shares("fraud") == {2: 100} and not seen:
            route = cluster.route("fraud")
            if route and '"candidate": null' in route["metadata"]["annotations"]["baremetal.mlops/rollout"]:
                seen.append(request)
                cluster.before = lambda _request: None
                play(cluster, registry(1))

    cluster.before = meanwhile
    play(cluster, models)
    assert seen
    assert cluster.lost == 0
    assert cluster.shares("fraud") == {1: 100}
    play(cluster, registry(1))
    settled(cluster, registry(1), 1)


def test_a_model_is_taken_away_whatever_interrupts_it(start: Start) -> None:
    gone = Wanted("fraud", present=False)
    whole = served(start)
    assert len(play(whole, registry(), gone)[0]) == 2
    for number in range(len(whole.requests)):
        cluster = served(start)

        def kill(_request: str, cluster: FakeServing = cluster, number: int = number) -> None:
            if len(cluster.requests) == number:
                raise Killed

        cluster.before = kill
        with contextlib.suppress(Killed):
            play(cluster, registry(), gone)
        cluster.before = lambda _request: None
        play(cluster, registry(), gone)
        assert cluster.objects == {}


def test_what_the_server_accounts_for_is_what_is_told(serving_server: Cluster) -> None:
    """The API server's own account of writes, over a second run."""
    remove_all(serving_server)
    cluster, models = PlayedServing(serving_server), registry()
    done, _failed = play(cluster, models)
    writes = [line for line in serving_server.writes() if "fraud" in line]
    assert len(done) == 2
    assert writes[-2].startswith("patch inferenceservices/fraud-v1-")
    assert writes[-1] == "patch httproutes/fraud"
    play(cluster, models)
    assert [line for line in serving_server.writes() if "fraud" in line] == writes
    remove_all(serving_server)
