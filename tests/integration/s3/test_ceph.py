# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Quotas of Ceph's object gateway, over a server that answers as its documentation says."""

from __future__ import annotations

import contextlib
import json
import typing as t
import urllib.parse

import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError, ItemError, UnsupportedError
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.client import S3Client
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.connection import Connection
from ansible_collections.baremetal.mlops.plugins.modules import s3_buckets
from ansible_collections.baremetal.mlops.tests.unit.fakes.modules import four_claims, run
from tests.integration import faults

LIST = (
    "<ListAllMyBucketsResult><Owner><ID>ml</ID></Owner><Buckets><Bucket><Name>models</Name></Bucket></Buckets>"
    "</ListAllMyBucketsResult>"
)
REQUEST = "tx00000527b0b424e55a3ec-006ab3b279-14295-default"


class Ceph:
    """One bucket, of an owner whose name has characters that count in addresses."""

    def __init__(self) -> None:
        self.quota: dict[str, t.Any] = {"enabled": False, "check_on_raw": False, "max_size": -1, "max_size_kb": 0}
        self.writes: list[dict[str, str]] = []
        self.refusal = ""

    def __call__(self, method: str, path: str) -> faults.Answer:
        parts = urllib.parse.urlsplit(path)
        query = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
        if parts.path == "/":
            return 200, {"x-amz-request-id": REQUEST}, LIST.encode()
        assert parts.path == "/admin/bucket"
        assert query["bucket"] == "models"
        if self.refusal:
            return 403, {}, json.dumps({"Code": self.refusal, "RequestId": REQUEST}).encode()
        if method == "PUT":
            self.writes.append(query)
            enabled, size = query["enabled"] == "true", int(query["max-size-kb"])
            self.quota = {**self.quota, "enabled": enabled, "max_size": max(size * 1024, -1), "max_size_kb": size}
            return 200, {}, b""
        return 200, {}, json.dumps({"bucket": "models", "owner": "a b&c", "bucket_quota": self.quota}).encode()


@pytest.fixture
def ceph() -> Ceph:
    return Ceph()


@contextlib.contextmanager
def client(ceph: Ceph) -> t.Iterator[S3Client]:
    with faults.answering_server(ceph) as server:
        found = S3Client(Connection(server.address, "key", "s3cr3t-canary", "us-east-1", True, 30))
        found.list_buckets([])
        yield found


def test_four_claims(ceph: Ceph, capsys: pytest.CaptureFixture[str]) -> None:
    with faults.answering_server(ceph) as server:
        options = {"endpoint_url": server.address, "access_key": "key", "secret_key": "s3cr3t-canary"}
        for quota, action in (("10Gi", "set quota of models"), ("0", "remove quota of models")):
            buckets = [{"name": "models", "quota": quota}]
            assert four_claims(s3_buckets.main, capsys, **options, buckets=buckets) == [action]
        found = run(s3_buckets.main, capsys, **options, buckets=[{"name": "models", "quota": "3Mi"}])
    assert found["buckets"] == {"models": {"quota": 3 * 1024**2}}
    assert [(write["uid"], write["max-size-kb"], write["enabled"]) for write in ceph.writes] == [
        ("a b&c", str(10 * 1024**2), "true"),
        ("a b&c", "-1", "false"),
        ("a b&c", str(3 * 1024), "true"),
    ]


def test_it_counts_in_kib(ceph: Ceph) -> None:
    with client(ceph) as found, pytest.raises(UnsupportedError, match="cannot set quota of models: it counts in KiB"):
        found.refuse("models", "quota", 1500)
    assert ceph.writes == []


def test_a_key_without_the_capability_is_told_which(ceph: Ceph) -> None:
    ceph.refusal = "AccessDenied"
    with client(ceph) as found, pytest.raises(ItemError) as caught:
        found.get("models", "quota")
    assert (
        caught.value.msg
        == "Ceph: cannot read quota of models: the access key needs the capabilities buckets=* and users=*"
    )


@pytest.mark.parametrize(
    ("code", "kind"), [("NoSuchBucket", ItemError), ("InvalidAccessKey", ApiError), ("SignatureDoesNotMatch", ApiError)]
)
def test_other_refusals(ceph: Ceph, code: str, kind: type[Exception]) -> None:
    ceph.refusal = code
    with client(ceph) as found, pytest.raises(kind, match=f"Ceph: cannot read quota of models: {code}") as caught:
        found.get("models", "quota")
    assert isinstance(caught.value, ItemError) is (kind is ItemError)


def test_a_gateway_that_is_gone_is_told(ceph: Ceph) -> None:
    with client(ceph) as found:
        found.list_buckets()
    with pytest.raises(ApiError, match=r"Ceph: cannot read quota of models: http://127\.0\.0\.1:\d+ cannot be reached"):
        found.get("models", "quota")


def test_a_service_that_cannot_be_known_has_no_quota() -> None:
    def answer(_method: str, _path: str) -> faults.Answer:
        return 200, {}, LIST.encode()

    with faults.answering_server(answer) as server:
        found = S3Client(Connection(server.address, "key", "s3cr3t-canary", "us-east-1", True, 30))
        found.list_buckets([])
        with pytest.raises(UnsupportedError, match="the service does not say that it is MinIO or Ceph"):
            found.get("models", "quota")
