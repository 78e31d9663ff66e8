# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Kubernetes objects as they are wanted: what differs, what would be written, and when all is ready. No own I/O.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import copy
import dataclasses
import functools
import time
import typing as t
from concurrent.futures import ThreadPoolExecutor

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError
from ansible_collections.baremetal.mlops.plugins.module_utils._objects import readiness
from ansible_collections.baremetal.mlops.plugins.module_utils._reconcile import Plan, Step

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Object = dict[str, t.Any]

MANAGER = "baremetal.mlops"
MANAGED = {"app.kubernetes.io/managed-by": MANAGER}
# Set by the server; no one's wish.
VOLATILE = ("managedFields", "resourceVersion", "generation", "creationTimestamp", "uid", "selfLink")
FIRST = ("Namespace", "CustomResourceDefinition")
WORKERS = 4
INTERVAL = 2.0


class PendingError(ApiError):
    """The object's kind or namespace, or the webhook that admits it, is not there yet."""


class NoNamespaceError(PendingError):
    """The object's namespace is not there. Other than a kind or a webhook it does not come by itself."""


class Client(t.Protocol):
    def get(self, wanted: Mapping[str, t.Any]) -> Object | None: ...

    def apply(self, wanted: Mapping[str, t.Any], dry_run: bool) -> Object: ...

    def list(self, api_version: str, kind: str, labels: Mapping[str, str]) -> list[Object]: ...

    def delete(self, actual: Mapping[str, t.Any]) -> None: ...


class Clock(t.Protocol):
    def monotonic(self) -> float: ...

    def sleep(self, seconds: float, /) -> None: ...


@dataclasses.dataclass(frozen=True)
class Purge:
    """A kind of which no object that this collection made may exist but the wanted ones."""

    api_version: str
    kind: str


@dataclasses.dataclass(frozen=True)
class Wanted:
    definitions: Sequence[Object]
    conditions: Mapping[str, str] = dataclasses.field(default_factory=dict)
    purge: Sequence[Purge] = ()
    timeout: float = 300
    wait: bool = True


@dataclasses.dataclass(frozen=True)
class Asked:
    """An object, or without a name all of a kind, and what makes it ready beside being there."""

    api_version: str
    kind: str
    name: str = ""
    namespace: str = ""
    condition: str = ""
    fields: tuple[tuple[str, str], ...] = ()

    def reference(self) -> Object:
        metadata = {"name": self.name} | ({"namespace": self.namespace} if self.namespace else {})
        return {"apiVersion": self.api_version, "kind": self.kind, "metadata": metadata}


@dataclasses.dataclass(frozen=True)
class Seen:
    """An object before, and as the server says that it would be after. A pending one cannot be asked about."""

    wanted: Object
    before: Object | None
    after: Object
    pending: bool = False


def plan(client: Client, wanted: Wanted, clock: Clock = time) -> Plan:
    deadline = clock.monotonic() + wanted.timeout
    with ThreadPoolExecutor(WORKERS) as pool:
        seen = list(pool.map(functools.partial(look, client), sorted(wanted.definitions, key=_stage)))
    differing = [item for item in seen if differs(item)]
    surplus = _surplus(client, wanted)
    steps = [
        Step(f"{_verb(item)} {describe(item.wanted)}", functools.partial(apply, client, item.wanted, deadline, clock))
        for item in differing
    ] + [Step(f"delete {describe(item)}", functools.partial(client.delete, item)) for item in surplus]
    before = {describe(item.wanted): masked(item.before) for item in differing if item.before}
    before |= {describe(item): masked(item) for item in surplus}
    after = {describe(item.wanted): masked(item.after, item.before) for item in differing}
    return Plan(before={"objects": before}, after={"objects": after}, steps=steps)


def settle(client: Client, wanted: Wanted, clock: Clock = time) -> None:
    """Wait until every wanted object that can be unready is ready."""
    kinds = {*readiness.KINDS, *wanted.conditions}
    asked = [
        Asked(
            api_version=item["apiVersion"],
            kind=item["kind"],
            name=item["metadata"]["name"],
            namespace=item["metadata"].get("namespace", ""),
            condition=wanted.conditions.get(item["kind"], ""),
        )
        for item in wanted.definitions
        if item["kind"] in kinds
    ]
    if wanted.wait:
        wait(client, asked, wanted.timeout, clock)


