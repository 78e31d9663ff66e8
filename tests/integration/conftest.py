# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Real servers, and certificates for servers that misbehave, each made once for all tests that ask for them."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils._kubernetes import kubeconfig
from ansible_collections.baremetal.mlops.plugins.module_utils._kubernetes.client import KubeClient
from ansible_collections.baremetal.mlops.plugins.module_utils._objects import model
from ansible_collections.baremetal.mlops.plugins.module_utils._objects.client import ObjectClient
from tests import services
from tests.integration import faults
from tests.services.kubernetes import KINDS, kinds

if t.TYPE_CHECKING:
    from tests.services import CephGateway, Cluster, Database, ModelRegistry, ObjectStorage, Triton


@pytest.fixture(scope="session")
def minio_server(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[ObjectStorage]:
    with services.minio(tmp_path_factory.mktemp("minio")) as server:
        yield server


@pytest.fixture(scope="session")
def ceph_server(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[CephGateway]:
    with services.ceph(tmp_path_factory.mktemp("ceph")) as server:
        yield server


@pytest.fixture(scope="session")
def seaweedfs_server(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[ObjectStorage]:
    with services.seaweedfs(tmp_path_factory.mktemp("seaweedfs")) as server:
        yield server


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Database]:
    with services.postgresql(tmp_path_factory.mktemp("postgresql")) as server:
        yield server


@pytest.fixture(scope="session")
def pgbouncer_server(tmp_path_factory: pytest.TempPathFactory, postgresql_server: Database) -> t.Iterator[Database]:
    with services.pgbouncer(tmp_path_factory.mktemp("pgbouncer"), postgresql_server) as pooler:
        yield pooler


@pytest.fixture(scope="session")
def mlflow_server(tmp_path_factory: pytest.TempPathFactory, postgresql_server: Database) -> t.Iterator[ModelRegistry]:
    with services.mlflow(tmp_path_factory.mktemp("mlflow"), postgresql_server, auth=True) as server:
        yield server


@pytest.fixture(scope="session")
def mlflow_open_server(
    tmp_path_factory: pytest.TempPathFactory, postgresql_server: Database
) -> t.Iterator[ModelRegistry]:
    with services.mlflow(tmp_path_factory.mktemp("mlflow_open"), postgresql_server, auth=False) as server:
        yield server


@pytest.fixture(scope="session")
def kubernetes_server(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Cluster]:
    with services.kubernetes(tmp_path_factory.mktemp("kubernetes")) as server:
        yield server


@pytest.fixture(scope="session")
def triton_server(tmp_path_factory: pytest.TempPathFactory, minio_server: ObjectStorage) -> t.Iterator[Triton]:
    with services.triton(tmp_path_factory.mktemp("triton"), minio_server) as server:
        yield server


@pytest.fixture(scope="session")
def serving_server(kubernetes_server: Cluster) -> Cluster:
    """With the kinds of KServe and of the gateway, and a namespace for models."""
    client = ObjectClient(KubeClient(kubernetes_server.kubeconfig))
    found = [item for component in KINDS for item in kubeconfig.load_all(kinds(component))]
    found.append({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "models"}})
    wanted = model.Wanted(found, timeout=60)
    for step in model.plan(client, wanted).steps:
        step.apply()
    model.settle(client, wanted)
    return kubernetes_server


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> faults.Certificates:
    return faults.certificates(tmp_path_factory.mktemp("certificates"))
