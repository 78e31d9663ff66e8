# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The module model_rollout over a registry and a cluster in memory."""

from __future__ import annotations

import dataclasses
import functools
import json
import typing as t

import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils._serving.rollouts import Rollouts
from ansible_collections.baremetal.mlops.plugins.modules import model_rollout
from ansible_collections.baremetal.mlops.tests.unit.fakes.kserve import Behaviour, FakeServing
from ansible_collections.baremetal.mlops.tests.unit.fakes.mlflow import FakeMlflow
from ansible_collections.baremetal.mlops.tests.unit.fakes.modules import run

SECRET = "s3cr3t-canary"
WHERE = {"kubeconfig": "/unused", "tracking_uri": "http://mlflow", "username": "ann", "password": SECRET}
GATES = {"max_error_rate": 0.05, "max_p99_ms": 100, "min_requests": 40, "window": 30, "timeout": 300}
FRAUD: dict[str, t.Any] = {"name": "fraud", "host": "fraud.example.com", "model_format": "mlflow"}
WATCHED: dict[str, t.Any] = {**FRAUD, "challenger": "challenger", "gates": GATES}


class Player:
    def __init__(self, registry: FakeMlflow, cluster: FakeServing, capsys: pytest.CaptureFixture[str]) -> None:
        self.registry, self.cluster = registry, cluster
        self._capsys = capsys

    def __call__(self, *models: dict[str, t.Any], **args: t.Any) -> dict[str, t.Any]:
        answer = run(model_rollout.main, self._capsys, **WHERE, models=list(models), **args)
        assert SECRET not in json.dumps(answer)
        return answer

    def as_predicted(self, *models: dict[str, t.Any]) -> dict[str, t.Any]:
        """Check mode writes nothing and says the same; a second run does nothing."""
        writes = list(self.cluster.writes)
        checked = self(*models, _ansible_check_mode=True, _ansible_diff=True)
        assert self.cluster.writes == writes
        real = self(*models, _ansible_diff=True)
        assert (checked["actions"], checked["diff"]) == (real["actions"], real["diff"])
        assert [_settled(one) for one in checked["models"]] == [_settled(one) for one in real["models"]]
        self.second(*models)
        return real

    def second(self, *models: dict[str, t.Any]) -> dict[str, t.Any]:
        writes = list(self.cluster.writes)
        answer = self(*models)
        assert (answer["changed"], answer["actions"], self.cluster.writes) == (False, [], writes)
        return answer

    def name(self, version: int, alias: str = "champion") -> None:
        self.registry.set_alias("fraud", alias, version)


def _settled(model: dict[str, t.Any]) -> dict[str, t.Any]:
    return {key: value for key, value in model.items() if key != "figures"}


def only(answer: dict[str, t.Any]) -> dict[str, t.Any]:
    (model,) = answer["models"]
    assert isinstance(model, dict)
    return model


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Player:
    registry, cluster = FakeMlflow(), FakeServing()
    registry.add_model("fraud", versions=4)
    registry.set_alias("fraud", "champion", 1)
    monkeypatch.setattr(model_rollout, "MlflowClient", lambda _connection: registry)
    monkeypatch.setattr(model_rollout, "ServingClient", lambda *_args, **_named: cluster)
    monkeypatch.setattr(model_rollout, "Rollouts", functools.partial(Rollouts, clock=cluster))
    return Player(registry, cluster, capsys)


@pytest.fixture
def served(play: Player) -> Player:
    """Version 1 serves, and there are clients."""
    play(WATCHED)
    play.cluster.sleep(60)
    play.cluster.writes.clear()
    return play


def no_request_was_lost(play: Player) -> bool:
    return play.cluster.lost == 0


def test_the_first_version_is_served_once_it_is_ready(play: Player) -> None:
    answer = play.as_predicted(FRAUD)
    (create, send) = answer["actions"]
    assert create.startswith("create InferenceService models/fraud-v1-")
    assert send == "send all requests for fraud to version 1"
    assert play.cluster.shares("fraud") == {1: 100}
    assert (only(answer)["champion"], only(answer)["promoted"], only(answer)["former_champion"]) == (1, True, None)
    assert only(answer)["url"] == "https://fraud.example.com/v2/models/fraud"
    play.cluster.sleep(60)
    assert no_request_was_lost(play)