def wait(client: Client, asked: Sequence[Asked], timeout: float, clock: Clock = time) -> None:
    """Wait until all objects are ready, all at the same time."""
    deadline = clock.monotonic() + timeout
    waiting = list(asked)
    while True:
        reasons = {item: unready(client, item) for item in waiting}
        waiting = [item for item, reason in reasons.items() if reason]
        if not waiting:
            return
        if clock.monotonic() >= deadline:
            raise ApiError(f"not ready after {timeout:g} s: {'; '.join(filter(None, reasons.values()))}")
        clock.sleep(INTERVAL)


def unready(client: Client, asked: Asked) -> str:
    """Why the object, or one of the kind, is not ready."""
    try:
        if asked.name:
            found = [client.get(asked.reference())]
        else:
            found = list(client.list(asked.api_version, asked.kind, {})) or [None]
    except PendingError as exc:
        return exc.msg
    reasons = []
    for item in found:
        reason = _reason(item, asked) if item else "it does not exist"
        if reason:
            reasons.append(f"{describe(item or asked.reference())}: {reason}")
    return "; ".join(reasons)


def differs(seen: Seen) -> bool:
    if seen.pending or seen.before is None:
        return True
    return _owned(seen.after) > _owned(seen.before) or essence(seen.before) != essence(seen.after)


def essence(item: Mapping[str, t.Any]) -> Object:
    """The object without what only the server says about it."""
    kept = {key: value for key, value in item.items() if key != "status"}
    kept["metadata"] = {key: value for key, value in item["metadata"].items() if key not in VOLATILE}
    return kept


def masked(item: Mapping[str, t.Any], other: Mapping[str, t.Any] | None = None) -> Object:
    """The object as it may be shown: a secret's values are only said to be set, or changed from the other's."""
    shown = copy.deepcopy(essence(item))
    if shown["kind"] != "Secret":
        return shown
    for part in ("data", "stringData"):
        old = (other or {}).get(part) or {}
        values = shown.get(part) or {}
        shown[part] = {key: "set" if not other or old.get(key) == value else "changed" for key, value in values.items()}
    return shown


def describe(item: Mapping[str, t.Any]) -> str:
    metadata = item["metadata"]
    name = metadata["name"]
    return (
        f"{item['kind']} {metadata['namespace']}/{name}"
        if metadata.get("namespace")
        else f"{item['kind']} {name}".strip()
    )


def _owned(item: Mapping[str, t.Any]) -> bool:
    return MANAGER in {field.get("manager") for field in item["metadata"].get("managedFields", [])}


def _stage(item: Mapping[str, t.Any]) -> int:
    return FIRST.index(item["kind"]) if item["kind"] in FIRST else len(FIRST)


def _verb(seen: Seen) -> str:
    return "change" if seen.before else "create"


def look(client: Client, wanted: Object) -> Seen:
    """What applying an object would change."""
    before: Object | None = None
    try:
        before = client.get(wanted)
        return Seen(wanted, before, client.apply(wanted, dry_run=True))
    except PendingError:
        return Seen(wanted, before, wanted, pending=True)


def apply(client: Client, wanted: Object, deadline: float, clock: Clock) -> None:
    """Apply an object, as soon as its kind, its namespace and its webhook are there."""
    while True:
        try:
            client.apply(wanted, dry_run=False)
        except PendingError as exc:
            if isinstance(exc, NoNamespaceError) or clock.monotonic() > deadline:
                raise
            clock.sleep(INTERVAL)
        else:
            return


def _surplus(client: Client, wanted: Wanted) -> list[Object]:
    known = {describe(item) for item in wanted.definitions}
    found: list[Object] = []
    for purge in wanted.purge:
        try:
            found += client.list(purge.api_version, purge.kind, MANAGED)
        except PendingError:
            continue
    return [item for item in found if describe(item) not in known]


def _reason(item: Object, asked: Asked) -> str:
    if why := readiness.failed(item):
        raise ApiError(f"{describe(item)} failed: {why}")
    reason = readiness.reason(item, asked.condition) if asked.condition or asked.kind in readiness.KINDS else ""
    for path, value in asked.fields:
        found = readiness.field(item, path)
        if not reason and found != value:
            reason = f"{path} is {found or 'not set'}, not {value}"
    return reason
