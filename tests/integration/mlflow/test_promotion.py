# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Promotions on the fake that unit tests trust, and on MLflow's own server with and without users."""

from __future__ import annotations

import functools
import json
import pathlib
import signal
import subprocess
import sys
import threading
import time
import typing as t

import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError, ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow import trail
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.decisions import Wanted
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.gates import Gate
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.promotion import Promotions, read_trails
from ansible_collections.baremetal.mlops.plugins.modules import model_promotion, model_promotion_info
from ansible_collections.baremetal.mlops.tests.unit.fakes.mlflow_promotion import FakeTraining
from ansible_collections.baremetal.mlops.tests.unit.fakes.modules import four_claims, run
from tests.integration.mlflow.registry import Log, connect, new_name, where

if t.TYPE_CHECKING:
    from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.client import MlflowClient
    from tests.services import ModelRegistry

    Client = MlflowClient | FakeTraining

Train = t.Callable[..., int]
# What one request of a training run may log.
BATCH = 1000
AUC = Gate("auc", "threshold", metric="auc", min=0.8)
BETTER = Gate("better", "regression", metric="auc", better="higher", max_drop=0.01)
P99 = Gate("p99", "latency", samples_metric="seconds", max=0.05)
# Requests of the module when it promotes over a champion: models, versions, two runs, samples, the record, who is
# champion, the alias, who is champion now, models.
REQUESTS = 10
# How those who serve the champion ask for it.
READING = "GET /api/2.0/mlflow/registered-models/alias?"
PROGRAM = """
import json, sys
from ansible.module_utils.testing import patch_module_args
from ansible_collections.baremetal.mlops.plugins.modules.model_promotion import main
with patch_module_args(json.load(sys.stdin)):
    main()
"""
COLLECTIONS = pathlib.Path(__file__).parents[3] / ".collections"


@pytest.fixture(params=["fake", "mlflow_open_server", "mlflow_server"])
def client(request: pytest.FixtureRequest) -> Client:
    return FakeTraining() if request.param == "fake" else connect(request.getfixturevalue(request.param))


@pytest.fixture
def name(client: Client) -> str:
    made = new_name("fraud")
    client.create_model(made, "", {})
    return made


@pytest.fixture
def train(client: Client, name: str) -> Train:
    return functools.partial(training(client), name)


def training(client: Client) -> Train:
    """Makes a run and a version, as a training run does. Of a list each value is logged."""
    if isinstance(client, FakeTraining):
        return client.train

    def train(name: str, /, **metrics: float | str | list[float]) -> int:
        made = client._call("POST", "runs/create", "make a run", body={"experiment_id": "0"}) or {}
        run_id = made["run"]["info"]["run_id"]
        values = [
            {"key": key, "value": value, "timestamp": step, "step": step}
            for key, logged in metrics.items()
            for step, value in enumerate(logged if isinstance(logged, list) else [logged])
        ]
        for start in range(0, len(values), BATCH):
            body = {"run_id": run_id, "metrics": values[start : start + BATCH]}
            client._call("POST", "runs/log-batch", "log metrics", body=body)
        version = {"name": name, "source": f"s3://models/{name}/{run_id}", "run_id": run_id}
        answer = client._call("POST", "model-versions/create", "make a version", body=version) or {}
        return int(answer["model_version"]["version"])

    return train


def promote(name: str, version: int, *gates: Gate, **options: t.Any) -> Wanted:
    return Wanted(name, candidate=str(version), gates=gates, allow_ungated=not gates, **options)


def play(client: Client, *wanted: Wanted) -> list[dict[str, t.Any]]:
    promotions = Promotions(client, wanted, by="ann")
    plan = promotions.plan()
    for step in plan.steps:
        step.apply()
    assert promotions.read() == plan.predicted
    told: list[dict[str, t.Any]] = promotions.read()["models"]
    return told


def champion(client: Client, name: str) -> int | None:
    model = client.model(name)
    return model.aliases.get("champion") if model else None


# One contract


