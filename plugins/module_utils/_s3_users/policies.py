# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What a user may do, as a policy document: made of access to buckets. No I/O.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._s3.policy import canonical

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ansible_collections.baremetal.mlops.plugins.module_utils._s3.policy import Policy

ARN = "arn:aws:s3:::"
LIST, READ, WRITE, DELETE = "list", "read", "write", "delete"
PERMISSIONS = (LIST, READ, WRITE, DELETE)
# SDKs ask for a bucket's region before anything else.
FIND_BUCKET = ("s3:GetBucketLocation",)
LIST_BUCKET = ("s3:ListBucket", "s3:ListBucketMultipartUploads")
# Unfinished uploads have no condition on a prefix.
LIST_BELOW = ("s3:ListBucket",)
OBJECTS: Mapping[str, Sequence[str]] = {
    READ: ("s3:GetObject",),
    WRITE: ("s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject"),
    DELETE: ("s3:DeleteObject",),
}
BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]")
# In a policy these do not mean themselves, or cannot be seen.
WILD = re.compile(r"[*?\x00-\x1f\x7f]|\$\{")


@dataclasses.dataclass(frozen=True)
class Access:
    """What may be done in a bucket, or below a prefix of it."""

    bucket: str
    prefix: str = ""
    permissions: frozenset[str] = frozenset()


def document(accesses: Iterable[Access]) -> Policy:
    """A policy that allows this and nothing else. Empty if that is nothing."""
    merged: dict[tuple[str, str], frozenset[str]] = {}
    for access in accesses:
        place = (access.bucket, access.prefix)
        merged[place] = merged.get(place, frozenset()) | access.permissions
    statements = [*_bucket_statements(merged), *_object_statements(merged)]
    return canonical({"Statement": statements}) if statements else {}


def access_problem(access: Access) -> str:
    """Why this access cannot be written into a policy; empty if it can."""
    if not BUCKET.fullmatch(access.bucket):
        return f"{access.bucket!r} is not the name of a bucket"
    if WILD.search(access.prefix):
        return f"the prefix {access.prefix!r} holds a wildcard, a variable or a control character"
    return ""


def buckets(policy: Mapping[str, t.Any]) -> set[str]:
    """Names of the buckets, or patterns of them, that a policy allows something in."""
    return {
        resource.removeprefix(ARN).partition("/")[0]
        for statement in canonical(policy).get("Statement", [])
        if statement.get("Effect") == "Allow"
        for resource in statement.get("Resource", [])
        if resource.startswith(ARN)
    }


def _bucket_statements(merged: Mapping[tuple[str, str], frozenset[str]]) -> list[dict[str, t.Any]]:
    found = {bucket: True for (bucket, _prefix), permissions in merged.items() if permissions}
    whole = [bucket for (bucket, prefix), permissions in merged.items() if LIST in permissions and not prefix]
    statements = [_allow(FIND_BUCKET, list(found)), _allow(LIST_BUCKET, whole)]
    for (bucket, prefix), permissions in merged.items():
        if LIST in permissions and prefix and bucket not in whole:
            below = {"Condition": {"StringLike": {"s3:prefix": [f"{prefix}*"]}}}
            statements.append({**_allow(LIST_BELOW, [bucket]), **below})
    return [statement for statement in statements if statement["Resource"]]


def _object_statements(merged: Mapping[tuple[str, str], frozenset[str]]) -> list[dict[str, t.Any]]:
    """One statement for all places with the same permissions."""
    places: dict[tuple[str, ...], list[str]] = {}
    for (bucket, prefix), permissions in merged.items():
        actions = tuple(
            action for permission in PERMISSIONS[1:] if permission in permissions for action in OBJECTS[permission]
        )
        if actions:
            places.setdefault(actions, []).append(f"{bucket}/{prefix}*")
    return [_allow(actions, resources) for actions, resources in places.items()]


def _allow(actions: Sequence[str], resources: Sequence[str]) -> dict[str, t.Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": [ARN + name for name in resources]}
