# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""An S3 service in memory. Records its calls, so that a test can say that none was a write."""

from __future__ import annotations

import copy
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ItemError, UnsupportedError
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.fields import EMPTY
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.model import still_holds


class FakeS3:
    """``buckets`` says what is set. ``lacks`` are fields whose API it does not have, ``loses`` such that it forgets."""

    def __init__(
        self,
        buckets: t.Mapping[str, t.Mapping[str, t.Any]] | None = None,
        lacks: t.Collection[str] = (),
        loses: t.Collection[str] = (),
    ) -> None:
        self.buckets = {name: {**EMPTY, **fields} for name, fields in (buckets or {}).items()}
        self.lacks, self.loses = set(lacks), set(loses)
        self.objects: dict[str, set[str]] = {}
        self.reads: list[str] = []
        self.writes: list[str] = []

    def list_buckets(self, names: t.Iterable[str] | None = None) -> set[str]:
        self.reads.append("list_buckets")
        return set(self.buckets) if names is None else set(self.buckets) & set(names)

    def refuse(self, name: str, field: str, value: t.Any) -> None:
        if field == "quota":
            self._known(name, field)

    def get(self, name: str, field: str) -> t.Any:
        self.reads.append(f"get {name} {field}")
        self._known(name, field)
        if name not in self.buckets:
            raise ItemError(f"S3: cannot read {field} of {name}: there is no such bucket")
        return copy.deepcopy(self.buckets[name][field])

    def set(self, name: str, field: str, value: t.Any) -> None:
        self._known(name, field)
        self.writes.append(f"set {name} {field}")
        if field not in self.loses:
            self.buckets[name][field] = copy.deepcopy(value)

    def create_bucket(self, name: str, object_lock: bool = False) -> None:
        self.writes.append(f"create_bucket {name}")
        self.buckets.setdefault(name, {**EMPTY, "object_lock": {"enabled": object_lock}, "versioning": object_lock})

    def holds(self, name: str) -> str | None:
        if name not in self.buckets:
            return None
        return "objects" if self.objects.get(name) else ""

    def empty_bucket(self, name: str) -> None:
        self.writes.append(f"empty_bucket {name}")
        self.objects.pop(name, None)

    def delete_bucket(self, name: str, force: bool = False) -> None:
        if held := self.holds(name):
            raise ItemError(f"S3: cannot delete bucket {name}: {still_holds(held)}", error_code="BucketNotEmpty")
        self.writes.append(f"delete_bucket {name}")
        self.buckets.pop(name, None)

    def _known(self, name: str, field: str) -> None:
        if field in self.lacks:
            raise UnsupportedError(f"S3: cannot keep {field} of {name}: the service does not support this")
