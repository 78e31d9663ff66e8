# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What the tests on real S3 servers share: their connections, names nobody else uses, and values for each field."""

from __future__ import annotations

import typing as t
import uuid

from ansible_collections.baremetal.mlops.plugins.module_utils._s3.client import S3Client
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.connection import Connection

if t.TYPE_CHECKING:
    from tests.services import ObjectStorage

REAL = ["minio_server", "seaweedfs_server", "ceph_server"]
# What a service is known not to have.
LACKS: dict[str, set[str]] = {
    "fake": set(),
    "minio_server": {"cors"},
    "seaweedfs_server": {"quota"},
    "ceph_server": set(),
}


def where(server: ObjectStorage) -> dict[str, t.Any]:
    """The options that say where a server is."""
    given = {"endpoint_url": server.endpoint_url, "access_key": server.access_key, "secret_key": server.secret_key}
    return {**given, **({"ca_path": server.ca_path} if server.ca_path else {})}


def connection(server: ObjectStorage, **changes: t.Any) -> Connection:
    params = {"region": "us-east-1", "validate_certs": True, "ca_path": None, "timeout": 30, **where(server), **changes}
    return Connection.from_params(params)


def connect(server: ObjectStorage, **changes: t.Any) -> S3Client:
    return S3Client(connection(server, **changes))


def new_name(kind: str = "contract") -> str:
    return f"{kind}-{uuid.uuid4().hex[:12]}"


def statement(name: str, **changes: t.Any) -> dict[str, t.Any]:
    given = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/*"}
    return {**given, **changes}


def option_values(name: str) -> dict[str, list[t.Any]]:
    """For each field of a bucket some values as a user gives them, one of which is set after the other."""
    rule = {"id": "old", "enabled": True, "prefix": "tmp/", "expiration_days": 3}
    return {
        "versioning": [True, False, True],
        "encryption": [{"algorithm": "AES256"}, {"algorithm": "aws:kms", "kms_key_id": "tests"}, {"algorithm": "none"}],
        "tags": [{"b": "1", "a": ""}, {"a": "x +-=._:/@"}, {}],
        "lifecycle": [
            [rule],
            [{**rule, "enabled": False}, {"id": "a", "enabled": True, "expired_delete_marker": True}],
            [{**rule, "noncurrent_expiration_days": 7, "tags": {"k": "v"}}],
            [{**rule, "tags": {"k": "v", "a": "b"}}],
            [],
        ],
        "cors": [
            [{"allowed_origins": ["*"], "allowed_methods": ["GET"]}],
            [
                {
                    "allowed_origins": ["https://b.example.com", "https://a.example.com"],
                    "allowed_methods": ["PUT", "GET"],
                    "allowed_headers": ["*"],
                    "expose_headers": ["ETag"],
                    "max_age_seconds": 60,
                },
                {"allowed_origins": ["*"], "allowed_methods": ["HEAD"]},
            ],
            [],
        ],
        "quota": ["10Gi", "1500Ki", "0"],
        "policy": [
            {"Statement": statement(name)},
            {"Version": "2012-10-17", "Id": "x", "Statement": [statement(name, Sid="2"), statement(name, Sid="1")]},
            {"Statement": [statement(name, Principal={"AWS": "*"}, Action=["s3:PutObject", "s3:GetObject"])]},
            {"Statement": [statement(name, Effect="Deny", Condition={"Bool": {"aws:SecureTransport": False}})]},
            {"Statement": [statement(name, Condition={"IpAddress": {"aws:SourceIp": ["10.0.0.5/8", "192.0.2.1"]}})]},
            {"Statement": [statement(name, Action="s3:ListBucket", Resource=[f"arn:aws:s3:::{name}"])]},
            {},
        ],
    }
