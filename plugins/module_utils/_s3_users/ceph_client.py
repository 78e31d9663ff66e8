# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Users through the administration API and the IAM API of Ceph's object gateway. The only file that knows them.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import functools
import json
import typing as t
import urllib.parse

from ansible_collections.baremetal.mlops.plugins.module_utils import _http
from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError, DependencyError, ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._s3 import ceph_admin
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.connection import KEY_HINTS
from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users.model import CEPH, Found, User

try:
    import botocore.session
    import requests
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError
    from rgwadmin.exceptions import RGWAdminException, ServerDown
except ImportError as exc:
    MISSING: ImportError | None = exc
else:
    MISSING = None

if t.TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from ansible_collections.baremetal.mlops.plugins.module_utils._s3.connection import Connection
    from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users.model import Policy

NO_BUCKETS = -1
PAGE = 1000
AT_A_TIME = 8
NO_USER, NO_POLICY, USER_EXISTS = "NoSuchUser", "NoSuchEntity", "UserAlreadyExists"
NO_KEY = ("NoSuchKey", "InvalidAccessKey", "InvalidAccessKeyId")
DENIED = "AccessDenied"
# Another run is at the same user: its administration API says it in the first way, IAM in the second.
CONFLICTS = {"UnknownError", "ConcurrentModification"}
# What the libraries and we stumble over when something answers that is no gateway.
ODD_ANSWER = (AttributeError, LookupError, TypeError, ValueError)
# What is wrong with these is wrong with every call.
NOT_THE_ITEM = {
    DENIED,
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "RequestTimeTooSkewed",
    "InternalError",
    "MethodNotAllowed",
    "ServiceUnavailable",
    "SlowDown",
}
HINTS = {
    DENIED: "the user of the access key needs the capabilities users=*, metadata=read and user-policy=*",
    **KEY_HINTS,
    "MethodNotAllowed": "the gateway does not serve that: rgw_enable_apis must name admin and iam",
    "KeyExists": "another user has the access key",
    "BucketAlreadyExists": "it owns buckets: delete them first, or give them to another user",
}


