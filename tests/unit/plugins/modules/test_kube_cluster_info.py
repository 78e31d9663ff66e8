# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The module kube_cluster_info over an API server in memory."""

from __future__ import annotations

import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError
from ansible_collections.baremetal.mlops.plugins.modules import kube_cluster_info
from ansible_collections.baremetal.mlops.tests.unit.fakes.modules import run

if t.TYPE_CHECKING:
    import pytest

NODE = {
    "metadata": {"name": "node1"},
    "status": {
        "nodeInfo": {"kubeletVersion": "v1.35.4"},
        "conditions": [{"type": "MemoryPressure", "status": "False"}, {"type": "Ready", "status": "True"}],
        "addresses": [{"type": "InternalIP", "address": "192.0.2.11"}],
    },
}


class FakeServer:
    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)

    def text(self, _path: str) -> str:
        answer = self.answers.pop(0) if self.answers else ""
        if not answer:
            raise ApiError("the API server https://192.0.2.11:6443 does not answer: Connection refused")
        return answer

    def get(self, _path: str) -> dict[str, t.Any]:
        return {"gitVersion": "v1.35.4"}

    def items(self, _path: str) -> list[dict[str, t.Any]]:
        return [NODE]


def ask(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], server: FakeServer, timeout: int
) -> dict[str, t.Any]:
    monkeypatch.setattr(kube_cluster_info, "KubeClient", lambda _path, timeout: server)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    return run(kube_cluster_info.main, capsys, kubeconfig="/none", wait_timeout=timeout)


def test_it_waits_until_the_server_is_ready(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = ask(monkeypatch, capsys, FakeServer("", "[-]etcd failed", "ok"), 60)
    assert (answer["readyz"], answer["version"], answer["changed"]) == ("ok", "1.35.4", False)
    assert answer["nodes"] == {"node1": {"version": "1.35.4", "ready": True, "addresses": ["192.0.2.11"]}}


def test_a_server_that_stays_silent_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = ask(monkeypatch, capsys, FakeServer(), 0)
    assert answer["failed"] is True
    assert answer["msg"].endswith("does not answer: Connection refused")


def test_a_server_that_is_not_ready_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(monkeypatch, capsys, FakeServer("[-]etcd failed"), 0)["readyz"] == "[-]etcd failed"
