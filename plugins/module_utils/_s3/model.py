# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Buckets: what is, what is wanted, and the plan between the two. No I/O of its own.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._reconcile import Plan, Step

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


@dataclasses.dataclass(frozen=True)
class Wanted:
    """A bucket as the user gave it. What is None is left as it is."""

    name: str
    present: bool = True
    versioning: bool | None = None


class BucketClient(t.Protocol):
    """The calls that a plan needs. The S3 client and the tests' fake both have them."""

    def list_buckets(self) -> set[str]: ...
    def create_bucket(self, name: str) -> None: ...
    def delete_bucket(self, name: str) -> None: ...
    def get_versioning(self, name: str) -> bool: ...
    def set_versioning(self, name: str, enabled: bool) -> None: ...


def plan(client: BucketClient, wanted: Sequence[Wanted]) -> Plan:
    existing = client.list_buckets()
    before = _state(client, wanted, existing)
    after: dict[str, t.Any] = {}
    steps: list[Step] = []
    for bucket in wanted:
        steps.extend(_steps(client, bucket, before.get(bucket.name)))
        if bucket.present:
            after[bucket.name] = _shown(bucket, before.get(bucket.name))
    return Plan(before={"buckets": before}, after={"buckets": after}, steps=steps)


def read(client: BucketClient, wanted: Sequence[Wanted]) -> dict[str, t.Any]:
    """The named buckets as they are now, in the shape of a plan's ``after``."""
    return {"buckets": _state(client, wanted, client.list_buckets())}


def repeated(names: Iterable[str]) -> list[str]:
    """Names that are given more than once."""
    seen: set[str] = set()
    return sorted({name for name in names if name in seen or seen.add(name)})  # type: ignore[func-returns-value]


def _state(client: BucketClient, wanted: Sequence[Wanted], existing: set[str]) -> dict[str, t.Any]:
    """Versioning is read only where the user says something about it: a request a bucket saved."""
    return {
        bucket.name: {} if bucket.versioning is None else {"versioning": client.get_versioning(bucket.name)}
        for bucket in wanted
        if bucket.name in existing
    }


def _steps(client: BucketClient, bucket: Wanted, actual: Mapping[str, t.Any] | None) -> list[Step]:
    if not bucket.present:
        if actual is None:
            return []
        return [Step(f"delete bucket {bucket.name}", functools.partial(client.delete_bucket, bucket.name))]
    steps = []
    if actual is None:
        steps.append(Step(f"create bucket {bucket.name}", functools.partial(client.create_bucket, bucket.name)))
    has = (actual or {}).get("versioning", False)
    if bucket.versioning is not None and bucket.versioning != has:
        word = "enable" if bucket.versioning else "suspend"
        enable = functools.partial(client.set_versioning, bucket.name, bucket.versioning)
        steps.append(Step(f"{word} versioning of {bucket.name}", enable))
    return steps


def _shown(bucket: Wanted, actual: Mapping[str, t.Any] | None) -> dict[str, t.Any]:
    return dict(actual or {}) if bucket.versioning is None else {"versioning": bucket.versioning}