def test_the_inference_service_is_what_kserve_takes(play: Player) -> None:
    play(
        {
            **FRAUD,
            "runtime": "mlflow",
            "min_replicas": 2,
            "max_replicas": 4,
            "scale_metric": "cpu",
            "scale_target": 70,
            "resources": {"limits": {"memory": "1Gi"}},
            "env": {"THREADS": "1"},
            "path": "model",
            "transformer": {"image": "registry.example.com/features:one", "arguments": ["--store", "feast"]},
        }
    )
    (service,) = [one for one in play.cluster.objects.values() if one["kind"] == "InferenceService"]
    assert service["metadata"]["annotations"]["serving.kserve.io/deploymentMode"] == "Standard"
    assert service["metadata"]["annotations"]["serving.kserve.io/autoscalerClass"] == "hpa"
    assert service["metadata"]["labels"]["networking.kserve.io/visibility"] == "cluster-local"
    predictor = service["spec"]["predictor"]
    assert predictor == {
        "minReplicas": 2,
        "maxReplicas": 4,
        "scaleMetric": "cpu",
        "scaleTarget": 70,
        "serviceAccountName": "models",
        "model": {
            "modelFormat": {"name": "mlflow"},
            "protocolVersion": "v2",
            "runtime": "mlflow",
            "storageUri": "s3://models/fraud/1/model",
            "env": [{"name": "MODEL_NAME", "value": "fraud"}, {"name": "THREADS", "value": "1"}],
            "resources": {"limits": {"memory": "1Gi"}},
        },
    }
    (container,) = service["spec"]["transformer"]["containers"]
    assert container["args"] == ["--store", "feast", "--model_name", "fraud"]
    route = play.cluster.route("fraud")
    assert route is not None
    assert route["spec"]["rules"][-1]["backendRefs"][0]["name"].endswith("-transformer")


def test_a_new_champion_gets_more_requests_step_by_step(served: Player) -> None:
    served.name(2)
    seen: list[dict[int, int]] = []
    served.cluster.before = lambda _request: seen.append(served.cluster.shares("fraud"))
    answer = served(WATCHED, _ansible_diff=True)
    assert [line.split(" models/")[0] for line in answer["actions"]] == [
        "create InferenceService",
        "send 10 % of the requests for fraud to version 2",
        "send 50 % of the requests for fraud to version 2",
        "send 100 % of the requests for fraud to version 2",
        "make version 2 champion of fraud",
        "delete InferenceService",
    ]
    steps = [shares for number, shares in enumerate(seen) if number == 0 or shares != seen[number - 1]]
    assert steps == [{1: 100}, {1: 90, 2: 10}, {1: 50, 2: 50}, {2: 100}]
    model = only(answer)
    assert (model["champion"], model["former_champion"], model["promoted"]) == (2, 1, True)
    assert [(one["percent"], one["outcome"]) for one in model["figures"]] == [
        (10, "passed"),
        (50, "passed"),
        (100, "passed"),
    ]
    assert all(one["requests"] >= GATES["min_requests"] and one["error_rate"] == 0 for one in model["figures"])
    assert answer["diff"]["before"]["models"]["fraud"]["champion"] == 1
    assert answer["diff"]["after"]["models"]["fraud"]["champion"] == 2
    assert no_request_was_lost(served)
    assert served.cluster.versions("fraud") == [2]
    served.second(WATCHED)


def test_check_mode_predicts_a_rollout(served: Player) -> None:
    served.name(2)
    served.as_predicted(WATCHED)


