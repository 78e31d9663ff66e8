# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The servers of tests/services: each answers, accounts for its requests, and leaves nothing behind."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import typing as t
import urllib.error
import urllib.request
import uuid

import boto3
import psycopg
import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils._kubernetes.client import KubeClient
from ansible_collections.baremetal.mlops.plugins.module_utils._objects.client import ObjectClient
from tests import services
from tests.services import process

if t.TYPE_CHECKING:
    from tests.services import Cluster, Database, ModelRegistry, ObjectStorage

ROOT = pathlib.Path(__file__).parents[2]
END_LIMIT_SECONDS = 10


def _s3(endpoint_url: str, access_key: str, secret_key: str, ca_path: str | None) -> t.Any:
    return boto3.client(
        "s3",
        endpoint_url=endpoint_url,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        verify=ca_path,
        region_name="us-east-1",
    )


def _client(server: ObjectStorage) -> t.Any:
    return _s3(server.endpoint_url, server.access_key, server.secret_key, server.ca_path)


def _get(server: ModelRegistry, path: str, password: str | None = None) -> tuple[int, t.Any]:
    request = urllib.request.Request(f"{server.tracking_uri}{path}")
    if password:
        words = base64.b64encode(f"{server.username}:{password}".encode()).decode()
        request.add_header("Authorization", f"Basic {words}")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, None


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def _family(pid: int) -> list[int]:
    return [pid, *(other for child in process.children(pid) for other in _family(child))]


def _alive(pid: int) -> bool:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def _mounts(folder: pathlib.Path) -> list[str]:
    return [line for line in pathlib.Path("/proc/self/mounts").read_text().splitlines() if str(folder) in line]


def test_minio_answers_and_accounts_for_it(minio_server: ObjectStorage) -> None:
    name = f"services-{uuid.uuid4().hex[:8]}"
    before = minio_server.calls()
    _client(minio_server).create_bucket(Bucket=name)
    assert name in [bucket["Name"] for bucket in _client(minio_server).list_buckets()["Buckets"]]
    assert minio_server.calls()[len(before) :] == ["PutBucket", "ListBuckets"]


def test_minio_encrypts_by_default_if_told(minio_server: ObjectStorage) -> None:
    client, name = _client(minio_server), f"services-{uuid.uuid4().hex[:8]}"
    client.create_bucket(Bucket=name)
    rules = [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
    client.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})
    client.put_object(Bucket=name, Key="model.pkl", Body=b"x")
    assert client.head_object(Bucket=name, Key="model.pkl")["ServerSideEncryption"] == "AES256"


def test_seaweedfs_answers(seaweedfs_server: ObjectStorage) -> None:
    name = f"services-{uuid.uuid4().hex[:8]}"
    _client(seaweedfs_server).create_bucket(Bucket=name)
    _client(seaweedfs_server).put_object(Bucket=name, Key="model.pkl", Body=b"x")
    assert _client(seaweedfs_server).get_object(Bucket=name, Key="model.pkl")["Body"].read() == b"x"
    assert name in seaweedfs_server.log.read_text()


def test_postgresql_answers_over_tls_and_logs_each_statement(postgresql_server: Database) -> None:
    mark = uuid.uuid4().hex
    rows = postgresql_server.query(f"select ssl, '{mark}' from pg_stat_ssl where pid = pg_backend_pid()")
    assert rows == [(True, mark)]
    assert mark in postgresql_server.log.read_text()
    assert postgresql_server.query("show max_connections") == [("200",)]


def test_postgresql_asks_for_passwords(postgresql_server: Database) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(postgresql_server.dsn(), password="not-the-password")
    (hash_method,) = postgresql_server.query("select left(rolpassword, 13) from pg_authid where rolname = 'postgres'")
    assert hash_method == ("SCRAM-SHA-256",)


def test_pgbouncer_shares_connections_between_transactions(
    pgbouncer_server: Database, postgresql_server: Database
) -> None:
    role, password = f"services_{uuid.uuid4().hex[:8]}", uuid.uuid4().hex
    postgresql_server.query(f"create role {role} login password '{password}'")
    dsn = psycopg.conninfo.make_conninfo(pgbouncer_server.dsn(), user=role, password=password)
    with psycopg.connect(dsn, autocommit=True) as first, psycopg.connect(dsn, autocommit=True) as second:
        found = [one.execute("select current_user, pg_backend_pid()").fetchone() for one in (first, second)]
    assert found[0] == found[1]
    assert found[0] is not None
    assert found[0][0] == role
    assert f"user={role}" in pgbouncer_server.log.read_text()


