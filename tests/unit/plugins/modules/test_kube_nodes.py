# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The module kube_nodes over nodes in memory."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils._kubernetes.nodes import TAINT
from ansible_collections.baremetal.mlops.plugins.modules import kube_nodes
from ansible_collections.baremetal.mlops.tests.unit.fakes.modules import four_claims, run

SET = f"set taint {TAINT['key']} of node1 to"
OTHER = {"key": "node.cilium.io/agent-not-ready", "effect": "NoExecute"}


class FakeNodes:
    def __init__(self, **taints: list[dict[str, str]]) -> None:
        self.nodes: dict[str, dict[str, t.Any]] = {
            name: {"metadata": {"name": name, "labels": {"a": "1"}, "resourceVersion": "1"}, "spec": {"taints": found}}
            for name, found in taints.items()
        }

    def items(self, _path: str) -> list[dict[str, t.Any]]:
        return list(self.nodes.values())

    def merge(self, path: str, body: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        node: dict[str, t.Any] = self.nodes[path.rsplit("/", 1)[-1]]
        assert body["metadata"].get("resourceVersion", "1") == node["metadata"]["resourceVersion"]
        node["metadata"]["labels"].update(body["metadata"].get("labels", {}))
        node["spec"].update(body.get("spec", {}))
        return node


CASES = [
    pytest.param(([], {"labels": {"a": 1}}, [], []), id="as it is"),
    pytest.param(([], {"labels": {"b": 2}}, ["set label b of node1 to 2"], []), id="a label"),
    pytest.param(([OTHER], {"control_plane_taint": True}, [f"{SET} True"], [OTHER, TAINT]), id="taint"),
    pytest.param(([TAINT, OTHER], {"control_plane_taint": False}, [f"{SET} False"], [OTHER]), id="takes work"),
    pytest.param(([TAINT], {"control_plane_taint": True}, [], [TAINT]), id="tainted already"),
    pytest.param(([TAINT], {}, [], [TAINT]), id="taint not given"),
]


@pytest.mark.parametrize("case", CASES)
def test_labels_and_the_taint(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], case: tuple[t.Any, ...]
) -> None:
    taints, node, actions, after = case
    client = FakeNodes(node1=taints, node2=[])
    monkeypatch.setattr(kube_nodes, "KubeClient", lambda _path: client)
    given = {"kubeconfig": "/none", "nodes": [{"name": "node1", **node}]}
    assert four_claims(kube_nodes.main, capsys, **given) == actions
    assert client.nodes["node1"]["spec"]["taints"] == after


def test_a_node_that_is_not_there(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(kube_nodes, "KubeClient", lambda _path: FakeNodes())
    answer = run(kube_nodes.main, capsys, kubeconfig="/none", nodes=[{"name": "node1"}])
    assert answer["msg"].startswith("node1 is not a node of the cluster")