def test_a_version_that_fails_is_rolled_back_by_its_error_rate(served: Player) -> None:
    served.name(2)
    served.cluster.behaviour[2] = Behaviour(error_share=0.5)
    answer = served(WATCHED)
    assert answer["failed"] is True
    assert answer["msg"].startswith("fraud: rolled back to version 1: version 2 at 10 % of the requests: ")
    assert answer["msg"].endswith("allowed is 0.05")
    assert answer["actions"][1] == "send 10 % of the requests for fraud to version 2"
    assert answer["actions"][2].startswith("send all requests for fraud to version 1 again: version 2 at 10 %")
    assert answer["actions"][3].startswith("delete InferenceService models/fraud-v2-")
    assert len(answer["actions"]) == 4
    model = only(answer)
    assert (model["champion"], model["rolled_back"], model["figures"][0]["outcome"]) == (1, True, "failed")
    assert served.cluster.shares("fraud") == {1: 100}
    assert served.cluster.versions("fraud") == [1]
    assert no_request_was_lost(served)
    # Not more failed than the share that it had: it was decided as soon as it was clear.
    assert served.cluster.failed[1] == 0
    again = served.second(WATCHED)
    assert (again["failed"], only(again)["refused"]) == (True, True)
    assert "version 2 was rolled back: version 2 at 10 %" in again["msg"]


def test_a_slow_version_is_rolled_back_by_its_p99(served: Player) -> None:
    served.name(2)
    served.cluster.behaviour[2] = Behaviour(seconds=0.2)
    answer = served(WATCHED)
    assert "the 99th percentile of" in answer["msg"]
    assert only(answer)["figures"][0]["p99_ms"] == 250


def test_a_rollback_need_not_be_a_failure(served: Player) -> None:
    served.name(2)
    served.cluster.behaviour[2] = Behaviour(error_share=0.5)
    answer = served(WATCHED, fail_on_rollback=False)
    assert (answer.get("failed"), only(answer)["rolled_back"], only(answer)["champion"]) == (None, True, 1)
    assert len(answer["actions"]) == 4
    again = served(WATCHED, fail_on_rollback=False)
    assert (again["changed"], only(again)["refused"]) == (False, True)


def test_what_was_rolled_back_can_be_tried_again_on_request(served: Player) -> None:
    served.name(2)
    served.cluster.behaviour[2] = Behaviour(error_share=0.5)
    served(WATCHED)
    served.cluster.behaviour.clear()
    assert only(served({**WATCHED, "allow_rolled_back": True}))["champion"] == 2
    served.second(WATCHED)


def test_other_settings_of_a_version_are_another_rollout(served: Player) -> None:
    changed = {**WATCHED, "resources": {"limits": {"memory": "2Gi"}}}
    answer = served(changed)
    assert answer["actions"][1] == "send 10 % of the requests for fraud to version 1"
    assert no_request_was_lost(served)
    served.second(changed)


def test_the_number_of_pods_changes_in_place(served: Player) -> None:
    (action,) = served.as_predicted({**WATCHED, "min_replicas": 2, "max_replicas": 2})["actions"]
    assert action.startswith("change InferenceService models/fraud-v1-")


def test_a_challenger_keeps_its_part_until_it_is_champion(served: Player) -> None:
    served.name(2, "challenger")
    answer = served(WATCHED)
    assert answer["actions"][1:] == [
        "send 10 % of the requests for fraud to version 2",
        "note that version 2 of fraud passed at 10 %",
    ]
    model = only(answer)
    assert (model["champion"], model["candidate"], model["percent"], model["promoted"]) == (1, 2, 10, False)
    served.second(WATCHED)
    start = dict(served.cluster.answered)
    served.cluster.sleep(50)
    assert served.cluster.answered[2] - start[2] == 100
    served.name(2)
    promoted = served(WATCHED)
    assert promoted["actions"][:3] == [
        "send 50 % of the requests for fraud to version 2",
        "send 100 % of the requests for fraud to version 2",
        "make version 2 champion of fraud",
    ]
    assert no_request_was_lost(served)
    served.second(WATCHED)


def test_a_challenger_without_its_alias_gets_no_requests(served: Player) -> None:
    served.name(2, "challenger")
    served(WATCHED)
    served.registry.delete_alias("fraud", "challenger")
    answer = served.as_predicted(WATCHED)
    assert answer["actions"][0] == "send all requests for fraud to version 1 again"
    assert served.cluster.versions("fraud") == [1]
    assert no_request_was_lost(served)


