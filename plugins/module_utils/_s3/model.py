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

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._reconcile import Failure, Plan, Step
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.fields import EMPTY, canonical, name_problems, same
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.fields import problems as field_problems

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ansible_collections.baremetal.mlops.plugins.module_utils._s3.fields import Value


@dataclasses.dataclass(frozen=True)
class Wanted:
    """A bucket as the user gave it, its fields in their canonical shape. What is None is left as it is."""

    name: str
    present: bool = True
    versioning: bool | None = None
    object_lock: Mapping[str, t.Any] | None = None
    encryption: Mapping[str, t.Any] | None = None
    tags: Mapping[str, str] | None = None
    lifecycle: Sequence[Mapping[str, t.Any]] | None = None
    cors: Sequence[Mapping[str, t.Any]] | None = None
    quota: int | None = None
    policy: Mapping[str, t.Any] | None = None
    force_delete: bool = False

    @classmethod
    def from_params(cls, item: Mapping[str, t.Any]) -> Wanted:
        """Out of an item of the module's option, in which no problem was found."""
        given = {field: canonical(field, item[field]) for field in EMPTY if item[field] is not None}
        return cls(item["name"], item["state"] == "present", **given, force_delete=item["force_delete"])

    def fields(self) -> dict[str, Value]:
        """What the user says something about, in the order in which it is written."""
        return {field: getattr(self, field) for field in EMPTY if getattr(self, field) is not None}


class BucketClient(t.Protocol):
    """The calls that a plan needs. The S3 client and the tests' fake both have them. Values are canonical."""

    def list_buckets(self, names: Iterable[str] | None = None) -> set[str]:
        """All buckets, or those of some names that exist. It is the first call."""

    def refuse(self, name: str, field: str, value: Value) -> None:
        """Raise UnsupportedError if it is known, without asking, that the service cannot keep this value."""

    def holds(self, name: str) -> str | None:
        """What a bucket holds, in words. Empty if nothing, None if there is no such bucket."""

    def get(self, name: str, field: str) -> Value: ...
    def set(self, name: str, field: str, value: Value) -> None: ...
    def create_bucket(self, name: str, object_lock: bool = False) -> None: ...
    def empty_bucket(self, name: str) -> None: ...
    def delete_bucket(self, name: str, force: bool = False) -> None: ...


@dataclasses.dataclass
class Write:
    """Sets one field. It knows whether that was done, so that it can be looked at again."""

    client: BucketClient
    name: str
    field: str
    value: Value
    done: bool = False

    def __call__(self) -> None:
        self.client.set(self.name, self.field, self.value)
        self.done = True


@dataclasses.dataclass
class _Part:
    """What the plan says about one bucket. None if there is no such bucket."""

    before: dict[str, Value] | None = None
    after: dict[str, Value] | None = None
    steps: list[Step] = dataclasses.field(default_factory=list)
    failures: list[Failure] = dataclasses.field(default_factory=list)


def problems(item: Mapping[str, t.Any]) -> Iterator[str]:
    """What is wrong with an item of the module's option, as far as it can be known without a service."""
    if wrong := list(name_problems(item["name"])):
        yield from wrong
        return
    for field in EMPTY:
        if item[field] is not None:
            yield from (f"{item['name']}: {problem}" for problem in field_problems(field, item[field]))
    if item["versioning"] is False and (item["object_lock"] or {}).get("enabled"):
        yield f"{item['name']}: versioning: a bucket with object lock keeps all versions"


def plan(client: BucketClient, wanted: Sequence[Wanted]) -> Plan:
    existing = client.list_buckets(bucket.name for bucket in wanted)
    parts = {bucket.name: _part(client, bucket, bucket.name in existing) for bucket in wanted}
    return Plan(
        before={"buckets": {name: part.before for name, part in parts.items() if part.before is not None}},
        after={"buckets": {name: part.after for name, part in parts.items() if part.after is not None}},
        steps=[step for part in parts.values() for step in part.steps],
        failures=[failure for part in parts.values() for failure in part.failures],
    )


