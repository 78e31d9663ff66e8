# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The modules on MLflow's own server: what its log says of them, what readers see meanwhile, two runs at once."""

from __future__ import annotations

import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import threading
import typing as t

import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.registry import Registry
from ansible_collections.baremetal.mlops.plugins.modules import mlflow_registry, mlflow_registry_info
from ansible_collections.baremetal.mlops.tests.unit.fakes.modules import four_claims, run
from tests.integration.mlflow.registry import Log, connect, new_name, train, where

if t.TYPE_CHECKING:
    from tests.services import ModelRegistry

ROOT = pathlib.Path(__file__).parents[3]
SEARCH = "GET /api/2.0/mlflow/registered-models/search"
EXPERIMENT = {"state": "present", "artifact_location": None, "purge_tags": False}
MODEL = {"state": "present", "description": None, "purge_tags": False, "aliases": None, "purge_aliases": False}
NO_VERSIONS = {"versions": None, "force_delete": False}


@pytest.fixture(params=["mlflow_open_server", "mlflow_server"])
def server(request: pytest.FixtureRequest) -> ModelRegistry:
    found: ModelRegistry = request.getfixturevalue(request.param)
    return found


def test_the_four_claims_by_the_log_of_the_server(server: ModelRegistry, capsys: pytest.CaptureFixture[str]) -> None:
    client = connect(server)
    name, gone = new_name(), new_name()
    for model in (name, gone):
        client.create_model(model, "", {"old": "x"})
        train(client, model, 3)
    client.set_alias(name, "champion", 1)
    given = {
        "experiments": [{"name": name, "artifact_location": "s3://mlflow/x", "tags": {"team": "risk"}}],
        "models": [
            {
                "name": name,
                "description": 'it\'s "new"\nin two lines',
                "tags": {"team": "risk"},
                "purge_tags": True,
                "aliases": {"champion": 3},
                "versions": [{"version": 3, "tags": {"ready": True}}, {"version": 1, "state": "archived"}],
            },
            {"name": gone, "state": "absent", "force_delete": True},
            {"name": f"{name}-new", "tags": {"team": "risk"}},
        ],
    }
    log = Log(server)
    assert run(mlflow_registry.main, capsys, _ansible_check_mode=True, **where(server), **given)["changed"] is True
    assert log.writes() == []
    actions = four_claims(mlflow_registry.main, capsys, **where(server), **given)
    assert actions == [
        f"create experiment {name}",
        f"set description of model {name}",
        f"set tag team of model {name}",
        f"delete tag old of model {name}",
        f"set tag ready of version 3 of model {name}",
        f"set alias champion of model {name} to version 3",
        f"archive version 1 of model {name}",
        f"delete model {gone}",
        f"create model {name}-new",
    ]
    assert len(log.writes()) == len(actions)
    log = Log(server)
    assert run(mlflow_registry.main, capsys, **where(server), **given)["changed"] is False
    assert log.writes() == []
    assert len(log.requests()) == 3


def test_a_hundred_models_with_three_aliases_are_one_request(
    mlflow_open_server: ModelRegistry, capsys: pytest.CaptureFixture[str]
) -> None:
    client = connect(mlflow_open_server)
    prefix = new_name("many")
    aliases = {"champion": 1, "challenger": 1, "shadow": 1}
    items = [{"name": f"{prefix}-{number:03d}", "aliases": aliases} for number in range(100)]
    for item in items:
        client.create_model(str(item["name"]), "", {})
        train(client, str(item["name"]), 1)
    assert len(run(mlflow_registry.main, capsys, **where(mlflow_open_server), models=items)["actions"]) == 300
    log = Log(mlflow_open_server)
    answer = run(mlflow_registry.main, capsys, **where(mlflow_open_server), models=items)
    assert (answer["changed"], len(answer["models"])) == (False, 100)
    assert [line.partition("?")[0] for line in log.requests()] == [SEARCH]


def test_what_the_reader_returns_can_be_given_back(server: ModelRegistry, capsys: pytest.CaptureFixture[str]) -> None:
    client = connect(server)
    name = new_name()
    client.create_experiment(name, "", {"mlflow.note.content": "a note"})
    client.create_model(name, "text", {"team": "risk"})
    train(client, name, 2)
    client.archive_version(name, 1)
    client.set_alias(name, "champion", 2)
    log = Log(server)
    found = run(mlflow_registry_info.main, capsys, **where(server), experiments=[name], models=[name], versions=True)
    again = run(mlflow_registry.main, capsys, **where(server), experiments=found["experiments"], models=found["models"])
    assert (again["changed"], log.writes()) == (False, [])
    assert [version["state"] for version in found["models"][0]["versions"]] == ["archived", "present"]


