# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Triton from the root file system of the lab's image, as the role runs it, on a bucket of a MinIO."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import typing as t
from dataclasses import dataclass, field

import boto3

from .process import INSIDE, Program, Root, answers_well, free_ports, own_folder

if t.TYPE_CHECKING:
    import pathlib

    from .object_storage import ObjectStorage

USER = 1000
ROOT = Root("triton", 0)
PATH = "/opt/tritonserver/bin:/opt/python/bin:/usr/sbin:/usr/bin:/sbin:/bin"
RESTRICTED = "model-repository,shared-memory,trace,logging"
# As the role mounts the site's authority.
AUTHORITY = "/etc/ssl/certs/ca-certificates.crt"
START = f"""set -eu
cp {INSIDE}/ca.pem {AUTHORITY}
exec setpriv --reuid {USER} --regid {USER} --clear-groups -- tritonserver "$@"
"""


@dataclass(frozen=True)
class Triton:
    """A Triton server and the repository that it serves."""

    server_url: str
    metrics_url: str
    admin_key: str = field(repr=False)
    repository: str
    storage: ObjectStorage
    log: pathlib.Path


@contextlib.contextmanager
def triton(
    folder: pathlib.Path, storage: ObjectStorage, port: int | None = None, bucket: str = "", restricted: bool = False
) -> t.Iterator[Triton]:
    """Triton with a bucket of its own, unless one is named. ``restricted``: who loads models needs the key.

    The server takes the key in its command line only, where everybody on the machine sees it.
    """
    folder = own_folder(folder)
    http, metrics = free_ports(2)
    http = port or http
    bucket = bucket or _bucket(storage)
    shutil.copy(str(storage.ca_path), folder / "ca.pem")
    found = Triton(
        server_url=f"http://127.0.0.1:{http}",
        metrics_url=f"http://127.0.0.1:{metrics}/metrics",
        admin_key=secrets.token_urlsafe(24),
        repository=f"s3://{bucket}",
        storage=storage,
        log=folder / "triton.log",
    )
    options = [
        f"--model-repository=s3://{storage.endpoint_url}/{bucket}",
        "--model-control-mode=explicit",
        "--load-model=*",
        "--exit-on-error=false",
        "--strict-readiness=false",
        "--allow-gpu-metrics=false",
        "--http-address=127.0.0.1",
        f"--http-port={http}",
        "--allow-grpc=false",
        "--metrics-address=127.0.0.1",
        f"--metrics-port={metrics}",
    ]
    if restricted:
        options.append(f"--http-restricted-api={RESTRICTED}:triton-admin={found.admin_key}")
    env = {
        "PATH": PATH,
        "PYTHONUNBUFFERED": "1",
        "AWS_ACCESS_KEY_ID": storage.access_key,
        "AWS_SECRET_ACCESS_KEY": storage.secret_key,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    program = Program("triton", folder, ("sh", "-c", START, "sh", *options), env=env, root=ROOT)
    with program.running(lambda: answers_well(f"{found.server_url}/v2/health/ready")):
        yield found


def _bucket(storage: ObjectStorage) -> str:
    name = f"triton-{secrets.token_hex(4)}"
    boto3.client(
        "s3",
        endpoint_url=storage.endpoint_url,
        aws_access_key_id=storage.access_key,
        aws_secret_access_key=storage.secret_key,
        verify=storage.ca_path,
        region_name="us-east-1",
    ).create_bucket(Bucket=name)
    return name
