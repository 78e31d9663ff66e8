# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What the tests of users share: their clients, and S3 as one of their users."""

from __future__ import annotations

import secrets
import typing as t

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users.client import connect
from tests.integration.s3.storage import connection, new_name

if t.TYPE_CHECKING:
    from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users.model import UserClient
    from tests.services import ObjectStorage

SERVERS = ["minio_server", "ceph_server"]
REFUSED = {"AccessDenied", "403", "InvalidAccessKeyId", "SignatureDoesNotMatch"}


def users(server: ObjectStorage, **changes: t.Any) -> UserClient:
    return connect(connection(server, **changes), "auto")


def new_user() -> str:
    return new_name("user")


def new_secret() -> str:
    """With all that has a meaning in addresses and signatures."""
    return f"{secrets.token_urlsafe(12)} &=+%2F;~'\"/?#"


def as_user(server: ObjectStorage, access_key: str, secret_key: str) -> t.Any:
    """boto3 as one of the users."""
    return boto3.client(
        "s3",
        endpoint_url=server.endpoint_url,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        region_name="us-east-1",
        verify=server.ca_path,
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
    )


def may(call: t.Callable[..., t.Any], **arguments: t.Any) -> bool:
    """Whether a call is allowed. Any other failure is one of the test."""
    try:
        call(**arguments)
    except ClientError as exc:
        if exc.response["Error"]["Code"] not in REFUSED:
            raise
        return False
    return True