def test_mlflow_answers_its_administrator_only(mlflow_server: ModelRegistry) -> None:
    mark = f"services-{uuid.uuid4().hex[:8]}"
    path = f"/api/2.0/mlflow/registered-models/search?filter=name%3D%27{mark}%27"
    assert _get(mlflow_server, path, mlflow_server.password) == (200, {})
    assert _get(mlflow_server, path)[0] == 401
    assert _get(mlflow_server, path, "password1234")[0] == 401
    lines = [line for line in mlflow_server.log.read_text().splitlines() if mark in line]
    assert len(lines) == 3


def test_mlflow_answers_everybody_without_authentication(mlflow_open_server: ModelRegistry) -> None:
    status, found = _get(mlflow_open_server, "/api/2.0/mlflow/experiments/get?experiment_id=0")
    assert (status, found["experiment"]["artifact_location"]) == (200, "mlflow-artifacts:/0")
    assert mlflow_open_server.password is None


def test_kubernetes_keeps_objects_and_accounts_for_it(kubernetes_server: Cluster) -> None:
    client, name = ObjectClient(KubeClient(kubernetes_server.kubeconfig)), f"services-{uuid.uuid4().hex[:8]}"
    item = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"}}
    client.apply({**item, "data": {"a": "1"}}, dry_run=True)
    assert client.get(item) is None
    client.apply({**item, "data": {"a": "1"}}, dry_run=False)
    found = client.get(item)
    assert found is not None
    assert found["data"] == {"a": "1"}
    client.delete(item)
    writes = [line for line in kubernetes_server.writes() if name in line]
    assert writes == [f"patch configmaps/{name}", f"delete configmaps/{name}"]


def test_nothing_is_left_after_the_block(tmp_path: pathlib.Path) -> None:
    others = _family(os.getpid())
    with (
        services.postgresql(tmp_path / "postgresql") as server,
        services.pgbouncer(tmp_path / "pgbouncer", server) as pooler,
        services.minio(tmp_path / "minio") as storage,
    ):
        ports = [server.port, pooler.port, int(storage.endpoint_url.rpartition(":")[2])]
        family = set(_family(os.getpid())) - set(others)
        assert all(_listens(port) for port in ports)
        assert not _mounts(tmp_path)
    assert not [port for port in ports if _listens(port)]
    assert len(family) > 6
    assert not [pid for pid in family if _alive(pid)]
    assert not _mounts(tmp_path)


def test_nothing_is_left_after_its_keeper_was_killed(tmp_path: pathlib.Path) -> None:
    command = [sys.executable, "-m", "tests.services", "keep", "pgbouncer", "--folder", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT) as keeper:
        try:
            process.wait_until((tmp_path / "service.json").exists, lambda: "ended" if keeper.poll() is not None else "")
            family = _family(keeper.pid)
            assert len(family) > 6
        finally:
            keeper.kill()
    process.wait_until(lambda: not any(_alive(pid) for pid in family), str, END_LIMIT_SECONDS)


def test_a_server_that_cannot_start_says_why(tmp_path: pathlib.Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with (
            pytest.raises(
                services.ServiceError, match=r"(?s)postgresql: ended with 1; its log .* Address already in use"
            ),
            services.postgresql(tmp_path / "postgresql", taken.getsockname()[1]),
        ):
            pass


def test_a_server_between_two_commands(tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "minio"
    command = [sys.executable, "-m", "tests.services"]
    up = [*command, "up", "minio", "--folder", str(folder), "--port", str(process.free_ports()[0])]
    down = [*command, "down", "--folder", str(folder)]
    record = folder / "service.json"
    try:
        subprocess.run(up, cwd=ROOT, check=True, timeout=120)
        assert record.stat().st_mode & 0o777 == 0o600
        found = json.loads(record.read_text())
        names = ("endpoint_url", "access_key", "secret_key", "ca_path")
        assert _s3(*(found[name] for name in names)).list_buckets()["Buckets"] == []
        assert found["endpoint_url"].endswith(f":{up[-1]}")
        subprocess.run(up, cwd=ROOT, check=True, timeout=120)
        assert json.loads(record.read_text()) == found
    finally:
        subprocess.run(down, cwd=ROOT, check=True, timeout=120)
    assert not record.exists()
    assert not _listens(int(up[-1]))
    subprocess.run(down, cwd=ROOT, check=True, timeout=120)


def test_a_command_that_fails_says_why(tmp_path: pathlib.Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        up = ["up", "postgresql", "--folder", str(tmp_path / "postgresql"), "--port", str(taken.getsockname()[1])]
        done = subprocess.run(
            [sys.executable, "-m", "tests.services", *up],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert done.returncode == 1
    assert "Address already in use" in done.stderr
