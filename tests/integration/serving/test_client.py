# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What is read of pods and events, on a real API server."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError
from ansible_collections.baremetal.mlops.plugins.module_utils._serving import manifests
from ansible_collections.baremetal.mlops.plugins.module_utils._serving.client import ServingClient
from ansible_collections.baremetal.mlops.plugins.module_utils._serving.wanted import Site, Wanted
from tests.integration.serving.played import remove_all

if t.TYPE_CHECKING:
    from tests.services import Cluster

NAME = "fraud-v1-aaaaaa"


@pytest.fixture
def client(serving_server: Cluster) -> ServingClient:
    return ServingClient(
        serving_server.kubeconfig, "models", gateway_namespace="gateway", selector="app=none", port=9100
    )


def item(kind: str, name: str, **rest: t.Any) -> dict[str, t.Any]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "models"}, **rest}


def test_pods_and_warnings_are_those_of_the_namespace(client: ServingClient) -> None:
    client.apply(item("ServiceAccount", "default"), dry_run=False)
    for name in (NAME, "other"):
        pod = item("Pod", f"{name}-predictor-x", spec={"containers": [{"name": "kserve-container", "image": "x"}]})
        pod["metadata"]["labels"] = {"serving.kserve.io/inferenceservice": name}
        client.apply(pod, dry_run=False)
    for kind in ("Warning", "Normal"):
        of = {"apiVersion": "v1", "kind": "Pod", "name": f"{NAME}-predictor-x", "namespace": "models"}
        said = {"type": kind, "reason": "FailedScheduling", "message": kind, "involvedObject": of}
        client.apply(item("Event", f"{NAME}.{kind.lower()}", **said), dry_run=False)
    assert [pod["metadata"]["name"] for pod in client.pods(NAME)] == [f"{NAME}-predictor-x"]
    assert [event["message"] for event in client.warnings_of()] == ["Warning"]
    # Nobody runs it, so that there is no log.
    assert client.last_words(f"{NAME}-predictor-x", "kserve-container", former=True) == ""
    with pytest.raises(ApiError, match="there is no pod in gateway with app=none"):
        client.counted(["x"])


def test_what_kserves_kind_does_not_know_is_refused(client: ServingClient, serving_server: Cluster) -> None:
    wanted = Wanted("fraud", model="fraud", model_format="mlflow", resources={"limitz": {"memory": "1Gi"}})
    _revision, manifest = manifests.revision(Site(), wanted, 1, "s3://models/fraud/1")
    with pytest.raises(ApiError, match=r"InferenceService models/fraud-v1-.*limitz"):
        client.apply(manifest, dry_run=True)
    remove_all(serving_server)
