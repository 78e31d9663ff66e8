# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The module model_promotion over a server in memory."""

from __future__ import annotations

import json
import math
import typing as t

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.baremetal.mlops.plugins.modules import model_promotion
from ansible_collections.baremetal.mlops.tests.unit.fakes.mlflow_promotion import FakeTraining
from ansible_collections.baremetal.mlops.tests.unit.fakes.modules import four_claims, run

SECRET = "s3cr3t-canary"
CONNECTION = {"tracking_uri": "http://mlflow", "username": "ann", "password": SECRET}
AUC: dict[str, t.Any] = {"name": "auc", "kind": "threshold", "metric": "auc", "min": 0.8}
BETTER: dict[str, t.Any] = {
    "name": "better",
    "kind": "regression",
    "metric": "auc",
    "better": "higher",
    "max_drop": 0.01,
}
DATA: dict[str, t.Any] = {"name": "data", "kind": "data_quality", "checks": [{"metric": "rows", "min": 1000}]}
P99: dict[str, t.Any] = {"name": "p99", "kind": "latency", "samples_metric": "seconds", "max": 0.05}
FAIR: dict[str, t.Any] = {"name": "fair", "kind": "bias", "prefix": "rate.", "min_ratio": 0.8}
ALL = [AUC, BETTER, DATA, P99, FAIR]
GOOD: dict[str, t.Any] = {"auc": 0.9, "rows": 5000, "seconds": [0.01] * 100, "rate.a": 0.5, "rate.b": 0.45}
RECORD = "record the promotion of version {} of model fraud"
ALIAS = "set alias champion of model fraud to version {}"


class Player:
    def __init__(self, server: FakeTraining, capsys: pytest.CaptureFixture[str]) -> None:
        self.server = server
        self._capsys = capsys

    def __call__(self, *models: dict[str, t.Any], **args: t.Any) -> dict[str, t.Any]:
        answer = run(model_promotion.main, self._capsys, **CONNECTION, models=list(models), **args)
        assert SECRET not in json.dumps(answer)
        return answer

    def four_claims(self, *models: dict[str, t.Any]) -> list[str]:
        return four_claims(model_promotion.main, self._capsys, **CONNECTION, models=list(models))

    def refused(self, *models: dict[str, t.Any], **args: t.Any) -> dict[str, t.Any]:
        """Refused with and without check mode alike; nothing is written."""
        writes = list(self.server.writes)
        checked = self(*models, _ansible_check_mode=True, **args)
        real = self(*models, **args)
        assert self.server.writes == writes
        assert {**real, "invocation": 0} == {**checked, "invocation": 0}
        return real


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Player:
    server = FakeTraining()
    monkeypatch.setattr(model_promotion, "MlflowClient", lambda _connection: server)
    return Player(server, capsys)


def fraud(*gates: dict[str, t.Any], **options: t.Any) -> dict[str, t.Any]:
    return {"name": "fraud", "gates": list(gates), **options}


def only(answer: dict[str, t.Any]) -> dict[str, t.Any]:
    (model,) = answer["models"]
    assert isinstance(model, dict)
    return model


def challenge(play: Player, **metrics: t.Any) -> int:
    version = play.server.train("fraud", **{**GOOD, **metrics})
    play.server.set_alias("fraud", "challenger", version)
    play.server.writes.clear()
    return version


def test_the_first_candidate_that_passes_becomes_champion(play: Player) -> None:
    challenge(play)
    assert play.four_claims(fraud(*ALL)) == [RECORD.format(1), ALIAS.format(1)]
    assert play.server.writes == ["set_version_tag fraud 1", "set_alias fraud"]


