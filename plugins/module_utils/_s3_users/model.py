# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Users of an S3 service: as they are, as they are wanted, and what a client of the service can do.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._s3 import policy as s3_policy
from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users import policies

if t.TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users.policies import Access

    Policy = Mapping[str, t.Any]

MINIO, CEPH = "minio", "ceph"
BACKENDS = (MINIO, CEPH)
# What both services take as a name and as an access key, and what is plain in addresses, policies and file names.
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+@-]{2,63}")
NAME_RULE = "3 to 64 letters (A to Z, a to z), digits and . _ + @ -, the first of them a letter, a digit or _"
# Ceph takes other characters, but then the key does not work.
SECRET = re.compile(r"[ -~]{8,}")
SECRET_RULE = "at least 8 characters, all of them printable ASCII (a line break at its end is not)"


@dataclasses.dataclass(frozen=True)
class Wanted:
    """A user as given. What is None is left as it is. Without any ``accesses`` the user may do nothing."""

    name: str
    present: bool = True
    access_key: str | None = None
    secret_key: str | None = dataclasses.field(default=None, repr=False)
    update_secret: bool = True
    purge_keys: bool = False
    accesses: tuple[Access, ...] | None = None
    given_policy: Policy | None = None

    @property
    def key(self) -> str:
        return self.access_key or self.name

    @property
    def policy_name(self) -> str:
        return f"user-{self.name}"

    @property
    def policies(self) -> Mapping[str, Policy] | None:
        """The policies that the user has in the end: one or none."""
        if self.accesses is None and self.given_policy is None:
            return None
        policy = s3_policy.canonical(self.given_policy or {}) or policies.document(self.accesses or ())
        return {self.policy_name: policy} if policy else {}


@dataclasses.dataclass(frozen=True)
class User:
    """A user as it is. ``policies`` are those given to it itself, by name.

    ``may_own_buckets`` is None where a policy says that, as on MinIO; ``policies`` is None when they were not read.
    """

    access_keys: tuple[str, ...]
    enabled: bool = True
    may_own_buckets: bool | None = None
    policies: Mapping[str, Policy] | None = dataclasses.field(default_factory=dict)

    def shown(self) -> dict[str, t.Any]:
        shown: dict[str, t.Any] = {"enabled": self.enabled, "access_keys": sorted(self.access_keys)}
        if self.may_own_buckets is not None:
            shown["may_own_buckets"] = self.may_own_buckets
        if self.policies is not None:
            shown["policies"] = {name: s3_policy.canonical(policy) for name, policy in sorted(self.policies.items())}
        return shown


@dataclasses.dataclass(frozen=True)
class Found:
    """What a service has: users by name, and those of their policies that are objects of their own."""

    users: Mapping[str, User]
    policies: Mapping[str, Policy] = dataclasses.field(default_factory=dict)


class UserClient(t.Protocol):
    """The calls that a plan needs. Both services' clients and the tests' fake have them.

    A policy is an object of its own on MinIO, and a part of its user on Ceph.
    """

    @property
    def backend(self) -> str: ...

    @property
    def own_key(self) -> str:
        """The access key that the client itself uses."""

    def find(self, names: Collection[str] | None = None, policies_of: Collection[str] | None = None) -> Found:
        """The users of these names, with the policies of those. None: all."""

    def is_secret(self, name: str, access_key: str, secret_key: str, bucket: str) -> bool:
        """Whether a key pair that the user has works. ``bucket``: one that it may use, or empty."""

    def create_user(self, name: str, access_key: str, secret_key: str) -> None: ...
    def set_key(self, name: str, access_key: str, secret_key: str) -> None: ...
    def delete_key(self, name: str, access_key: str) -> None: ...
    def enable_user(self, name: str) -> None: ...
    def forbid_buckets(self, name: str) -> None: ...
    def write_policy(self, name: str, policy_name: str, policy: Policy) -> None: ...
    def delete_policy(self, name: str, policy_name: str) -> None: ...

    def attach_policies(self, name: str, policy_names: Sequence[str]) -> None:
        """These and no others, on MinIO. Ceph has nothing to attach."""

    def delete_user(self, name: str) -> None: ...