def test_candidates_are_promoted_refused_and_left(client: Client, name: str, train: Train) -> None:
    first, worse, better = train(auc=0.9, seconds=[0.01] * 100), train(auc=0.85), train(auc=0.92)
    (told,) = play(client, promote(name, first, AUC, BETTER, P99))
    assert (told["champion"], told["former_champion"], told["promoted"]) == (first, None, True)
    assert [gate["figure"] for gate in told["gates"]] == [0.9, 0.9, 0.01]
    (told,) = play(client, promote(name, worse, AUC, BETTER))
    assert (told["champion"], told["refused"]) == (first, True)
    assert told["reason"] == (
        "version 2 fails 1 of 2 gates: better: auc is 0.85, worse by 0.05 compared with version 1 (0.9); "
        "allowed is a drop of 0.01"
    )
    (told,) = play(client, promote(name, better, AUC, BETTER, reason="weekly"))
    assert (told["champion"], told["former_champion"]) == (better, first)
    left = Wanted(name, promoted=False, rollback_of=better, reason="slow")
    assert play(client, left)[0]["champion"] == first
    assert play(client, left)[0]["reason"] == "version 3 is not champion: version 1 is"
    assert play(client, promote(name, better, AUC))[0]["refused"] is True
    assert champion(client, name) == first
    (trails,) = read_trails(client, [name], "champion", "challenger")
    assert [
        (one["event"], one["from_version"], one["to_version"], one["by"], one["reason"], one["took_effect"])
        for one in trails["decisions"]
    ] == [
        ("promoted", None, 1, "ann", "", True),
        ("promoted", 1, 3, "ann", "weekly", True),
        ("rolled_back", 3, 1, "ann", "slow", True),
    ]


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_finite_number_comes_back_as_none_and_passes_no_gate(
    client: Client, name: str, train: Train, value: str
) -> None:
    logged: t.Any = float(value) if isinstance(client, FakeTraining) else value
    version = train(auc=logged, seconds=[0.01] * 100 + [logged])
    lax = [
        Gate("above", "threshold", metric="auc", min=-1e308),
        Gate("below", "threshold", metric="auc", max=1e308),
        Gate("p99", "latency", samples_metric="seconds", max=1e308),
        Gate("better", "regression", metric="auc", better="higher", max_drop=1e308),
    ]
    (told,) = play(client, promote(name, version, *lax))
    assert [(gate["passed"], gate["figure"]) for gate in told["gates"]] == [(False, None)] * 4
    assert champion(client, name) is None


def test_all_values_of_a_metric_are_samples_however_many_pages_they_are(
    client: Client, name: str, train: Train
) -> None:
    version = train(seconds=[0.01] * 2475 + [0.06] * 25)
    (told,) = play(client, promote(name, version, P99))
    assert told["gates"][0]["figures"] == {"p99": 0.01, "samples": 2500}
    version = train(seconds=[0.01] * 2474 + [0.06] * 26)
    (told,) = play(client, promote(name, version, P99))
    assert (told["refused"], told["gates"][0]["figure"]) == (True, 0.06)


def test_names_of_metrics_and_groups_may_be_strange(client: Client, name: str, train: Train) -> None:
    rates = {"rate/group a.ü:1": 0.5, "rate/group a.-2": 0.45, "rows/ü:1": 100, "rows/-2": 100}
    version = train(**{"val/auc .ü": 0.9, "s/ é:": [0.01] * 100, **rates})
    gates = [
        Gate("größe \"'\U0001f600", "threshold", metric="val/auc .ü", min=0.8),
        Gate("p99", "latency", samples_metric="s/ é:", max=0.05),
        Gate("fair", "bias", prefix="rate/group a.", support_prefix="rows/", min_support=100, min_ratio=0.8),
    ]
    (told,) = play(client, promote(name, version, *gates, reason="\"'; -- \U0001f600"))
    assert told["promoted"] is True
    (trails,) = read_trails(client, [name], "champion", "challenger")
    assert trails["decisions"][0]["reason"] == "\"'; -- \U0001f600"
    assert trails["decisions"][0]["gates"][0]["name"] == gates[0].name


def test_the_longest_record_is_taken(client: Client, name: str, train: Train) -> None:
    version = train(auc=0.9)
    gates = [Gate(f"{number}{'é' * 98}", "threshold", metric="auc", min=0.1) for number in range(10, 90)]
    wanted = promote(name, version, *gates, reason="\U0001f600" * 1000, champion_alias="a" * 200)
    assert play(client, wanted)[0]["champion"] == version
    (trails,) = read_trails(client, [name], "a" * 200, "challenger")
    (record,) = trails["decisions"]
    assert len(record["gates"]) + record["gates_left_out"] == 80
    assert record["gates"]
    ((_key, value),) = client.versions({name: [version]})[name][version].tags.items()
    assert len(value) <= trail.LONGEST_VALUE