def read(client: BucketClient, wanted: Sequence[Wanted], planned: Plan) -> dict[str, t.Any]:
    """The listed buckets as they are now, in the shape of a plan's ``after``.

    Only what the plan had steps for is asked for again. A field that does not read back as it was written is an error:
    some services forget what they do not know.
    """
    touched = {step.item[0] for step in planned.steps}
    existing = client.list_buckets(touched) if touched else set()
    written = [step.apply for step in planned.steps if isinstance(step.apply, Write) and step.apply.done]
    found: dict[str, t.Any] = {}
    for bucket in wanted:
        if bucket.name not in touched and bucket.name in planned.before["buckets"]:
            found[bucket.name] = planned.before["buckets"][bucket.name]
        elif bucket.name in existing:
            found[bucket.name] = _fields_as_they_are(client, bucket)
    lost = [
        f"S3: {write.field} of {write.name} is not kept as it was written"
        for write in written
        if not same(write.field, found.get(write.name, {}).get(write.field, EMPTY[write.field]), write.value)
    ]
    if lost:
        raise ItemError("; ".join(lost), buckets=found)
    return {"buckets": found}


def _part(client: BucketClient, bucket: Wanted, exists: bool) -> _Part:
    if bucket.present:
        return _change(client, bucket) if exists else _creation(client, bucket)
    return _deletion(client, bucket) if exists else _Part()


def _creation(client: BucketClient, bucket: Wanted) -> _Part:
    name, locked = bucket.name, bool((bucket.object_lock or {}).get("enabled"))
    fresh = {**EMPTY, "object_lock": {"enabled": locked}, "versioning": locked}
    after: dict[str, Value] = {}
    summary = f"create bucket {name}{' with object lock' if locked else ''}"
    part = _Part(after=after, steps=[Step(summary, functools.partial(client.create_bucket, name, locked), (name,))])
    for field, value in bucket.fields().items():
        after[field] = _want(part, Write(client, name, field, value), fresh[field])
    return part


def _change(client: BucketClient, bucket: Wanted) -> _Part:
    before: dict[str, Value] = {}
    after: dict[str, Value] = {}
    part = _Part(before, after)
    for field, value in bucket.fields().items():
        try:
            before[field] = after[field] = client.get(bucket.name, field)
        except ItemError as exc:
            part.failures.append(Failure((bucket.name, field), exc.msg))
            continue
        if field == "object_lock" and value["enabled"] != before[field]["enabled"]:
            part.failures.append(Failure((bucket.name, field), _locked_too_late(bucket.name, value["enabled"])))
        else:
            after[field] = _want(part, Write(client, bucket.name, field, value), before[field])
    return part


def _want(part: _Part, write: Write, actual: Value) -> Value:
    """Add to a bucket's part what one field needs. Returns what the field will be."""
    item = (write.name, write.field)
    if not same(write.field, actual, write.value):
        try:
            write.client.refuse(write.name, write.field, write.value)
        except ItemError as exc:
            part.failures.append(Failure(item, exc.msg))
        else:
            part.steps.append(Step(_summary(write), write, item))
            return write.value
    return actual


def _deletion(client: BucketClient, bucket: Wanted) -> _Part:
    name = bucket.name
    try:
        held = client.holds(name)
    except ItemError as exc:
        return _Part({}, {}, failures=[Failure((name,), exc.msg)])
    # Ceph goes on listing a bucket that two clients deleted at once.
    if held is None:
        return _Part()
    if held and not bucket.force_delete:
        return _Part({}, {}, failures=[Failure((name,), f"S3: cannot delete bucket {name}: {still_holds(held)}")])
    steps = []
    if held:
        steps.append(Step(f"delete everything in {name}", functools.partial(client.empty_bucket, name), (name,)))
    delete = functools.partial(client.delete_bucket, name, bucket.force_delete)
    return _Part(before={}, steps=[*steps, Step(f"delete bucket {name}", delete, (name,))])


def still_holds(held: str) -> str:
    return f"it holds {held}: delete them first, or set force_delete"


def _summary(write: Write) -> str:
    if write.field == "versioning":
        return f"{'enable' if write.value else 'suspend'} versioning of {write.name}"
    return f"{'remove' if write.value == EMPTY[write.field] else 'set'} {write.field} of {write.name}"


def _locked_too_late(name: str, wanted: bool) -> str:
    if wanted:
        return (
            f"S3: cannot enable object_lock of {name}: it exists without, and a bucket gets object lock at its creation"
        )
    return f"S3: cannot disable object_lock of {name}: a bucket keeps it for ever"


def _fields_as_they_are(client: BucketClient, bucket: Wanted) -> dict[str, Value]:
    found = {}
    for field in bucket.fields():
        try:
            found[field] = client.get(bucket.name, field)
        except ItemError:
            # The plan or the step has said so.
            continue
    return found
