# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The module kubernetes_objects over a cluster in memory."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.baremetal.mlops.plugins.modules import kubernetes_objects
from ansible_collections.baremetal.mlops.tests.unit.fakes.cluster import FakeCluster, definition, made_by_us

CANARY = "Y2FuYXJ5"
SPACE = definition("Namespace", "web")
CONFIG = definition("ConfigMap", "page", "web", data={"a": "1"})
CRD = definition("CustomResourceDefinition", "widgets", spec={"names": {"kind": "Widget"}})
ESTABLISHED = {"status": {"conditions": [{"type": "Established", "status": "True"}]}}
WIDGET = definition("Widget", "one")
Call = t.Callable[..., dict[str, t.Any]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    def call(cluster: FakeCluster, definitions: object, **args: t.Any) -> dict[str, t.Any]:
        monkeypatch.setattr(kubernetes_objects, "KubeClient", lambda path: path)
        monkeypatch.setattr(kubernetes_objects, "ObjectClient", lambda _access, _namespace: cluster)
        given = {"kubeconfig": "config", "definitions": definitions, **args}
        with patch_module_args(given), pytest.raises(SystemExit):
            kubernetes_objects.main()
        answer: dict[str, t.Any] = json.loads(capsys.readouterr().out)
        return answer

    return call


CASES = [
    pytest.param([], [SPACE, CONFIG], ["create Namespace web", "create ConfigMap web/page"], id="create"),
    pytest.param([], [CONFIG, SPACE], ["create Namespace web", "create ConfigMap web/page"], id="namespace first"),
    pytest.param(
        [SPACE, {**CONFIG, "data": {"a": "2"}}], [CONFIG], ["change ConfigMap web/page"], id="changed by hand"
    ),
    pytest.param([SPACE], [SPACE], ["change Namespace web"], id="taken over"),
    pytest.param(
        [], [WIDGET, CRD], ["create CustomResourceDefinition widgets", "create Widget one"], id="kind of the same run"
    ),
]


def cluster_of(start: list[dict[str, t.Any]]) -> FakeCluster:
    cluster = FakeCluster(kinds=("Namespace", "ConfigMap", "Secret", "CustomResourceDefinition"))
    cluster.status = {"CustomResourceDefinition widgets": ESTABLISHED}
    for item in start:
        cluster._store(item)
    return cluster


@pytest.mark.parametrize(("start", "definitions", "actions"), CASES)
def test_converges_in_one_run(run: Call, start: list[t.Any], definitions: list[t.Any], actions: list[str]) -> None:
    cluster = cluster_of(start)
    first = run(cluster, definitions)
    assert (first["actions"], first["changed"]) == (actions, True)
    assert run(cluster, definitions) == {"actions": [], "changed": False, "invocation": first["invocation"]}


@pytest.mark.parametrize(("start", "definitions", "actions"), CASES)
def test_check_mode_predicts_without_a_write(
    run: Call, start: list[t.Any], definitions: list[t.Any], actions: list[str]
) -> None:
    cluster = cluster_of(start)
    predicted = run(cluster, definitions, _ansible_check_mode=True, _ansible_diff=True)
    assert (predicted["actions"], cluster.writes) == (actions, [])
    done = run(cluster, definitions, _ansible_diff=True)
    assert done["diff"] == predicted["diff"]


def test_definitions_may_be_yaml(run: Call) -> None:
    text = json.dumps(SPACE) + "\n---\n# nothing\n---\n" + json.dumps(CONFIG)
    assert run(FakeCluster(), [text])["actions"] == ["create Namespace web", "create ConfigMap web/page"]


@pytest.mark.parametrize("broken", ["a: [", "- 1", {"kind": "ConfigMap"}, [{"kind": "ConfigMap", "metadata": {}}]])
def test_what_is_no_object_is_refused(run: Call, broken: object) -> None:
    assert run(FakeCluster(), broken)["msg"].startswith(("definitions: no object", "the definitions are no YAML"))


def test_a_secret_is_not_shown(run: Call) -> None:
    old = definition("Secret", "key", "web", data={"a": "b2xk", "b": CANARY})
    new = definition("Secret", "key", "web", data={"a": CANARY, "b": CANARY})
    diff = run(FakeCluster(SPACE, old), [new], _ansible_diff=True)["diff"]
    assert CANARY not in json.dumps(diff)
    assert diff["before"]["objects"]["Secret web/key"]["data"] == {"a": "set", "b": "set"}
    assert diff["after"]["objects"]["Secret web/key"]["data"] == {"a": "changed", "b": "set"}


def test_only_what_we_made_is_purged(run: Call) -> None:
    ours, theirs = made_by_us(definition("ConfigMap", "old", "web")), definition("ConfigMap", "theirs", "web")
    cluster = FakeCluster(SPACE, CONFIG, ours, theirs)
    purge = [{"api_version": "v1", "kind": "ConfigMap"}]
    assert run(cluster, [CONFIG], purge=purge)["actions"] == ["change ConfigMap web/page", "delete ConfigMap web/old"]
    assert run(cluster, [CONFIG], purge=purge)["changed"] is False


def test_a_missing_namespace_is_said_at_once(run: Call) -> None:
    failed = run(FakeCluster(), [CONFIG])
    assert (failed["failed"], failed["msg"]) == (True, "ConfigMap web/page: there is no namespace web")


def test_what_does_not_become_ready_is_named(run: Call) -> None:
    failed = run(FakeCluster(SPACE), [definition("Deployment", "server", "web", spec={})], timeout=-1)
    assert failed["actions"] == ["create Deployment web/server"]
    assert "Deployment web/server: 0 of 1 replicas are available" in failed["msg"]
