# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The module kubernetes_ready over a cluster in memory."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.baremetal.mlops.plugins.modules import kubernetes_ready
from ansible_collections.baremetal.mlops.tests.unit.fakes.cluster import FakeCluster, definition

CLUSTER = FakeCluster(
    definition("Node", "a", status={"conditions": [{"type": "Ready", "status": "True"}]}),
    definition("Node", "b", status={"conditions": [{"type": "Ready", "status": "False", "message": "no network"}]}),
    definition("ConfigMap", "page", "web", data={"a": "1"}),
    kinds=("Node", "ConfigMap", "Empty"),
)
NODE = {"api_version": "v1", "kind": "Node"}
PAGE = {"api_version": "v1", "kind": "ConfigMap", "name": "page", "namespace": "web"}
Call = t.Callable[..., dict[str, t.Any]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    def call(*objects: dict[str, t.Any]) -> dict[str, t.Any]:
        monkeypatch.setattr(kubernetes_ready, "KubeClient", lambda path: path)
        monkeypatch.setattr(kubernetes_ready, "ObjectClient", lambda _access: CLUSTER)
        given = {"kubeconfig": "config", "objects": list(objects), "timeout": 0}
        with patch_module_args(given), pytest.raises(SystemExit):
            kubernetes_ready.main()
        answer: dict[str, t.Any] = json.loads(capsys.readouterr().out)
        return answer

    return call


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (PAGE, ""),
        ({**PAGE, "fields": {"data.a": 1}}, ""),
        ({**PAGE, "fields": {"data.a": 2}}, "ConfigMap web/page: data.a is 1, not 2"),
        ({**PAGE, "name": "none"}, "ConfigMap web/none: it does not exist"),
        ({**NODE, "name": "a", "condition": "Ready"}, ""),
        ({**NODE, "condition": "Ready"}, "Node b: Ready is False: no network"),
        ({"api_version": "v1", "kind": "Empty"}, "Empty: it does not exist"),
        ({"api_version": "v1", "kind": "Unknown", "name": "x"}, "Unknown is no kind that the cluster knows"),
    ],
)
def test_says_what_is_not_ready(run: Call, asked: dict[str, t.Any], reason: str) -> None:
    answer = run(asked)
    assert answer["changed"] is False
    assert answer.get("msg", "") == (f"not ready after 0 s: {reason}" if reason else "")


def test_all_that_is_not_ready_is_said(run: Call) -> None:
    message = run({**NODE, "condition": "Ready"}, {**PAGE, "name": "none"})["msg"]
    assert message.endswith("Node b: Ready is False: no network; ConfigMap web/none: it does not exist")