def test_a_bad_challenger_is_rolled_back(served: Player) -> None:
    served.name(3, "challenger")
    served.cluster.behaviour[3] = Behaviour(error_share=1)
    assert "version 3 at 10 % of the requests" in served(WATCHED)["msg"]
    assert served.cluster.shares("fraud") == {1: 100}
    # Its own share, until it was clear.
    assert served.cluster.failed[3] < 40


def test_a_shadow_runs_without_requests(served: Player) -> None:
    wanted = {**WATCHED, "shadow": "shadow"}
    served.name(3, "shadow")
    answer = served.as_predicted(wanted)
    assert [line.split("-")[1] for line in answer["actions"]] == ["v3"]
    assert only(answer)["shadow"] == 3
    assert only(answer)["shadow_service"].startswith("fraud-v3-")
    assert served.cluster.shares("fraud") == {1: 100}


def test_without_enough_requests_nothing_is_decided(served: Player) -> None:
    served.cluster.per_second = 1
    served.name(2)
    answer = served(WATCHED)
    assert "nothing can be said of version 2: 29 of 40 requests came within 300 s" in answer["msg"]
    assert served.cluster.shares("fraud") == {1: 90, 2: 10}
    served.cluster.per_second = 20
    resumed = served(WATCHED)
    assert resumed["actions"][0] == "send 50 % of the requests for fraud to version 2"
    assert only(resumed)["champion"] == 2
    assert no_request_was_lost(served)


def test_a_candidate_whose_pods_die_is_rolled_back(served: Player) -> None:
    served.name(2)
    served.cluster.behaviour[2] = Behaviour(fault="oom", fails_at=served.cluster.now + 40)
    answer = served(WATCHED)
    assert "it is not ready any more: container kserve-container of pod fraud-v2-" in answer["msg"]
    assert "OOMKilled" in answer["msg"]
    assert served.cluster.shares("fraud") == {1: 100}


CAUSES = {
    "corrupt": "ended with 1: _pickle.UnpicklingError: invalid load key",
    "missing": "container storage-initializer of pod",
    "oom": "was killed because it needs more memory than its limit (OOMKilled)",
    "unschedulable": "finds no node: 0/3 nodes are available: 3 Insufficient memory.",
    "invalid": "specified runtime triton does not support specified framework/version",
}


@pytest.mark.parametrize("fault", CAUSES)
def test_a_version_that_cannot_start_gets_no_requests_and_the_cause_is_told(served: Player, fault: str) -> None:
    served.name(2)
    served.cluster.behaviour[2] = Behaviour(fault=fault)
    answer = served(WATCHED)
    (line,) = [one["msg"] for one in answer["failures"]]
    assert "fraud: InferenceService models/fraud-v2-" in line
    assert CAUSES[fault] in line
    assert line.endswith("; version 1 serves on")
    assert "\n" not in line
    assert served.cluster.shares("fraud") == {1: 100}
    assert no_request_was_lost(served)
    # It is left as it is to be looked at: the next run writes nothing and says the same.
    writes = list(served.cluster.writes)
    again = served(WATCHED)
    assert served.cluster.writes == writes
    assert CAUSES[fault] in again["msg"]
    assert again["actions"] == []
    # Another version puts it away.
    served.name(3)
    assert only(served(WATCHED))["champion"] == 3
    assert served.cluster.versions("fraud") == [3]


BAD: dict[str, tuple[t.Callable[[Player], object], dict[str, t.Any], str]] = {
    "no model": (lambda _play: None, {"model": "fruad"}, "fraud: there is no registered model fruad"),
    "no alias": (
        lambda _play: None,
        {"champion": "best"},
        "fraud: no version of model fraud has the alias best",
    ),
    "archived": (
        lambda play: play.registry.archive_version("fraud", 1),
        {},
        "fraud: version 1 (champion) of model fraud is archived: restore it, or give the alias another version",
    ),
    "a file": (
        lambda play: set_source(play, 1, "file:///tmp/model"),
        {},
        "fraud: version 1 (champion) of model fraud lies at 'file:///tmp/model', which pods cannot read",
    ),
    "a proxy": (
        lambda play: set_source(play, 1, "mlflow-artifacts:/1/abc/artifacts/model"),
        {},
        "fraud: version 1 (champion) of model fraud lies behind MLflow's proxy",
    ),
    "a way up": (
        lambda play: set_source(play, 1, "s3://models/../secrets"),
        {},
        "which pods cannot read",
    ),
    "webhook refuses": (
        lambda play: setattr(play.cluster, "webhook", "refuses"),
        {},
        "denied the request: no",
    ),
}


