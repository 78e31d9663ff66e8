# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""How much a bucket may hold. S3 does not know that: each service has an API of its own for it.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import contextlib
import json
import typing as t
import urllib.parse

from ansible_collections.baremetal.mlops.plugins.module_utils import _http
from ansible_collections.baremetal.mlops.plugins.module_utils._errors import (
    ApiError,
    DependencyError,
    ItemError,
    UnsupportedError,
)
from ansible_collections.baremetal.mlops.plugins.module_utils._s3 import ceph_admin, minio_admin

try:
    from minio.error import MinioAdminException
    from urllib3.exceptions import HTTPError
except ImportError as exc:
    MINIO_MISSING: ImportError | None = exc
else:
    MINIO_MISSING = None
try:
    from requests.exceptions import RequestException
    from rgwadmin.exceptions import RGWAdminException, ServerDown
except ImportError as exc:
    CEPH_MISSING: ImportError | None = exc
else:
    CEPH_MISSING = None

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.baremetal.mlops.plugins.module_utils._s3.connection import Connection

KIB = 1024
WRONG_KEYS = {"InvalidAccessKey", "InvalidAccessKeyId", "InvalidSecretKey", "SignatureDoesNotMatch"}


class Quotas(t.Protocol):
    """Quotas in bytes. 0 is none."""

    def refuse(self, name: str, value: int) -> None:
        """Raise UnsupportedError if the service cannot keep this value."""

    def get(self, name: str) -> int: ...
    def set(self, name: str, value: int) -> None: ...


def of(service: str, connection: Connection, name: str) -> Quotas:
    """The quotas of a service. ``name`` is the bucket for which the first of them is asked."""
    if service == "MinIO":
        return MinioQuotas(connection)
    if service == "Ceph":
        return CephQuotas(connection)
    if service:
        raise UnsupportedError(f"S3: cannot keep quota of {name}: {service} has no API for quotas of buckets")
    raise UnsupportedError(
        f"S3: cannot keep quota of {name}: the service does not say that it is MinIO or Ceph, which have quotas"
    )


class MinioQuotas:
    """MinIO's administration API. It limits the bytes of all versions."""

    def __init__(self, connection: Connection) -> None:
        if MINIO_MISSING is not None:
            raise DependencyError(f"minio (Python library) is needed for quotas of MinIO: {MINIO_MISSING}")
        self._connection = connection
        self._admin = minio_admin.connect(connection, minio_admin.place(connection))

    def refuse(self, name: str, value: int) -> None:
        """It can keep every value."""

    def get(self, name: str) -> int:
        with self._errors(f"read quota of {name}"):
            return int(json.loads(self._admin.bucket_quota_get(name)).get("quota", 0))

    def set(self, name: str, value: int) -> None:
        with self._errors(f"set quota of {name}"):
            self._admin.bucket_quota_set(name, value)

    @contextlib.contextmanager
    def _errors(self, action: str) -> Iterator[None]:
        try:
            yield
        except MinioAdminException as exc:
            _status, code, said = minio_admin.answer(exc)
            raise _refusal(f"MinIO: cannot {action}: {said}", code) from exc
        except HTTPError as exc:
            reason = _http.why(exc, self._connection.endpoint_url, self._connection.timeout)
            raise ApiError(f"MinIO: cannot {action}: {reason}") from exc


class CephQuotas:
    """The administration API of Ceph's object gateway. It counts in KiB."""

    def __init__(self, connection: Connection) -> None:
        if CEPH_MISSING is not None:
            raise DependencyError(f"rgwadmin (Python library) is needed for quotas of Ceph: {CEPH_MISSING}")
        self._connection = connection
        self._admin = ceph_admin.connect(connection)

    def refuse(self, name: str, value: int) -> None:
        if value % KIB:
            raise UnsupportedError(f"Ceph: cannot set quota of {name}: it counts in KiB, and {value} is not a multiple")

    def get(self, name: str) -> int:
        found = self._bucket(name, f"read quota of {name}")["bucket_quota"]
        return max(int(found["max_size"]), 0) if found["enabled"] else 0

    def set(self, name: str, value: int) -> None:
        action = f"set quota of {name}"
        # A bucket's owner may have any name.
        owner = urllib.parse.quote(str(self._bucket(name, action)["owner"]), safe="")
        with self._errors(action):
            size = value // KIB if value else -1
            self._admin.set_bucket_quota(owner, name, max_size_kb=size, enabled=bool(value))

    def _bucket(self, name: str, action: str) -> t.Any:
        with self._errors(action):
            return self._admin.get_bucket(bucket=name, stats=True)

    @contextlib.contextmanager
    def _errors(self, action: str) -> Iterator[None]:
        try:
            yield
        except ServerDown as exc:
            raise UnsupportedError(f"Ceph: cannot {action}: its administration API does not answer there") from exc
        except RGWAdminException as exc:
            # Some of its exceptions hold the whole answer in the place of the code.
            code = str(exc.code.get("Code") if isinstance(exc.code, dict) else exc.code)
            said = "the access key needs the capabilities buckets=* and users=*" if code == "AccessDenied" else code
            raise _refusal(f"Ceph: cannot {action}: {said}", code) from exc
        except RequestException as exc:
            reason = _http.why(exc, self._connection.endpoint_url, self._connection.timeout)
            raise ApiError(f"Ceph: cannot {action}: {reason}") from exc


def _refusal(said: str, code: str) -> ApiError:
    if code in WRONG_KEYS:
        return ApiError(said, error_code=code)
    if code in {"NotImplemented", "MethodNotAllowed"}:
        return UnsupportedError(said, error_code=code)
    return ItemError(said, error_code=code)