def test_figures_of_tags_and_versions_without_a_run(client: Client, name: str) -> None:
    if isinstance(client, FakeTraining):
        client.add_version(name)
    else:
        client._call("POST", "model-versions/create", "make a version", body={"name": name, "source": "s3://models/x"})
    client.set_version_tag(name, 1, "schema", "true")
    schema = Gate("schema", "threshold", source="tag", metric="schema", min=1)
    assert "no run of version 1" in play(client, promote(name, 1, AUC, schema))[0]["reason"]
    assert play(client, promote(name, 1, schema))[0]["champion"] == 1


def test_a_run_that_dies_before_the_alias_moves_changes_nothing(
    client: Client, name: str, train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = train(auc=0.9), train(auc=0.95)
    play(client, promote(name, first, AUC))

    def gone(*_args: object) -> t.NoReturn:
        raise ApiError("gone")

    with monkeypatch.context() as patched, pytest.raises(ApiError, match="gone"):
        patched.setattr(client, "set_alias", gone)
        play(client, promote(name, second, AUC))
    assert champion(client, name) == first
    assert play(client, promote(name, second, AUC))[0]["champion"] == second
    assert play(client, promote(name, second, AUC))[0]["promoted"] is False
    (trails,) = read_trails(client, [name], "champion", "challenger")
    assert [one["took_effect"] for one in trails["decisions"]] == [True, False, True]


# Real servers


class Reader:
    """Asks for the champion all the time, as those who serve it do."""

    def __init__(self, server: ModelRegistry, name: str) -> None:
        self._client, self._name = connect(server), name
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read)
        self.seen: list[int | None] = []

    def __enter__(self) -> Reader:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stop.set()
        self._thread.join()

    def _read(self) -> None:
        query = {"name": self._name, "alias": "champion"}
        while not self._stop.is_set():
            try:
                answer = self._client._call("GET", "registered-models/alias", "read the champion", query=query) or {}
                self.seen.append(int(answer["model_version"]["version"]))
            except ItemError:
                self.seen.append(None)


def options(*gates: Gate) -> list[dict[str, t.Any]]:
    given = ("name", "kind", "metric", "min", "max", "better", "max_drop", "samples_metric")
    return [{key: getattr(gate, key) for key in given if getattr(gate, key) is not None} for gate in gates]


def test_the_module_writes_what_it_says_and_then_nothing(
    mlflow_server: ModelRegistry, capsys: pytest.CaptureFixture[str]
) -> None:
    client = connect(mlflow_server)
    models = []
    for _unused in range(3):
        name = new_name("fraud")
        client.create_model(name, "", {})
        client.set_alias(name, "challenger", training(client)(name, auc=0.9, seconds=[0.01] * 100))
        models.append({"name": name, "gates": options(AUC, BETTER, P99)})
    log = Log(mlflow_server)
    assert len(four_claims(model_promotion.main, capsys, **where(mlflow_server), models=models)) == 6
    assert (
        sorted(log.writes())
        == ["POST /api/2.0/mlflow/model-versions/set-tag"] * 3 + ["POST /api/2.0/mlflow/registered-models/alias"] * 3
    )
    log = Log(mlflow_server)
    assert run(model_promotion.main, capsys, **where(mlflow_server), models=models)["changed"] is False
    assert len(log.requests()) == 1
    names = [model["name"] for model in models]
    told = run(model_promotion_info.main, capsys, **where(mlflow_server), models=names)
    assert [(model["champion"], model["decisions"][0]["by"]) for model in told["models"]] == [(1, "admin")] * 3


def test_a_password_is_never_shown(mlflow_server: ModelRegistry, capsys: pytest.CaptureFixture[str]) -> None:
    given = {**where(mlflow_server), "password": "s3cr3t-canary"}
    log = Log(mlflow_server)
    answer = run(model_promotion.main, capsys, **given, models=[{"name": "x", "allow_ungated": True}])
    assert answer["msg"] == "MLflow refuses user admin: wrong user name or password"
    assert "s3cr3t-canary" not in json.dumps(answer)
    assert len(log.requests()) == 1


