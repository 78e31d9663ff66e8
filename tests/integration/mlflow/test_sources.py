# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Where MLflow's own server says that the files of versions lie, of whatever they were made."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._serving.sources import Registry, Version
from ansible_collections.baremetal.mlops.plugins.module_utils._serving.wanted import Wanted
from tests.integration.mlflow.registry import connect, new_name

if t.TYPE_CHECKING:
    from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.client import MlflowClient
    from tests.services import ModelRegistry

ROOT = "s3://mlflow/artifacts"


@pytest.fixture
def client(mlflow_open_server: ModelRegistry) -> MlflowClient:
    """This server keeps artifacts behind its proxy."""
    return connect(mlflow_open_server)


@pytest.fixture
def name(client: MlflowClient) -> str:
    made = new_name("fraud")
    client.create_model(made, "", {})
    return made


def champion(client: MlflowClient, name: str, source: str, root: str = ROOT, **more: str) -> Version | None:
    """The version that is made of a source, as a rollout finds it."""
    body = {"name": name, "source": source, **more}
    made = client._call("POST", "model-versions/create", "make a version", body=body) or {}
    client.set_alias(name, "champion", int(made["model_version"]["version"]))
    wanted = Wanted(name, model=name)
    return Registry(client, [wanted], root).named(wanted, "champion")


def run(client: MlflowClient) -> tuple[str, str]:
    """A run, and where its artifacts lie."""
    made = client._call("POST", "runs/create", "make a run", body={"experiment_id": "0"}) or {}
    return made["run"]["info"]["run_id"], made["run"]["info"]["artifact_uri"]


def test_of_a_run_behind_the_proxy(client: MlflowClient, name: str) -> None:
    run_id, artifacts = run(client)
    assert artifacts == f"mlflow-artifacts:/0/{run_id}/artifacts"
    found = champion(client, name, f"{artifacts}/model", run_id=run_id)
    assert found == Version(1, f"{ROOT}/0/{run_id}/artifacts/model")
    with pytest.raises(ItemError, match="set artifact_root to where the proxy keeps it"):
        champion(client, name, f"{artifacts}/model", root="", run_id=run_id)


def test_of_a_logged_model(client: MlflowClient, name: str) -> None:
    """Its source is models:/m-..., which nobody can read."""
    body = {"experiment_id": "0", "name": "model"}
    made = client._call("POST", "logged-models", "log a model", body=body) or {}
    about = made["model"]["info"]
    model_id, place = about["model_id"], about["artifact_uri"]
    assert place.startswith("mlflow-artifacts:/0/")
    found = champion(client, name, f"models:/{model_id}", model_id=model_id)
    assert client.versions({name: [1]})[name][1].source == f"models:/{model_id}"
    assert found == Version(1, f"{ROOT}/{place.removeprefix('mlflow-artifacts:/')}")


def test_in_a_bucket(client: MlflowClient, name: str) -> None:
    assert champion(client, name, "s3://models/fraud/1") == Version(1, "s3://models/fraud/1")
