# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The right client for a service. The only file that knows how MinIO and Ceph's gateway differ from outside.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import contextlib
import http
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils import _http
from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.connection import service
from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users.ceph_client import CephUsers
from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users.minio_client import MinioUsers
from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users.model import CEPH, MINIO
from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users.options import AUTO

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ansible_collections.baremetal.mlops.plugins.module_utils._s3.connection import Connection
    from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users.model import UserClient

# _http.pool says what is missing.
with contextlib.suppress(ImportError):
    from urllib3.exceptions import HTTPError

CLIENTS: Mapping[str, Callable[[Connection], UserClient]] = {MINIO: MinioUsers, CEPH: CephUsers}
BACKENDS = {"MinIO": MINIO, "Ceph": CEPH}
# MinIO answers there to everybody. To Ceph it is an object of a bucket.
HEALTH = "/minio/health/live"


def connect(connection: Connection, backend: str) -> UserClient:
    return CLIENTS[detect(connection) if backend == AUTO else backend](connection)


def detect(connection: Connection) -> str:
    """Ask the service what it is, by one request without credentials."""
    pool = _http.pool(verify=connection.verify, timeout=connection.timeout)
    try:
        answer = pool.request("GET", f"{connection.endpoint_url}{HEALTH}", redirect=False)
    except HTTPError as exc:
        said = _http.why(exc, connection.endpoint_url, connection.timeout)
        raise ApiError(f"cannot ask which service this is: {said}") from exc
    headers = {name.lower(): value for name, value in answer.headers.items()}
    if found := BACKENDS.get(service(headers)):
        return found
    if answer.status == http.HTTPStatus.OK and "x-amz-request-id" in headers and not answer.data:
        return MINIO
    raise ApiError(
        f"cannot see whether {connection.endpoint_url} is MinIO or Ceph (it answers with status {answer.status}): "
        "say which with the option backend"
    )