def test_who_may_only_read_is_told_so_for_each_model(mlflow_server: ModelRegistry) -> None:
    admin, user = connect(mlflow_server), new_name("user")
    names = [new_name("fraud"), new_name("fraud")]
    for name in names:
        admin.create_model(name, "", {})
        training(admin)(name, auc=0.9)
    admin._call("POST", "users/create", "make a user", body={"username": user, "password": "only-reads-1234"})
    granted = admin._pool.request(
        "POST",
        f"{mlflow_server.tracking_uri}/api/3.0/mlflow/users/permissions/grant",
        json={"username": user, "resource_type": "registered_model", "resource_id": names[1], "permission": "EDIT"},
        headers=admin._headers,
    )
    assert granted.status == 200
    reader = connect(mlflow_server, username=user, password="only-reads-1234")
    plan = Promotions(reader, [promote(name, 1, AUC) for name in names]).plan()
    assert not plan.failures
    said = []
    for step in plan.steps:
        try:
            step.apply()
        except ItemError as exc:
            said.append((step.item, exc.msg))
    assert {item for item, _msg in said} == {(names[0],)}
    assert f"user {user} may not" in said[0][1]
    assert [champion(admin, name) for name in names] == [None, 1]


def test_of_many_runs_at_once_one_wins_and_readers_always_find_a_champion(mlflow_open_server: ModelRegistry) -> None:
    client, name = connect(mlflow_open_server), new_name("fraud")
    client.create_model(name, "", {})
    versions = [training(client)(name, auc=0.8 + number / 100) for number in range(6)]
    play(client, promote(name, versions[0], AUC))
    said: list[str] = []

    def compete(version: int) -> None:
        mine = connect(mlflow_open_server)
        for step in Promotions(mine, [promote(name, version, AUC)]).plan().steps:
            try:
                step.apply()
            except ItemError as exc:
                said.append(exc.msg)

    with Reader(mlflow_open_server, name) as reader:
        runs = [threading.Thread(target=compete, args=(version,)) for version in versions[1:]]
        for one in runs:
            one.start()
        for one in runs:
            one.join()
    winner = champion(client, name)
    assert winner in versions[1:]
    assert len(said) <= 4
    assert all("run again" in line for line in said)
    assert reader.seen
    assert set(reader.seen) <= set(versions)
    found = client.versions({name: [winner or 0]})[name][winner or 0]
    assert trail.former(found.tags, "champion") == versions[0]


def test_a_run_that_is_killed_at_any_request_leaves_a_champion_and_the_next_one_ends_it(
    mlflow_open_server: ModelRegistry, capsys: pytest.CaptureFixture[str]
) -> None:
    client, name = connect(mlflow_open_server), new_name("fraud")
    client.create_model(name, "", {})
    make = functools.partial(training(client), name, seconds=[0.01] * 100)
    former = make(auc=0.9)
    play(client, promote(name, former, AUC))
    left = []
    for requests in range(1, REQUESTS + 1):
        version = make(auc=0.9)
        models = [{"name": name, "candidate": str(version), "gates": options(AUC, BETTER, P99)}]
        given = {**where(mlflow_open_server), "models": models}
        with Reader(mlflow_open_server, name) as reader:
            kill_after(requests, mlflow_open_server, given)
            left.append(champion(client, name) == former)
            assert run(model_promotion.main, capsys, **given)["models"][0]["champion"] == version
        assert set(reader.seen) <= {former, version}
        assert run(model_promotion.main, capsys, **given)["changed"] is False
        former = version
    assert left[0] is True
    assert left[-1] is False
    (trails,) = read_trails(client, [name], "champion", "challenger")
    assert [one["to_version"] for one in trails["decisions"] if one["took_effect"]] == list(range(1, REQUESTS + 2))


def kill_after(requests: int, server: ModelRegistry, options: dict[str, t.Any]) -> None:
    """Run the module in a process of its own, and kill it once the server has answered it so often."""
    log = Log(server)
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        cwd=COLLECTIONS,
    ) as process:
        assert process.stdin
        process.stdin.write(json.dumps(options).encode())
        process.stdin.close()
        while process.poll() is None:
            if sum(READING not in request for request in log.requests()) >= requests:
                process.send_signal(signal.SIGKILL)
                break
            time.sleep(0.002)
