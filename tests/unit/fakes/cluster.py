# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""A Kubernetes API server in memory: server side apply, kinds, namespaces, conditions. Records its writes."""

from __future__ import annotations

import copy
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._objects.model import (
    MANAGED,
    MANAGER,
    NoNamespaceError,
    PendingError,
    describe,
)

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ansible_collections.baremetal.mlops.plugins.module_utils._objects.model import Object


def definition(kind: str, name: str, namespace: str = "", **rest: t.Any) -> dict[str, t.Any]:
    """An object as short as a test wants it."""
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, **rest}


def made_by_us(item: dict[str, t.Any]) -> dict[str, t.Any]:
    item["metadata"]["labels"] = dict(MANAGED)
    return item


class FakeCluster:
    def __init__(self, *objects: Object, kinds: tuple[str, ...] = ("Namespace", "ConfigMap", "Secret", "Deployment")):
        self.kinds = set(kinds)
        self.objects: dict[str, Object] = {}
        self.writes: list[str] = []
        self.warnings: set[str] = set()
        self.status: dict[str, Object] = {}
        for item in objects:
            self._store(item)

    def get(self, wanted: Mapping[str, t.Any]) -> Object | None:
        self._known(wanted)
        return copy.deepcopy(self.objects.get(describe(wanted)))

    def apply(self, wanted: Mapping[str, t.Any], dry_run: bool) -> Object:
        self._known(wanted)
        namespace = wanted["metadata"].get("namespace")
        if namespace and f"Namespace {namespace}" not in self.objects:
            raise NoNamespaceError(f"{describe(wanted)}: there is no namespace {namespace}")
        after = self._merged(wanted)
        if not dry_run:
            self.writes.append(f"apply {describe(wanted)}")
            self._store(after)
        return after

    def list(self, _api_version: str, kind: str, labels: Mapping[str, str]) -> list[Object]:
        return [
            item
            for item in self.objects.values()
            if item["kind"] == kind and labels.items() <= item["metadata"].get("labels", {}).items()
        ]

    def delete(self, actual: Mapping[str, t.Any]) -> None:
        self.writes.append(f"delete {describe(actual)}")
        del self.objects[describe(actual)]

    def _known(self, item: Mapping[str, t.Any]) -> None:
        if item["kind"] not in self.kinds:
            raise PendingError(f"{item['kind']} is no kind that the cluster knows")

    def _merged(self, wanted: Mapping[str, t.Any]) -> Object:
        before = self.objects.get(describe(wanted), {"metadata": {}})
        metadata = {**before["metadata"], **wanted["metadata"], "managedFields": [{"manager": MANAGER}]}
        return {**copy.deepcopy(before), **copy.deepcopy(dict(wanted)), "metadata": metadata}

    def _store(self, item: Object) -> None:
        if item["kind"] == "CustomResourceDefinition":
            self.kinds.add(item["spec"]["names"]["kind"])
        self.objects[describe(item)] = {**item, **self.status.get(describe(item), {})}


class FakeClock:
    """Time that passes only in sleep, and lets things happen then."""

    def __init__(self, happens: Callable[[], object] = lambda: None) -> None:
        self.now = 0.0
        self._happens = happens

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float, /) -> None:
        self.now += seconds
        self._happens()
