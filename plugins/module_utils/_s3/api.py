# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""How S3's API says what our fields say: for each the calls of botocore, and the shapes of their arguments. No I/O.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import json
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._s3 import lifecycle, policy

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ansible_collections.baremetal.mlops.plugins.module_utils._s3.fields import Value

Answer = t.Any
"""What botocore makes of an answer's XML."""

CORS = {
    "allowed_origins": "AllowedOrigins",
    "allowed_methods": "AllowedMethods",
    "allowed_headers": "AllowedHeaders",
    "expose_headers": "ExposeHeaders",
    "max_age_seconds": "MaxAgeSeconds",
}


@dataclasses.dataclass(frozen=True)
class Api:
    """How one field is read, written and removed. Without a call to remove it, it is written like any other value."""

    get: str
    value: Callable[[Answer], Value]
    put: str
    arguments: Callable[[Value], dict[str, t.Any]]
    delete: str = ""


def _tags(answer: Answer) -> Value:
    return {
        tag["Key"]: tag.get("Value", "") for tag in sorted(answer.get("TagSet", []), key=lambda tag: str(tag["Key"]))
    }


def _tag_arguments(value: Mapping[str, str]) -> dict[str, t.Any]:
    return {"Tagging": {"TagSet": [{"Key": key, "Value": text} for key, text in value.items()]}}


def _policy(answer: Answer) -> Value:
    return policy.canonical(json.loads(answer.get("Policy") or "{}"))


def _cors(answer: Answer) -> Value:
    rules = [{ours: rule.get(theirs) for ours, theirs in CORS.items()} for rule in answer.get("CORSRules", [])]
    return [
        {key: sorted(item) if isinstance(item, list) else item for key, item in rule.items() if item} for rule in rules
    ]


def _cors_arguments(value: Value) -> dict[str, t.Any]:
    return {"CORSConfiguration": {"CORSRules": [{CORS[key]: item for key, item in rule.items()} for rule in value]}}


def _encryption(answer: Answer) -> Value:
    for rule in answer.get("ServerSideEncryptionConfiguration", {}).get("Rules", []):
        default = rule.get("ApplyServerSideEncryptionByDefault", {})
        key = default.get("KMSMasterKeyID")
        return {"algorithm": default.get("SSEAlgorithm", "none"), **({"kms_key_id": key} if key else {})}
    return {"algorithm": "none"}


def _encryption_arguments(value: Mapping[str, str]) -> dict[str, t.Any]:
    key = value.get("kms_key_id")
    default = {"SSEAlgorithm": value["algorithm"], **({"KMSMasterKeyID": key} if key else {})}
    return {"ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}}


def _object_lock(answer: Answer) -> Value:
    found = answer.get("ObjectLockConfiguration", {})
    kept = found.get("Rule", {}).get("DefaultRetention", {})
    ours = {"mode": kept.get("Mode"), "days": kept.get("Days"), "years": kept.get("Years")}
    return {
        "enabled": found.get("ObjectLockEnabled") == "Enabled",
        **{key: item for key, item in ours.items() if item},
    }


def _object_lock_arguments(value: Mapping[str, t.Any]) -> dict[str, t.Any]:
    kept = {key.capitalize(): value[key] for key in ("mode", "days", "years") if key in value}
    rule = {"Rule": {"DefaultRetention": kept}} if kept else {}
    return {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled", **rule}}


APIS: Mapping[str, Api] = {
    "versioning": Api(
        "get_bucket_versioning",
        lambda answer: answer.get("Status") == "Enabled",
        "put_bucket_versioning",
        lambda value: {"VersioningConfiguration": {"Status": "Enabled" if value else "Suspended"}},
    ),
    "object_lock": Api(
        "get_object_lock_configuration", _object_lock, "put_object_lock_configuration", _object_lock_arguments
    ),
    "encryption": Api(
        "get_bucket_encryption",
        _encryption,
        "put_bucket_encryption",
        _encryption_arguments,
        "delete_bucket_encryption",
    ),
    "tags": Api("get_bucket_tagging", _tags, "put_bucket_tagging", _tag_arguments, "delete_bucket_tagging"),
    "lifecycle": Api(
        "get_bucket_lifecycle_configuration",
        lambda answer: lifecycle.from_api(answer.get("Rules", [])),
        "put_bucket_lifecycle_configuration",
        lambda value: {"LifecycleConfiguration": {"Rules": lifecycle.to_api(value)}},
        "delete_bucket_lifecycle",
    ),
    "cors": Api("get_bucket_cors", _cors, "put_bucket_cors", _cors_arguments, "delete_bucket_cors"),
    "policy": Api(
        "get_bucket_policy",
        _policy,
        "put_bucket_policy",
        lambda value: {"Policy": json.dumps(value)},
        "delete_bucket_policy",
    ),
}
"""All fields but the quota, which is not of S3."""
