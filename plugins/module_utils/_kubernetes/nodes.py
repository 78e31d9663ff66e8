# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Labels of nodes and the taint of control planes: what is, what is wanted, and the plan between the two.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError
from ansible_collections.baremetal.mlops.plugins.module_utils._reconcile import Plan, Step

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TAINT = {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}
PATH = "/api/v1/nodes"


@dataclasses.dataclass(frozen=True)
class Wanted:
    """A node as the inventory has it. Labels that it does not name are left alone; so is the taint when None."""

    name: str
    labels: Mapping[str, str] = dataclasses.field(default_factory=dict)
    control_plane_taint: bool | None = None


class NodesClient(t.Protocol):
    """The calls that a plan needs. The API client and the tests' fake both have them."""

    def items(self, path: str) -> list[dict[str, t.Any]]: ...
    def merge(self, path: str, body: Mapping[str, t.Any]) -> dict[str, t.Any]: ...


def plan(client: NodesClient, wanted: Sequence[Wanted]) -> Plan:
    actual = {item["metadata"]["name"]: item for item in client.items(PATH)}
    before: dict[str, t.Any] = {}
    after: dict[str, t.Any] = {}
    steps: list[Step] = []
    for node in wanted:
        if node.name not in actual:
            raise ApiError(f"{node.name} is not a node of the cluster: look at `journalctl -u kubelet` there")
        for title, old, new, patch in _changes(actual[node.name], node):
            before.setdefault(node.name, {})[title] = old
            after.setdefault(node.name, {})[title] = new
            summary = f"set {title} of {node.name} to {new}"
            steps.append(Step(summary, functools.partial(client.merge, f"{PATH}/{node.name}", patch)))
    return Plan(before={"nodes": before}, after={"nodes": after}, steps=steps)


def _changes(item: Mapping[str, t.Any], node: Wanted) -> list[tuple[str, t.Any, t.Any, dict[str, t.Any]]]:
    changes: list[tuple[str, t.Any, t.Any, dict[str, t.Any]]] = []
    labels = item["metadata"].get("labels", {})
    for key, value in node.labels.items():
        if labels.get(key) != value:
            changes.append((f"label {key}", labels.get(key), value, {"metadata": {"labels": {key: value}}}))
    taints = item["spec"].get("taints", [])
    others = [taint for taint in taints if taint["key"] != TAINT["key"]]
    tainted = len(others) != len(taints)
    if node.control_plane_taint is not None and tainted != node.control_plane_taint:
        patch = {
            "metadata": {"resourceVersion": item["metadata"]["resourceVersion"]},
            "spec": {"taints": [*others, TAINT] if node.control_plane_taint else others},
        }
        changes.append((f"taint {TAINT['key']}", tainted, node.control_plane_taint, patch))
    return sorted(changes, key=lambda change: change[0], reverse=True)
