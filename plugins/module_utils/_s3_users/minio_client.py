# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Users through MinIO's administration API and its own library. The only file that knows its calls and its errors.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import contextlib
import json
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils import _http
from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError, DependencyError, ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._s3 import minio_admin
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.connection import KEY_HINTS
from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users.model import MINIO, Found, User

try:
    from minio import Minio
    from minio.credentials.credentials import Credentials
    from minio.credentials.providers import Provider
    from minio.error import MinioAdminException, MinioException, S3Error, ServerError
    from urllib3.exceptions import HTTPError
except ImportError as exc:
    MISSING: ImportError | None = exc
else:
    MISSING = None

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from ansible_collections.baremetal.mlops.plugins.module_utils._s3.connection import Connection
    from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users.model import Policy

DENIED = "AccessDenied"
# What is wrong with these is wrong with every call.
NOT_THE_ITEM = {
    *KEY_HINTS,
    DENIED,
    "RequestTimeTooSkewed",
    "XMinioIAMNotInitialized",
    "XMinioServerNotInitialized",
    "SlowDown",
    "InternalError",
}
HINTS = {
    DENIED: "the access key may not do that: it needs administrator's rights",
    **KEY_HINTS,
    "XMinioInvalidIAMCredentials": "the name is that of MinIO's root user",
    "XMinioIAMPolicyInUse": "others have it: detach it from them first",
}


if MISSING is None:

    class Keys(Provider):
        """Key pairs, one after the other: a client for each would lose the connections that are kept."""

        def __init__(self) -> None:
            self.pair = ("", "")

        def retrieve(self) -> Credentials:
            return Credentials(*self.pair)


class MinioUsers:
    backend = MINIO

    def __init__(self, connection: Connection) -> None:
        if MISSING is not None:
            raise DependencyError(f"the Python library minio is needed on the host that runs the module: {MISSING}")
        self.own_key = connection.access_key
        self._connection = connection
        where = minio_admin.place(connection)
        self._tried = Keys()
        try:
            # In this order: one that fails leaves nothing behind that complains when it goes.
            self._as_user = Minio(credentials=self._tried, **where)
            self._admin = minio_admin.connect(connection, where)
        except ValueError as exc:
            raise ApiError(f"MinIO: cannot use {connection.endpoint_url}: {exc}") from exc

    def find(self, names: Collection[str] | None = None, policies_of: Collection[str] | None = None) -> Found:
        with self._errors("list users"):
            users = _objects(self._admin.user_list())
        with self._errors("list policies"):
            policies = _objects(self._admin.policy_list())
        wanted = users if names is None else set(names)
        return Found(
            users={
                name: User(
                    access_keys=(name,),
                    enabled=user.get("status") != "disabled",
                    policies={
                        policy: policies.get(policy) or {} for policy in user.get("policyName", "").split(",") if policy
                    },
                )
                for name, user in users.items()
                if name in wanted
            },
            policies={name: policy for name, policy in policies.items() if name.removeprefix("user-") in wanted},
        )

    def is_secret(self, name: str, access_key: str, secret_key: str, bucket: str) -> bool:
        """Ask as the user. The first request is cheap, but its refusal has no reason; that of the second has one."""
        self._tried.pair = (access_key, secret_key)
        with self._errors(f"try the keys of {name}"):
            # The library knows fewer names of buckets than the service.
            with contextlib.suppress(S3Error, ValueError):
                if bucket and self._as_user.bucket_exists(bucket):
                    return True
            try:
                self._as_user.list_buckets()
            except S3Error as exc:
                if exc.code in KEY_HINTS:
                    return False
                if exc.code != DENIED:
                    raise
        return True

    def create_user(self, name: str, access_key: str, secret_key: str) -> None:
        with self._errors(f"create user {name}", item=True):
            self._admin.user_add(access_key, secret_key)

    def set_key(self, name: str, access_key: str, secret_key: str) -> None:
        with self._errors(f"set the secret key of {name}", item=True):
            self._admin.user_add(access_key, secret_key)

    def delete_key(self, name: str, access_key: str) -> None:
        raise ItemError(f"MinIO: cannot delete access key {access_key} of {name}: it is the user itself")

    def enable_user(self, name: str) -> None:
        with self._errors(f"enable user {name}", item=True):
            self._admin.user_enable(name)

    def forbid_buckets(self, name: str) -> None:
        raise ItemError(f"MinIO: cannot forbid {name} to own buckets: its policy says that")

    def write_policy(self, name: str, policy_name: str, policy: Policy) -> None:
        with self._errors(f"write policy {policy_name} of {name}", item=True):
            self._admin.policy_add(policy_name, policy=dict(policy))

    def attach_policies(self, name: str, policy_names: Sequence[str]) -> None:
        with self._errors(f"attach policies to {name}", item=True):
            self._admin.policy_set(",".join(policy_names), user=name)

    def delete_policy(self, name: str, policy_name: str) -> None:
        with self._errors(f"delete policy {policy_name} of {name}", "XMinioAdminNoSuchPolicy", item=True):
            self._admin.policy_remove(policy_name)

    def delete_user(self, name: str) -> None:
        with self._errors(f"delete user {name}", "XMinioAdminNoSuchUser", item=True):
            self._admin.user_remove(name)

    @contextlib.contextmanager
    def _errors(self, action: str, *already: str, item: bool = False) -> Iterator[None]:
        """Turn the library's errors into ours. Codes in ``already`` say that what is wanted has been done."""
        try:
            yield
        except S3Error as exc:
            raise ApiError(_said(action, exc.code or "", exc.message or ""), error_code=exc.code) from exc
        except MinioAdminException as exc:
            status, code, message = minio_admin.answer(exc)
            if code in already:
                return
            kind = ItemError if item and status < minio_admin.SERVER_FAILED and code not in NOT_THE_ITEM else ApiError
            raise kind(_said(action, code, message), error_code=code) from exc
        except HTTPError as exc:
            said = _http.why(exc, self._connection.endpoint_url, self._connection.timeout)
            raise ApiError(f"MinIO: cannot {action}: {said}") from exc
        except ServerError as exc:
            said = f"{self._connection.endpoint_url} answers with status {exc.status_code}"
            raise ApiError(f"MinIO: cannot {action}: {said}", http_status=exc.status_code) from exc
        except (MinioException, OSError, ValueError) as exc:
            said = f"{self._connection.endpoint_url} does not answer as MinIO does"
            raise ApiError(f"MinIO: cannot {action}: {said}") from exc


def _said(action: str, code: str, message: str) -> str:
    return f"MinIO: cannot {action}: {HINTS.get(code) or message or code}"


def _objects(text: str) -> dict[str, t.Any]:
    """Users or policies by name."""
    found = json.loads(text)
    if not isinstance(found, dict) or not all(isinstance(item, dict) for item in found.values()):
        raise ValueError
    return found
