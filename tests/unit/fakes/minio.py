# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""MinIO's users in memory. Counts its writes, so that a test can say none happened."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Mapping


class FakeMinio:
    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}
        self.attached: dict[str, str] = {}
        self.policies: dict[str, Mapping[str, t.Any]] = {}
        self.writes: list[str] = []

    def list_users(self) -> Mapping[str, str]:
        return {name: self.attached.get(name, "") for name in self.secrets}

    def list_policies(self) -> Mapping[str, Mapping[str, t.Any]]:
        return dict(self.policies)

    def is_secret(self, name: str, secret_key: str) -> bool:
        return self.secrets[name] == secret_key

    def set_user(self, name: str, secret_key: str) -> None:
        self.writes.append("set_user")
        self.secrets[name] = secret_key

    def set_policy(self, policy_name: str, policy: Mapping[str, t.Any]) -> None:
        self.writes.append("set_policy")
        self.policies[policy_name] = policy

    def attach_policy(self, name: str, policy_name: str) -> None:
        self.writes.append("attach_policy")
        self.attached[name] = policy_name

    def delete_user(self, name: str) -> None:
        self.writes.append("delete_user")
        self.attached.pop(name, None)
        del self.secrets[name]

    def delete_policy(self, policy_name: str) -> None:
        self.writes.append("delete_policy")
        del self.policies[policy_name]