def test_the_next_one_replaces_it_and_all_figures_are_told(play: Player) -> None:
    challenge(play)
    play(fraud(*ALL))
    challenge(play, auc=0.95)
    checked = play(fraud(*ALL), _ansible_check_mode=True)
    assert play.server.writes == []
    answer = play(fraud(*ALL), _ansible_diff=True)
    assert answer["models"] == checked["models"]
    assert answer["diff"] == {"before": {"champions": {"fraud": 1}}, "after": {"champions": {"fraud": 2}}}
    model = only(answer)
    assert (model["champion"], model["former_champion"], model["promoted"], model["refused"]) == (2, 1, True, False)
    assert model["reason"] == "version 2 passes all gates (5)"
    assert {gate["name"]: gate["figure"] for gate in model["gates"]} == {
        "auc": 0.95,
        "better": -0.05,
        "data": 0,
        "p99": 0.01,
        "fair": 0.9,
    }


def test_a_champion_is_not_judged_again_and_costs_one_request(play: Player) -> None:
    challenge(play)
    play(fraud(*ALL))
    play.server.reads.clear()
    answer = play(fraud(*ALL, {**AUC, "name": "harder", "min": 0.99}))
    assert (answer["changed"], only(answer)["reason"]) == (False, "version 1 is champion already")
    assert (only(answer)["gates"], only(answer)["promoted"]) == ([], False)
    assert play.server.reads == ["models"]


def test_many_models_are_read_in_lists(play: Player) -> None:
    for number in range(30):
        play.server.train(f"m{number}", **GOOD)
    wanted = [{"name": f"m{number}", "candidate": "1", "gates": ALL} for number in range(30)]
    assert len(play.four_claims(*wanted)) == 60
    play.server.reads.clear()
    assert play(*wanted)["changed"] is False
    assert play.server.reads == ["models"]


@pytest.mark.parametrize(
    ("metrics", "gate", "reason"),
    [
        ({"auc": 0.7}, AUC, "auc is 0.7, below 0.8"),
        ({"auc": math.nan}, AUC, "auc of version 2 is not a number (NaN)"),
        ({"auc": 0.88}, BETTER, "auc is 0.88, worse by 0.02 compared with version 1 (0.9); allowed is a drop of 0.01"),
        ({"rows": 10}, DATA, "1 of 1 checks fail: rows is 10, below 1000"),
        ({"seconds": [9.0] * 99}, P99, "too few samples: 99 of at least 100"),
        ({"seconds": [9.0] * 100}, P99, "the 99th percentile of seconds is 9, above 0.05"),
        ({"rate.a": 0.1}, FAIR, "between a and b the ratio is 0.2222222222222222, below 0.8"),
    ],
)
def test_a_candidate_that_fails_one_gate_is_refused(
    play: Player, metrics: dict[str, t.Any], gate: dict[str, t.Any], reason: str
) -> None:
    challenge(play)
    play(fraud(*ALL))
    challenge(play, **metrics)
    only_gate = fraud(gate)
    answer = play.refused(only_gate)
    assert (answer["failed"], answer["changed"]) == (True, False)
    assert answer["msg"] == f"fraud: version 2 fails 1 of 1 gates: {gate['name']}: {reason}"
    assert answer["failures"] == [{"item": "fraud", "msg": answer["msg"]}]
    model = only(answer)
    assert (model["champion"], model["refused"], model["promoted"]) == (1, True, False)
    assert [(told["passed"], told["reason"]) for told in model["gates"]] == [(False, reason)]
    assert len(only(play.refused(fraud(*ALL)))["gates"]) == 5


def test_the_others_go_on_when_one_is_refused(play: Player) -> None:
    challenge(play, auc=0.1)
    play.server.train("churn", auc=0.9)
    answer = play(fraud(AUC), {"name": "churn", "candidate": "1", "gates": [AUC]}, {"name": "none", "gates": [AUC]})
    assert (answer["failed"], answer["changed"]) == (True, True)
    assert [failure["item"] for failure in answer["failures"]] == ["fraud", "none"]
    assert [model["champion"] for model in answer["models"]] == [None, 1, None]