def set_source(play: Player, version: int, source: str) -> None:
    found = play.registry.version_by_number["fraud"]
    found[version] = dataclasses.replace(found[version], source=source)


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_served_is_said_before_anything_is_written(play: Player, case: str) -> None:
    prepare, options, said = BAD[case]
    prepare(play)
    for check in (True, False):
        answer = play({**FRAUD, **options}, _ansible_check_mode=check)
        assert (answer["failed"], answer["changed"]) == (True, False)
        assert said in answer["msg"]
        assert "\n" not in answer["msg"]
    assert play.cluster.writes == []


def test_a_host_of_another_route_is_refused(served: Player) -> None:
    served.registry.add_model("other", versions=1)
    served.registry.set_alias("other", "champion", 1)
    other = {**FRAUD, "name": "other"}
    answer = served(WATCHED, {**other, "host": "other.example.com"}, other)
    assert answer["msg"] == "models: named more than once: other"
    answer = served(WATCHED, other)
    assert answer["msg"] == "hosts: named more than once: fraud.example.com"
    answer = served(other)
    assert answer["msg"] == "other: host fraud.example.com is taken by HTTPRoute models/fraud"


def test_what_the_proxy_of_mlflow_keeps_is_found_below_the_declared_root(play: Player) -> None:
    set_source(play, 1, "mlflow-artifacts:/1/abc/artifacts/model")
    play(FRAUD, artifact_root="s3://mlflow/")
    (service,) = [one for one in play.cluster.objects.values() if one["kind"] == "InferenceService"]
    assert service["spec"]["predictor"]["model"]["storageUri"] == "s3://mlflow/1/abc/artifacts/model"


def test_a_webhook_that_is_down_is_waited_for_and_then_told(served: Player) -> None:
    served.name(2)
    served.cluster.webhook = "down"
    answer = served({**WATCHED, "ready_timeout": 20})
    assert "failed calling webhook" in answer["msg"]
    assert answer["msg"].endswith("version 1 serves on")
    assert served.cluster.shares("fraud") == {1: 100}


def test_a_route_that_the_gateway_does_not_take_is_put_back(served: Player) -> None:
    served.name(2)
    served.cluster.route_problem = "NotAllowedByListeners"
    answer = served(WATCHED)
    assert "HTTPRoute models/fraud is not taken by the gateway: Gateway gateway/platform says" in answer["msg"]
    assert served.cluster.shares("fraud") == {1: 100}


def test_without_kserve_one_line_says_so(play: Player) -> None:
    play.cluster.missing_kinds.add("InferenceService")
    assert play(FRAUD)["msg"] == "InferenceService is no kind that the cluster knows"


def test_one_model_that_fails_does_not_hold_up_the_others(play: Player) -> None:
    play.registry.add_model("churn", versions=1)
    play.registry.set_alias("churn", "champion", 1)
    broken = {**FRAUD, "name": "broken", "host": "broken.example.com"}
    answer = play(broken, {**FRAUD, "name": "churn"})
    assert answer["failures"] == [{"item": "broken", "msg": "broken: there is no registered model broken"}]
    assert play.cluster.shares("churn") == {1: 100}


def test_an_absent_model_has_neither_a_route_nor_pods(served: Player) -> None:
    answer = served.as_predicted({"name": "fraud", "state": "absent"})
    assert [line.split(" models/")[0] for line in answer["actions"]] == ["delete HTTPRoute", "delete InferenceService"]
    assert served.cluster.objects == {}
    assert only(answer)["champion"] is None


