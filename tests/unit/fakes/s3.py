# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""An S3 service in memory. Counts its writes, so that a test can say none happened."""

from __future__ import annotations

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError


class FakeS3:
    def __init__(self, **versioning: bool) -> None:
        self.buckets = dict(versioning)
        self.objects: dict[str, set[str]] = {}
        self.writes: list[str] = []

    def list_buckets(self) -> set[str]:
        return set(self.buckets)

    def create_bucket(self, name: str) -> None:
        self.writes.append("create_bucket")
        self.buckets.setdefault(name, False)

    def delete_bucket(self, name: str) -> None:
        self.writes.append("delete_bucket")
        if self.objects.get(name):
            raise ApiError(
                f"S3: cannot delete bucket {name}: it holds objects: delete them first", error_code="BucketNotEmpty"
            )
        self.buckets.pop(name, None)

    def get_versioning(self, name: str) -> bool:
        return self.buckets[name]

    def set_versioning(self, name: str, enabled: bool) -> None:
        self.writes.append("set_versioning")
        self.buckets[name] = enabled