def test_a_refusal_can_be_a_result_like_others(play: Player) -> None:
    challenge(play, auc=0.1)
    answer = play.refused(fraud(AUC), fail_on_refusal=False)
    assert (answer.get("failed", False), answer["changed"], only(answer)["refused"]) == (False, False, True)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"candidate": "canary"}, "fraud: no version has the alias canary"),
        ({"candidate": "9"}, "fraud: there is no version 9"),
        ({"name": "other"}, "other: there is no such registered model"),
    ],
)
def test_what_is_not_there_is_said(play: Player, options: dict[str, t.Any], said: str) -> None:
    challenge(play)
    answer = play.refused(fraud(AUC, **options))
    assert (answer["msg"], only(answer)["reason"], only(answer)["gates"]) == (said, said, [])


def test_an_archived_candidate_is_refused(play: Player) -> None:
    challenge(play)
    play.server.archive_version("fraud", 1)
    assert play.refused(fraud(AUC))["msg"] == "fraud: version 1 is archived"


def test_figures_of_tags_and_of_the_caller(play: Player) -> None:
    play.server.add_model("fraud")
    play.server.add_version("fraud", tags={"schema": "true"})
    schema = {"name": "schema", "kind": "threshold", "source": "tag", "metric": "schema", "min": 1}
    live = {"name": "live", "kind": "regression", "source": "given", "metric": "m", "better": "higher", "max_drop": 0}
    by_run = play.refused(fraud(AUC, candidate="1"))
    assert "no run of version 1 is there to take figures from" in by_run["msg"]
    assert play.four_claims(fraud(schema, live, candidate="1", figures={"m": 0.5})) != []
    play.server.add_version("fraud", tags={"schema": "true"})
    worse = fraud(schema, live, candidate="2", figures={"m": 0.5}, champion_figures={"m": 0.6})
    assert "m is 0.5, worse by 0.1 compared with version 1 (0.6)" in play.refused(worse)["msg"]
    missing = fraud(live, candidate="2", figures={"m": 0.5})
    assert "no figure m is given for version 1" in play.refused(missing)["msg"]
    assert play.four_claims({**worse, "champion_figures": {"m": "0.5"}}) == [RECORD.format(2), ALIAS.format(2)]
    assert "run" not in play.server.reads[1:]


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (fraud(), "models: 'fraud': no gates are given"),
        (fraud(AUC, AUC), "models: 'fraud': gates: named more than once: auc"),
        (fraud({**AUC, "max_drop": 1}), "models: 'fraud': gate 'auc': max_drop is not an option of threshold"),
        (fraud({**AUC, "min": "nan"}), "models: 'fraud': gate 'auc': min is not a finite number"),
        (fraud({**AUC, "limit": 1}), "limit"),
        (fraud(AUC, candidate=""), "models: 'fraud': candidate: an alias has 1 to"),
        (fraud(AUC, candidate="a b"), "models: 'fraud': candidate: an alias has 1 to"),
        (fraud(AUC, candidate="0"), "models: 'fraud': candidate: '0' is taken for the number of a version"),
        (fraud(AUC, candidate="9" * 30), "models: 'fraud': candidate: "),
        (fraud(AUC, champion_alias="7"), "models: 'fraud': champion_alias: '7' is taken for"),
        (
            fraud(AUC, champion_alias="latest"),
            "models: 'fraud': champion_alias: MLflow keeps the alias latest to itself",
        ),
        (fraud(AUC, champion_alias="a" * 201), "models: 'fraud': champion_alias: an alias has at most 200"),
        (fraud(AUC, reason="a\nb"), "models: 'fraud': reason: it must be one line"),
        ({"name": "a/b", "gates": [AUC]}, "models: 'a/b': the name of a model cannot hold / or :"),
        (fraud(state="rolled_back"), "rollback_of"),
        (fraud(state="rolled_back", rollback_of=0), "models: 'fraud': rollback_of: 0 is not the number of a version"),
        (fraud(state="rolled_back", rollback_of=7, to_version=7), "to_version is the version that is to be left"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anybody_is_asked(
    play: Player, model: dict[str, t.Any], said: str
) -> None:
    assert said in play.refused(model)["msg"]
    assert play.server.reads == []


def test_a_name_given_twice_is_refused(play: Player) -> None:
    assert "models: named more than once: fraud" in play.refused(fraud(AUC), fraud(BETTER))["msg"]


def test_no_gates_at_all_must_be_said(play: Player) -> None:
    challenge(play)
    assert play.four_claims(fraud(allow_ungated=True)) == [RECORD.format(1), ALIAS.format(1)]


def test_an_address_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with patch_module_args({"tracking_uri": "mlflow", "models": []}), pytest.raises(SystemExit):
        model_promotion.main()
    assert "tracking_uri" in json.loads(capsys.readouterr().out)["msg"]


# Roll back


def crowned(play: Player, *aucs: float) -> None:
    """Champions one after the other."""
    for auc in aucs:
        challenge(play, auc=auc)
        assert play(fraud(AUC, BETTER))["changed"] is True
    play.server.writes.clear()


def back(version: int, **options: t.Any) -> dict[str, t.Any]:
    return {"name": "fraud", "state": "rolled_back", "rollback_of": version, **options}


def test_it_goes_back_to_the_champion_before_and_no_further(play: Player) -> None:
    crowned(play, 0.9, 0.91, 0.92)
    assert play.four_claims(back(3, reason="slow")) == [
        "record the rollback of version 3 of model fraud",
        "set alias champion of model fraud to version 2",
    ]
    again = only(play(back(3)))
    assert (again["champion"], again["rolled_back"]) == (2, False)
    assert again["reason"] == "version 3 is not champion: version 2 is"


def test_it_can_go_back_step_by_step(play: Player) -> None:
    crowned(play, 0.9, 0.91, 0.92)
    first = only(play(back(3)))
    assert (first["champion"], first["former_champion"], first["rolled_back"]) == (2, 3, True)
    assert only(play(back(2)))["champion"] == 1
    assert play.refused(back(1))["msg"] == "fraud: version 1 has no record of a former champion: give to_version"


def test_it_can_go_to_another_version(play: Player) -> None:
    crowned(play, 0.9, 0.91, 0.92)
    assert only(play(back(3, to_version=1)))["champion"] == 1
    assert play.refused(back(1, to_version=9))["msg"] == "fraud: there is no version 9"


def test_a_former_champion_that_is_gone_or_archived_is_not_taken(play: Player) -> None:
    crowned(play, 0.9, 0.91)
    play.server.archive_version("fraud", 1)
    assert "version 1, which would be champion, is archived: restore it first" in play(back(2))["msg"]
    play.server.delete_version("fraud", 1)
    assert play(back(2))["msg"] == "fraud: there is no version 1"
    assert play.server.champion("fraud") == 2


def test_what_was_rolled_back_is_not_promoted_again(play: Player) -> None:
    crowned(play, 0.9, 0.91)
    play(back(2, reason="wrong for new customers"))
    refused = play.refused(fraud(AUC, BETTER))
    assert "version 2 was rolled back at 20" in refused["msg"]
    assert "Z (wrong for new customers): register a new version, or set allow_rolled_back" in refused["msg"]
    assert play(fraud(AUC, BETTER, allow_rolled_back=True))["changed"] is True
    assert play.server.champion("fraud") == 2
    assert only(play(back(2)))["champion"] == 1


def test_a_record_of_a_champion_keeps_figures_user_and_reason(play: Player) -> None:
    challenge(play)
    play(fraud(AUC, reason='weekly "training"'))
    ((key, value),) = play.server.version_by_number["fraud"][1].tags.items()
    said = json.loads(value)
    assert key.startswith("promotion.champion.20")
    assert (said["by"], said["reason"], said["from_version"], said["to_version"]) == (
        "ann",
        'weekly "training"',
        None,
        1,
    )
    assert said["gates"] == [
        {"name": "auc", "kind": "threshold", "passed": True, "figure": 0.9, "limits": {"min": 0.8}}
    ]