def test_drift_of_the_route_is_repaired(served: Player) -> None:
    route = served.cluster.route("fraud")
    assert route is not None
    route["spec"]["hostnames"] = ["elsewhere.example.com"]
    assert served.as_predicted(WATCHED)["actions"] == ["change HTTPRoute models/fraud"]


def test_a_route_of_somebody_else_is_left_alone(served: Player) -> None:
    route = served.cluster.route("fraud")
    assert route is not None
    route["metadata"]["annotations"] = {}
    answer = served(WATCHED)
    assert "HTTPRoute models/fraud is not from this module" in answer["msg"]
    assert served.cluster.writes == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"name": "Fraud"}, "small letters, digits and dashes"),
        ({"name": "x" * 29}, "1 to 28"),
        ({"model": "a/b"}, "cannot hold / or :"),
        ({"champion": "latest"}, "keeps the alias latest to itself"),
        ({"challenger": "champion"}, "have to be different aliases"),
        ({"host": "no_name"}, "host: it must be a name such as"),
        ({"host": "a.example.com\nb"}, "host: it must be a name such as"),
        ({"path": "../secret"}, "path: it must lead from the version's artifacts down"),
        ({"env": {"a b": "1"}}, "is no name of a variable"),
        ({"steps": [10, 100]}, "without gates nothing is watched"),
        ({"steps": [50, 10], "gates": GATES}, "they have to rise"),
        ({"steps": [10, 50], "gates": GATES}, "they have to rise"),
        ({"gates": {"min_requests": 1}}, "give max_error_rate, max_p99_ms or both"),
        ({"gates": {"max_error_rate": 1.5}}, "share from 0 to less than 1"),
        ({"gates": {"max_p99_ms": 1, "timeout": 5}}, "shorter than window"),
        ({"gates": {"max_p99_ms": float("nan")}}, "must be above 0"),
        ({"challenger_percent": 100}, "from 1 to 99"),
        ({"min_replicas": 0}, "from 1 to max_replicas"),
        ({"min_replicas": 3, "max_replicas": 2}, "from 1 to max_replicas"),
        ({"scale_metric": "cpu"}, "nothing to scale"),
    ],
)
def test_wrong_options_are_refused_without_asking_anybody(play: Player, options: dict[str, t.Any], said: str) -> None:
    answer = play({**FRAUD, **options})
    assert answer["failed"] is True
    assert said in answer["msg"]
    assert "\n" not in answer["msg"]
    assert (play.cluster.requests, play.registry.reads) == ([], [])


def test_an_optional_model_waits_for_its_first_version(play: Player) -> None:
    wanted = {**FRAUD, "champion": "best", "optional": True}
    assert only(play.second(wanted))["reason"] == "nothing is served"
    play.name(2, "best")
    assert only(play.as_predicted(wanted))["champion"] == 2
    play.registry.delete_alias("fraud", "best")
    assert only(play.second(wanted))["champion"] == 2


def test_champion_and_challenger_come_in_one_run(play: Player) -> None:
    play.name(2, "challenger")
    play.cluster.sleep(1)
    # Nobody asks before anything is served, so that the gates need requests that come later.
    actions = play({**WATCHED, "gates": {**GATES, "min_requests": 1}})["actions"]
    assert [line.split("-")[0] for line in actions] == [
        "create InferenceService models/fraud",
        "send all requests for fraud to version 1",
        "create InferenceService models/fraud",
        "send 10 % of the requests for fraud to version 2",
        "note that version 2 of fraud passed at 10 %",
    ]
    play.second(WATCHED)


def test_a_challenger_that_cannot_start_does_not_hold_up_the_champion(served: Player) -> None:
    served.name(2)
    served.name(3, "challenger")
    served.cluster.behaviour[3] = Behaviour(fault="oom")
    answer = served(WATCHED)
    assert only(answer)["champion"] == 2
    assert "OOMKilled" in answer["msg"]
    assert answer["failures"][0]["item"] == "fraud.challenger"
    assert served.cluster.shares("fraud") == {2: 100}
    assert served.cluster.versions("fraud") == [2, 3]