class CephUsers:
    backend = CEPH

    def __init__(self, connection: Connection) -> None:
        if MISSING is not None:
            needed = "the Python libraries rgwadmin and botocore are needed on the host that runs the module"
            raise DependencyError(f"{needed}: {MISSING}")
        self.own_key = connection.access_key
        self._connection = connection
        self._secrets: dict[tuple[str, str], str] = {}
        self._admin = ceph_admin.connect(connection)
        seconds = _http.attempt_seconds(connection.timeout)
        config = Config(
            connect_timeout=seconds,
            read_timeout=seconds,
            retries={"mode": "standard", "total_max_attempts": _http.ATTEMPTS},
        )
        try:
            self._iam = botocore.session.Session().create_client(
                "iam",
                endpoint_url=connection.endpoint_url,
                aws_access_key_id=connection.access_key,
                aws_secret_access_key=connection.secret_key,
                region_name=connection.region,
                verify=connection.verify,
                config=config,
            )
        except (BotoCoreError, ValueError) as exc:
            raise ApiError(f"Ceph: cannot use {connection.endpoint_url}: {' '.join(str(exc).split())}") from exc

    def find(self, names: Collection[str] | None = None, policies_of: Collection[str] | None = None) -> Found:
        wanted = list(self._names() if names is None else names)

        def read(name: str) -> User | None:
            return self._user(name, with_policies=policies_of is None or name in policies_of)

        # One alone, so that wrong credentials are tried once. Then several at a time: the gateway sends an answer in
        # two parts, and the second waits for a delayed acknowledgement of the first, 40 ms each time.
        users = [read(name) for name in wanted[:1]]
        with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
            users += pool.map(read, wanted[1:])
        return Found({name: user for name, user in zip(wanted, users, strict=True) if user is not None})

    def is_secret(self, name: str, access_key: str, secret_key: str, bucket: str) -> bool:
        """The gateway told the keys with the user."""
        return self._secrets.get((name, access_key)) == secret_key

    def create_user(self, name: str, access_key: str, secret_key: str) -> None:
        made = self._ask(
            f"create user {name}",
            lambda: self._admin.create_user(
                uid=_quoted(name),
                display_name=_quoted(name),
                access_key=_quoted(access_key),
                secret_key=_quoted(secret_key),
                generate_key=False,
                max_buckets=NO_BUCKETS,
            ),
            but=(USER_EXISTS,),
            item=True,
        )
        if made is None:
            # Another run made it meanwhile.
            self.set_key(name, access_key, secret_key)

    def set_key(self, name: str, access_key: str, secret_key: str) -> None:
        self._ask(
            f"set the secret key of {name}",
            lambda: self._admin.create_key(
                uid=_quoted(name),
                access_key=_quoted(access_key),
                secret_key=_quoted(secret_key),
                generate_key=False,
            ),
            item=True,
        )

    def delete_key(self, name: str, access_key: str) -> None:
        self._ask(
            f"delete access key {access_key} of {name}",
            lambda: self._admin.remove_key(_quoted(access_key), key_type="s3", uid=_quoted(name)),
            but=NO_KEY,
            item=True,
        )

    def enable_user(self, name: str) -> None:
        self._ask(f"enable user {name}", lambda: self._admin.modify_user(_quoted(name), suspended=False), item=True)

    def forbid_buckets(self, name: str) -> None:
        action = f"forbid {name} to own buckets"
        self._ask(action, lambda: self._admin.modify_user(_quoted(name), max_buckets=NO_BUCKETS), item=True)

    def write_policy(self, name: str, policy_name: str, policy: Policy) -> None:
        self._ask(
            f"write policy {policy_name} of {name}",
            lambda: self._iam.put_user_policy(UserName=name, PolicyName=policy_name, PolicyDocument=json.dumps(policy)),
            item=True,
        )

    def delete_policy(self, name: str, policy_name: str) -> None:
        self._ask(
            f"delete policy {policy_name} of {name}",
            lambda: self._iam.delete_user_policy(UserName=name, PolicyName=policy_name),
            but=(NO_POLICY, NO_USER),
            item=True,
        )

    def attach_policies(self, name: str, policy_names: Sequence[str]) -> None:
        raise ItemError(f"Ceph: cannot attach policies to {name}: they are a part of the user")

    def delete_user(self, name: str) -> None:
        self._ask(f"delete user {name}", lambda: self._admin.remove_user(_quoted(name)), but=(NO_USER,), item=True)

    def _names(self) -> Iterator[str]:
        """The names of all users, in pages."""
        page: t.Any = {"truncated": True, "marker": None}
        while page.get("truncated"):
            page = self._ask("list users", functools.partial(self._page, page["marker"]))
            yield from page["keys"]

    def _page(self, marker: str | None) -> dict[str, t.Any]:
        page = self._admin.get_metadata("user", max_entries=PAGE, marker=marker)
        return {"keys": page["keys"], "truncated": page["truncated"], "marker": page.get("marker")}

    def _user(self, name: str, with_policies: bool) -> User | None:
        def read() -> User:
            user = self._admin.get_user(uid=_quoted(name))
            # Keys of its subusers are none of its own.
            keys = {key["access_key"]: key["secret_key"] for key in user["keys"] if key["user"] == name}
            self._secrets.update({(name, key): secret for key, secret in keys.items()})
            return User(tuple(keys), enabled=not user["suspended"], may_own_buckets=user["max_buckets"] >= 0)

        found: User | None = self._ask(f"read user {name}", read, but=(NO_USER,))
        if found is None:
            return None
        return dataclasses.replace(found, policies=self._policies(name) if with_policies else None)

    def _policies(self, name: str) -> dict[str, Policy]:
        def read() -> dict[str, Policy]:
            pages = self._iam.get_paginator("list_user_policies").paginate(UserName=name)
            names = [policy for page in pages for policy in page.get("PolicyNames", [])]
            return {
                policy: self._iam.get_user_policy(UserName=name, PolicyName=policy)["PolicyDocument"]
                for policy in names
            }

        return self._ask(f"read policies of {name}", read, but=(NO_POLICY, NO_USER)) or {}

    def _ask(self, action: str, call: Callable[[], t.Any], *, but: Sequence[str] = (), item: bool = False) -> t.Any:
        """The answer to a call, in our errors. None if its code is one of ``but``."""
        address = self._connection.endpoint_url
        try:
            return _http.undisturbed(call, lambda exc: _answer(exc).get("Code") in CONFLICTS)
        except (ServerDown, *ODD_ANSWER) as exc:
            raise ApiError(f"Ceph: cannot {action}: {address} does not answer as Ceph's gateway does") from exc
        except (RGWAdminException, ClientError) as exc:
            answer, cause = _answer(exc), exc
        except (requests.RequestException, BotoCoreError) as exc:
            raise ApiError(f"Ceph: cannot {action}: {_http.why(exc, address, self._connection.timeout)}") from exc
        code = str(answer.get("Code"))
        if code in but:
            return None
        kind = ItemError if item and code not in NOT_THE_ITEM else ApiError
        raise kind(
            f"Ceph: cannot {action}: {HINTS.get(code) or answer.get('Message') or code}", error_code=code
        ) from cause


def _answer(exc: Exception) -> Mapping[str, t.Any]:
    """What the gateway says of an error. Empty if it says nothing."""
    if isinstance(exc, ClientError):
        # The gateway leaves out what IAM wraps around an error.
        said: Mapping[str, t.Any] = exc.response.get("Error") or exc.response
        return said
    if isinstance(exc, RGWAdminException):
        return exc.code if isinstance(exc.code, dict) else {"Code": exc.code}
    return {}


def _quoted(value: str) -> str:
    """The library writes addresses as they are given."""
    return urllib.parse.quote(value, safe="")
