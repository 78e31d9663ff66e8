# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What a user may do, as a policy: nothing more than its entry says, whatever that says."""

from __future__ import annotations

import fnmatch
import typing as t

import hypothesis
import pytest
from hypothesis import strategies

from ansible_collections.baremetal.mlops.plugins.module_utils._s3.policy import canonical
from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users import policies
from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users.policies import PERMISSIONS, Access

ALL = frozenset(PERMISSIONS)
READER = frozenset(["list", "read"])


def statements(*accesses: Access) -> list[dict[str, t.Any]]:
    found: list[dict[str, t.Any]] = policies.document(accesses).get("Statement", [])
    return found


def actions(*accesses: Access) -> set[str]:
    return {action for statement in statements(*accesses) for action in statement["Action"]}


@pytest.mark.parametrize(
    ("permission", "allowed"),
    [
        ("list", {"s3:ListBucket", "s3:ListBucketMultipartUploads"}),
        ("read", {"s3:GetObject"}),
        ("write", {"s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject"}),
        ("delete", {"s3:DeleteObject"}),
    ],
)
def test_a_permission_is_these_actions(permission: str, allowed: set[str]) -> None:
    assert actions(Access("b23", permissions=frozenset([permission]))) == allowed | {"s3:GetBucketLocation"}


def test_buckets_of_equal_access_share_statements() -> None:
    many = [Access(f"bucket-{number}", permissions=ALL) for number in range(50)]
    assert len(statements(*many)) == 3
    assert len(statements(*many, Access("reader", permissions=READER))) == 4


def test_a_prefix_limits_listing_and_objects() -> None:
    listing = [s for s in statements(Access("b23", "raw/", READER)) if "s3:ListBucket" in s["Action"]]
    assert listing == [
        {
            "Effect": "Allow",
            "Action": ["s3:ListBucket"],
            "Resource": ["arn:aws:s3:::b23"],
            "Condition": {"StringLike": {"s3:prefix": ["raw/*"]}},
        }
    ]
    objects = [s for s in statements(Access("b23", "raw/", READER)) if "s3:GetObject" in s["Action"]]
    assert objects[0]["Resource"] == ["arn:aws:s3:::b23/raw/*"]


def test_access_to_one_place_adds_up() -> None:
    halves = [Access("b23", "x/", frozenset(["read"])), Access("b23", "x/", frozenset(["write"]))]
    assert policies.document(halves) == policies.document([Access("b23", "x/", frozenset(["read", "write"]))])


def test_whole_buckets_are_listed_whole() -> None:
    assert not [s for s in statements(Access("b23", permissions=ALL), Access("b23", "x/", READER)) if "Condition" in s]


@pytest.mark.parametrize("accesses", [(), (Access("b23"),), (Access("b23", "x/", frozenset()),)])
def test_no_access_is_no_policy(accesses: tuple[Access, ...]) -> None:
    assert policies.document(accesses) == {}


def test_a_policy_is_written_as_it_is_compared() -> None:
    policy = policies.document([Access("b23", permissions=ALL), Access("a23", "x/", READER)])
    assert canonical(policy) == policy


def test_buckets_that_a_policy_names() -> None:
    policy = {
        "Statement": [
            {"Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3:::a23/*", "arn:aws:s3:::b*"]},
            {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::c23"},
            {"Effect": "Allow", "Action": "admin:*"},
        ]
    }
    assert policies.buckets(policy) == {"a23", "b*"}
    assert policies.buckets({}) == set()


places = strategies.builds(
    Access,
    bucket=strategies.one_of(strategies.sampled_from(["alpha", "beta"]), strategies.text(max_size=70)),
    prefix=strategies.text(max_size=20),
    permissions=strategies.frozensets(strategies.sampled_from(PERMISSIONS)),
)


@hypothesis.given(access=places, key=strategies.text(max_size=30), bucket=strategies.sampled_from(["alpha", "beta"]))
def test_objects_are_allowed_below_the_prefix_only(access: Access, key: str, bucket: str) -> None:
    """As a service reads a policy: with wildcards."""
    if policies.access_problem(access):
        return
    for statement in statements(access):
        for resource in statement["Resource"]:
            name = resource.removeprefix("arn:aws:s3:::")
            # fnmatch knows brackets, policies do not.
            if fnmatch.fnmatchcase(f"{bucket}/{key}", name.replace("[", "[[]")):
                assert bucket == access.bucket
                assert key.startswith(access.prefix)


@hypothesis.given(prefix=strategies.text())
def test_a_prefix_that_means_more_than_itself_is_refused(prefix: str) -> None:
    refused = bool(policies.access_problem(Access("b23", prefix, ALL)))
    assert refused is any(part in prefix for part in ["*", "?", "${", "\x7f", *map(chr, range(32))])


@hypothesis.given(bucket=strategies.text())
def test_a_bucket_is_one_bucket(bucket: str) -> None:
    if not policies.access_problem(Access(bucket, permissions=ALL)):
        assert bucket.isascii()
        assert not set(bucket) & set("*?$/{} \n\"'\\:")
