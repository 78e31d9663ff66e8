# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Users of MinIO and what they may do: what is, what is wanted, and the plan between the two. No I/O of its own.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._reconcile import Plan, Step

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

READ_BUCKET = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
READ_OBJECT = ["s3:GetObject"]
WRITE_OBJECT = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:ListMultipartUploadParts", "s3:PutObject"]


@dataclasses.dataclass(frozen=True)
class Wanted:
    """A user as given: its own policy lets it into ``buckets`` and nowhere else."""

    name: str
    secret_key: str = dataclasses.field(repr=False)
    present: bool = True
    buckets: tuple[str, ...] = ()
    read_only: bool = False

    @property
    def policy_name(self) -> str:
        return f"user-{self.name}"

    def policy(self) -> dict[str, t.Any]:
        objects = READ_OBJECT if self.read_only else [*READ_OBJECT, *WRITE_OBJECT]
        return {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": READ_BUCKET, "Resource": [f"arn:aws:s3:::{b}" for b in self.buckets]},
                {"Effect": "Allow", "Action": objects, "Resource": [f"arn:aws:s3:::{b}/*" for b in self.buckets]},
            ],
        }


class UserClient(t.Protocol):
    """The calls that a plan needs. MinIO's client and the tests' fake both have them."""

    def list_users(self) -> Mapping[str, str]:
        """Names of users and of the policies attached to them."""

    def list_policies(self) -> Mapping[str, Mapping[str, t.Any]]: ...
    def is_secret(self, name: str, secret_key: str) -> bool: ...
    def set_user(self, name: str, secret_key: str) -> None: ...
    def set_policy(self, policy_name: str, policy: Mapping[str, t.Any]) -> None: ...
    def attach_policy(self, name: str, policy_name: str) -> None: ...
    def delete_user(self, name: str) -> None: ...
    def delete_policy(self, policy_name: str) -> None: ...


def plan(client: UserClient, wanted: Sequence[Wanted]) -> Plan:
    users, policies = client.list_users(), client.list_policies()
    steps: list[Step] = []
    before: dict[str, t.Any] = {}
    after: dict[str, t.Any] = {}
    for user in wanted:
        exists = user.name in users
        secret_fits = exists and (not user.present or client.is_secret(user.name, user.secret_key))
        policy_fits = _plain(policies.get(user.policy_name)) == _plain(user.policy())
        if exists:
            before[user.name] = _shown(users[user.name], policies.get(user.policy_name), secret_fits)
        if user.present:
            after[user.name] = _shown(user.policy_name, user.policy(), secret_fits=True)
            attached = exists and users[user.name] == user.policy_name
            steps += _steps(
                client, user, exists=exists, secret_fits=secret_fits, policy_fits=policy_fits, attached=attached
            )
        else:
            steps += _removal(client, user, exists, user.policy_name in policies)
    return Plan(before={"users": before}, after={"users": after}, steps=steps)


def read(client: UserClient, wanted: Sequence[Wanted]) -> dict[str, t.Any]:
    """The listed users as they are now, in the shape of a plan's ``after``."""
    return {"users": plan(client, wanted).before["users"]}


def _steps(
    client: UserClient, user: Wanted, *, exists: bool, secret_fits: bool, policy_fits: bool, attached: bool
) -> list[Step]:
    steps = []
    if not policy_fits:
        write = functools.partial(client.set_policy, user.policy_name, user.policy())
        steps.append(Step(f"write policy {user.policy_name}", write))
    if not secret_fits:
        summary = f"set secret key of {user.name}" if exists else f"create user {user.name}"
        steps.append(Step(summary, functools.partial(client.set_user, user.name, user.secret_key)))
    if not attached:
        attach = functools.partial(client.attach_policy, user.name, user.policy_name)
        steps.append(Step(f"attach policy {user.policy_name} to {user.name}", attach))
    return steps


def _removal(client: UserClient, user: Wanted, exists: bool, has_policy: bool) -> list[Step]:
    steps = []
    if exists:
        steps.append(Step(f"delete user {user.name}", functools.partial(client.delete_user, user.name)))
    if has_policy:
        steps.append(
            Step(f"delete policy {user.policy_name}", functools.partial(client.delete_policy, user.policy_name))
        )
    return steps


def _shown(policy_name: str, policy: Mapping[str, t.Any] | None, secret_fits: bool) -> dict[str, t.Any]:
    return {
        "policy_name": policy_name,
        "policy": _plain(policy) if policy else {},
        "secret_key": "as wanted" if secret_fits else "another",
    }


def _plain(value: t.Any) -> t.Any:
    """A policy without what means nothing: the order of its lists."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return sorted((_plain(item) for item in value), key=repr)
    return value
