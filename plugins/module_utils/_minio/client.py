# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""MinIO's administration API through its own library. The only file that knows its calls and its errors.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import contextlib
import json
import re
import typing as t
import urllib.parse

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError, DependencyError

try:
    import urllib3
    from minio import Minio, MinioAdmin
    from minio.credentials.providers import StaticProvider
    from minio.error import MinioAdminException, S3Error
except ImportError as exc:
    MISSING: ImportError | None = exc
else:
    MISSING = None

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ansible_collections.baremetal.mlops.plugins.module_utils._s3.connection import Connection

WRONG_KEYS = {"InvalidAccessKeyId", "SignatureDoesNotMatch"}


class MinioUsers:
    def __init__(self, connection: Connection) -> None:
        if MISSING is not None:
            raise DependencyError(f"the Python library minio is needed on the host that runs the module: {MISSING}")
        self._connection = connection
        parts = urllib.parse.urlsplit(connection.endpoint_url)
        self._where: dict[str, t.Any] = {
            "endpoint": parts.netloc,
            "secure": parts.scheme == "https",
            "region": connection.region,
            "http_client": urllib3.PoolManager(
                timeout=urllib3.Timeout(connect=connection.timeout, read=connection.timeout),
                retries=urllib3.Retry(total=1, status_forcelist=[]),
                cert_reqs="CERT_REQUIRED" if connection.verify else "CERT_NONE",
                ca_certs=connection.verify if isinstance(connection.verify, str) else None,
            ),
        }
        credentials = StaticProvider(connection.access_key, connection.secret_key)
        self._admin = MinioAdmin(credentials=credentials, **self._where)

    def list_users(self) -> Mapping[str, str]:
        with self._errors("list users"):
            users = json.loads(self._admin.user_list())
        return {name: user.get("policyName", "") for name, user in users.items()}

    def list_policies(self) -> Mapping[str, Mapping[str, t.Any]]:
        with self._errors("list policies"):
            policies: dict[str, dict[str, t.Any]] = json.loads(self._admin.policy_list())
        return policies

    def is_secret(self, name: str, secret_key: str) -> bool:
        """Ask as the user, by a request whose refusal has a body that says why: that of HEAD has none."""
        try:
            with self._errors(f"try the keys of {name}"):
                Minio(access_key=name, secret_key=secret_key, **self._where).list_buckets()
        except ApiError as exc:
            if exc.details.get("error_code") in WRONG_KEYS:
                return False
            if exc.details.get("error_code") != "AccessDenied":
                raise
        return True

    def set_user(self, name: str, secret_key: str) -> None:
        with self._errors(f"set the secret key of {name}"):
            self._admin.user_add(name, secret_key)

    def set_policy(self, policy_name: str, policy: Mapping[str, t.Any]) -> None:
        with self._errors(f"write policy {policy_name}"):
            self._admin.policy_add(policy_name, policy=dict(policy))

    def attach_policy(self, name: str, policy_name: str) -> None:
        with self._errors(f"attach policy {policy_name} to {name}"):
            self._admin.policy_set(policy_name, user=name)

    def delete_user(self, name: str) -> None:
        with self._errors(f"delete user {name}"):
            self._admin.user_remove(name)

    def delete_policy(self, policy_name: str) -> None:
        with self._errors(f"delete policy {policy_name}"):
            self._admin.policy_remove(policy_name)

    @contextlib.contextmanager
    def _errors(self, action: str) -> Iterator[None]:
        try:
            yield
        except S3Error as exc:
            raise ApiError(f"MinIO: cannot {action}: {exc.message}", error_code=exc.code) from exc
        except MinioAdminException as exc:
            code = re.search(r'"Code":\s*"(\w+)"', str(exc))
            raise ApiError(f"MinIO: cannot {action}: {exc}", error_code=code[1] if code else "") from exc
        except urllib3.exceptions.HTTPError as exc:
            raise ApiError(f"MinIO: cannot {action} at {self._connection.endpoint_url}: {exc}") from exc
