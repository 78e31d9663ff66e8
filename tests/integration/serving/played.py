# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Objects on a real API server, with KServe's and the gateway's own kinds, while their controllers are played here."""

from __future__ import annotations

import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._kubernetes.client import KubeClient
from ansible_collections.baremetal.mlops.plugins.module_utils._objects.client import ObjectClient
from ansible_collections.baremetal.mlops.plugins.module_utils._objects.model import NoNamespaceError, describe
from ansible_collections.baremetal.mlops.plugins.module_utils._serving import manifests
from ansible_collections.baremetal.mlops.tests.unit.fakes.kserve import FakeServing

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from ansible_collections.baremetal.mlops.plugins.module_utils._objects.model import Object
    from tests.services import Cluster

KINDS = ((manifests.SERVING, manifests.INFERENCE_SERVICE), (manifests.ROUTING, manifests.HTTP_ROUTE))


class PlayedServing(FakeServing):
    """What the module asks goes to the server. The status of objects is written by us as their controllers would."""

    def __init__(self, server: Cluster) -> None:
        super().__init__()
        self._server = ObjectClient(KubeClient(server.kubeconfig), "models")
        self._controllers = KubeClient(server.kubeconfig)
        self._load()

    def get(self, wanted: Mapping[str, t.Any]) -> Object | None:
        self._asked(f"get {describe(wanted)}", wanted["kind"])
        return self._server.get(wanted)

    def apply(self, wanted: Mapping[str, t.Any], dry_run: bool) -> Object:
        self._asked(f"{'try' if dry_run else 'apply'} {describe(wanted)}", wanted["kind"])
        if wanted["metadata"]["namespace"] != "models":
            raise NoNamespaceError("not of this test")
        if wanted["kind"] == manifests.INFERENCE_SERVICE:
            self._admit(wanted)
        after = self._server.apply(wanted, dry_run)
        if not dry_run:
            self.writes.append(f"apply {describe(wanted)}")
            self._load()
            self._made.setdefault(describe(wanted), self.now)
            self._reconcile()
        return after

    def list(self, api_version: str, kind: str, labels: Mapping[str, str]) -> list[Object]:
        self._asked(f"list {kind}", kind)
        return self._server.list(api_version, kind, labels)

    def delete(self, actual: Mapping[str, t.Any]) -> None:
        self._asked(f"delete {describe(actual)}", actual["kind"])
        there = describe(actual) in self.objects
        self._server.delete(actual)
        self.writes += [f"delete {describe(actual)}"] if there else []
        self._load()

    def _load(self) -> None:
        found = [item for version, kind in KINDS for item in self._server.list(version, kind, {})]
        self.objects = {describe(item): item for item in found}

    def _say(self, item: Object, status: Object) -> None:
        path = self._server._path(item)
        said = self._controllers.merge(f"{path}/status", {"status": status})
        self.objects[describe(item)] = {**said, "apiVersion": item["apiVersion"], "kind": item["kind"]}
        # What the server does not keep would be written again and again.
        assert self.objects[describe(item)]["status"] == status


def remove_all(server: Cluster) -> None:
    client = ObjectClient(KubeClient(server.kubeconfig), "models")
    for version, kind in KINDS:
        for item in client.list(version, kind, {}):
            client.delete(item)
