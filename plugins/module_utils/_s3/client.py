# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""S3's API through boto3. The only file that knows its calls and its error codes.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError, DependencyError

try:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError as exc:
    MISSING: ImportError | None = exc
else:
    MISSING = None

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.baremetal.mlops.plugins.module_utils._s3.connection import Connection

NOT_EMPTY = "BucketNotEmpty"
HINTS = {
    NOT_EMPTY: "it holds objects: delete them first",
    "InvalidAccessKeyId": "the access key is not known there",
    "SignatureDoesNotMatch": "the secret key is wrong",
    "BucketAlreadyExists": "the name belongs to another account",
}


def connect(connection: Connection) -> t.Any:
    """A boto3 client: signature version 4 and path-style addresses, as every S3 service understands them."""
    if MISSING is not None:
        raise DependencyError(f"boto3 is needed on the host that runs the module: {MISSING}")
    return boto3.session.Session().client(
        "s3",
        endpoint_url=connection.endpoint_url,
        aws_access_key_id=connection.access_key,
        aws_secret_access_key=connection.secret_key,
        region_name=connection.region,
        verify=connection.verify,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            connect_timeout=connection.timeout,
            read_timeout=connection.timeout,
            retries={"mode": "standard", "total_max_attempts": 2},
        ),
    )


class S3Client:
    def __init__(self, boto: t.Any) -> None:
        self._boto = boto

    def list_buckets(self) -> set[str]:
        with self._errors("list buckets"):
            return {bucket["Name"] for bucket in self._boto.list_buckets().get("Buckets", [])}

    def create_bucket(self, name: str) -> None:
        with self._errors(f"create bucket {name}", "BucketAlreadyOwnedByYou"):
            self._boto.create_bucket(Bucket=name)

    def delete_bucket(self, name: str) -> None:
        with self._errors(f"delete bucket {name}", "NoSuchBucket"):
            # Some services delete a bucket together with its objects: never here.
            if self._boto.list_objects_v2(Bucket=name, MaxKeys=1).get("Contents"):
                raise ApiError(f"S3: cannot delete bucket {name}: {HINTS[NOT_EMPTY]}", error_code=NOT_EMPTY)
            self._boto.delete_bucket(Bucket=name)

    def get_versioning(self, name: str) -> bool:
        with self._errors(f"read versioning of {name}"):
            return bool(self._boto.get_bucket_versioning(Bucket=name).get("Status") == "Enabled")

    def set_versioning(self, name: str, enabled: bool) -> None:
        status = "Enabled" if enabled else "Suspended"
        with self._errors(f"set versioning of {name}"):
            self._boto.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": status})

    @contextlib.contextmanager
    def _errors(self, action: str, *already: str) -> Iterator[None]:
        """Turn boto3's errors into ours. Codes in ``already`` say that what is wanted has been done."""
        try:
            yield
        except ClientError as exc:
            error = exc.response.get("Error", {})
            code = str(error.get("Code", ""))
            if code in already:
                return
            raise ApiError(
                f"S3: cannot {action}: {HINTS.get(code, error.get('Message') or code)}",
                error_code=code,
                http_status=exc.response.get("ResponseMetadata", {}).get("HTTPStatusCode"),
            ) from exc
        except BotoCoreError as exc:
            raise ApiError(f"S3: cannot {action} at {self._boto.meta.endpoint_url}: {exc}") from exc