def test_more_than_a_page_is_read(mlflow_open_server: ModelRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.client.PAGE", 3)
    client = connect(mlflow_open_server)
    prefix = new_name("page")
    names = [f"{prefix}-{number}" for number in range(7)]
    for name in names:
        client.create_model(name, "", {})
        client.create_experiment(name, "", {})
        train(client, name, 2)
    assert set(client.models(names)) == set(client.experiments(names)) == set(names)
    assert set(names) <= set(client.models())
    assert {name: sorted(found) for name, found in client.versions({name: () for name in names}).items()} == {
        name: [1, 2] for name in names
    }


def test_whoever_reads_an_alias_while_it_moves_gets_a_version(mlflow_open_server: ModelRegistry) -> None:
    """The champion moves to and fro, and the version that it leaves is archived each time."""
    client = connect(mlflow_open_server)
    name = new_name()
    client.create_model(name, "", {})
    train(client, name, 2)
    client.set_alias(name, "champion", 1)
    client.archive_version(name, 2)
    done = threading.Event()
    seen: list[tuple[str, str]] = []

    def read() -> None:
        reader = connect(mlflow_open_server)
        while not done.is_set():
            query = {"name": name, "alias": "champion"}
            answer = reader._call("GET", "registered-models/alias", "read the alias", query=query) or {}
            seen.append((answer["model_version"]["version"], answer["model_version"]["current_stage"]))

    with concurrent.futures.ThreadPoolExecutor() as threads:
        readers = [threads.submit(read) for _reader in range(2)]
        for round_ in range(20):
            to, left = (2, 1) if round_ % 2 == 0 else (1, 2)
            _apply(mlflow_open_server, {"name": name, "aliases": {"champion": to}, "versions": _swap(to, left)})
        done.set()
        for reader in readers:
            reader.result()
    assert {version for version, _stage in seen} == {"1", "2"}
    assert {stage for _version, stage in seen} == {"None"}


def test_two_runs_at_once_end_as_wanted(mlflow_open_server: ModelRegistry) -> None:
    prefix = new_name("both")
    items = [
        {"name": f"{prefix}-{number}", "description": "text", "tags": {"a": "1", "b": "2"}} for number in range(15)
    ]
    start = threading.Barrier(2)

    def one_run() -> None:
        registry = _registry(*items)
        client = connect(mlflow_open_server)
        planned = registry.plan(client)
        start.wait()
        for step in planned.steps:
            step.apply()

    with concurrent.futures.ThreadPoolExecutor() as threads:
        for running in [threads.submit(one_run) for _run in range(2)]:
            running.result()
    after = _registry(*items).plan(connect(mlflow_open_server))
    assert (after.steps, len(after.before["models"]), len(after.before["experiments"])) == ([], 15, 15)


@pytest.mark.parametrize("password", ["right", "wrong"])
def test_no_secret_is_shown_by_ansible(mlflow_server: ModelRegistry, tmp_path: pathlib.Path, password: str) -> None:
    secret = str(mlflow_server.password) if password == "right" else "s3cr3t-canary"
    (tmp_path / "vars.json").write_text(json.dumps({"password": secret}))
    task = {
        "baremetal.mlops.mlflow_registry": {
            "tracking_uri": mlflow_server.tracking_uri,
            "username": mlflow_server.username,
            "password": "{{ password }}",
            "models": [{"name": new_name(), "tags": {"a": "1"}}],
        }
    }
    (tmp_path / "play.json").write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]))
    done = subprocess.run(
        [
            str(pathlib.Path(sys.executable).parent / "ansible-playbook"),
            *("-vvvv", "--diff", "-i", "localhost,", "-c", "local", "-e", f"@{tmp_path}/vars.json"),
            *("-e", f"ansible_python_interpreter={sys.executable}", str(tmp_path / "play.json")),
        ],
        cwd=ROOT,
        env={**os.environ, "ANSIBLE_LOG_PATH": str(tmp_path / "log"), "ANSIBLE_LOCAL_TEMP": str(tmp_path / "temp")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == (0 if password == "right" else 2), done.stdout
    said = done.stdout + done.stderr + (tmp_path / "log").read_text()
    assert ("create model" if password == "right" else "wrong user name or password") in said
    assert secret not in said


def _apply(server: ModelRegistry, item: dict[str, t.Any]) -> None:
    planned = Registry({"experiments": [], "models": [{**MODEL, **NO_VERSIONS, "tags": None, **item}]}).plan(
        connect(server)
    )
    assert planned.failures == []
    for step in planned.steps:
        step.apply()


def _swap(to: int, left: int) -> list[dict[str, t.Any]]:
    fields = {"description": None, "tags": None, "purge_tags": False, "force_delete": False}
    return [{**fields, "version": to, "state": "present"}, {**fields, "version": left, "state": "archived"}]


def _registry(*items: dict[str, t.Any]) -> Registry:
    """An experiment and a model of each item."""
    return Registry(
        {
            "experiments": [{**EXPERIMENT, "name": item["name"], "tags": item["tags"]} for item in items],
            "models": [{**MODEL, **NO_VERSIONS, **item} for item in items],
        }
    )
