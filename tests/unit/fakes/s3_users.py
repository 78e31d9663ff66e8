# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Users of MinIO or of Ceph's gateway in memory. Records its writes, so that a test can say none happened."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users.model import CEPH, MINIO, Found, User

if t.TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users.model import Policy

NO_ACTION = "s3:NoSuchAction"


@dataclasses.dataclass
class Account:
    keys: dict[str, str]
    enabled: bool = True
    max_buckets: int = -1
    # On MinIO the names of what is attached, on Ceph the policies themselves.
    attached: list[str] = dataclasses.field(default_factory=list)
    inline: dict[str, Policy] = dataclasses.field(default_factory=dict)
    owns: set[str] = dataclasses.field(default_factory=set)


class FakeUsers:
    def __init__(self, backend: str = MINIO, own_key: str = "platform-root") -> None:
        self.backend = backend
        self.own_key = own_key
        self.accounts: dict[str, Account] = {}
        # MinIO's policies are objects of their own.
        self.policies: dict[str, Policy] = {}
        self.writes: list[str] = []
        self.reads: list[str] = []

    def find(self, names: Collection[str] | None = None, policies_of: Collection[str] | None = None) -> Found:
        self.reads.append("find")
        wanted = self.accounts if names is None else names
        return Found(
            users={name: self._user(name, policies_of) for name in self.accounts if name in wanted},
            policies={name: policy for name, policy in self.policies.items() if name.removeprefix("user-") in wanted},
        )

    def is_secret(self, name: str, access_key: str, secret_key: str, bucket: str) -> bool:
        self.reads.append("is_secret")
        account = self.accounts[name]
        return account.keys[access_key] == secret_key and (account.enabled or self.backend == CEPH)

    def create_user(self, name: str, access_key: str, secret_key: str) -> None:
        self.writes.append("create_user")
        self.accounts.setdefault(name, Account({})).keys[access_key] = secret_key

    def set_key(self, name: str, access_key: str, secret_key: str) -> None:
        self.writes.append("set_key")
        self.accounts[name].keys[access_key] = secret_key

    def delete_key(self, name: str, access_key: str) -> None:
        self.writes.append("delete_key")
        self.accounts[name].keys.pop(access_key, None)

    def enable_user(self, name: str) -> None:
        self.writes.append("enable_user")
        self.accounts[name].enabled = True

    def forbid_buckets(self, name: str) -> None:
        self.writes.append("forbid_buckets")
        self.accounts[name].max_buckets = -1

    def write_policy(self, name: str, policy_name: str, policy: Policy) -> None:
        self.writes.append("write_policy")
        if any(NO_ACTION in statement.get("Action", []) for statement in policy["Statement"]):
            raise ItemError(f"cannot write policy {policy_name} of {name}: unsupported action '{NO_ACTION}'")
        if self.backend == MINIO:
            self.policies[policy_name] = policy
        else:
            self.accounts[name].inline[policy_name] = policy

    def delete_policy(self, name: str, policy_name: str) -> None:
        self.writes.append("delete_policy")
        if any(policy_name in account.attached for account in self.accounts.values()):
            raise ItemError(
                f"MinIO: cannot delete policy {policy_name} of {name}: others have it: detach it from them first"
            )
        self.policies.pop(policy_name, None)
        if name in self.accounts:
            self.accounts[name].inline.pop(policy_name, None)

    def attach_policies(self, name: str, policy_names: Sequence[str]) -> None:
        self.writes.append("attach_policies")
        self.accounts[name].attached = list(policy_names)

    def delete_user(self, name: str) -> None:
        self.writes.append("delete_user")
        if name in self.accounts and self.accounts[name].owns:
            raise ItemError(f"Ceph: cannot delete user {name}: it owns buckets")
        self.accounts.pop(name, None)

    def _user(self, name: str, policies_of: Collection[str] | None) -> User:
        account = self.accounts[name]
        if self.backend == MINIO:
            attached = {policy: self.policies.get(policy, {}) for policy in account.attached}
            return User(tuple(account.keys), account.enabled, None, attached)
        read = policies_of is None or name in policies_of
        return User(
            tuple(account.keys), account.enabled, account.max_buckets >= 0, dict(account.inline) if read else None
        )
