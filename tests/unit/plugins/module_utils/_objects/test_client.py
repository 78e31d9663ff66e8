# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What the client makes of the API server's answers."""

from __future__ import annotations

import json
import ssl
import typing as t

import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError
from ansible_collections.baremetal.mlops.plugins.module_utils._kubernetes import kubeconfig
from ansible_collections.baremetal.mlops.plugins.module_utils._kubernetes.client import KubeClient
from ansible_collections.baremetal.mlops.plugins.module_utils._kubernetes.kubeconfig import Access
from ansible_collections.baremetal.mlops.plugins.module_utils._objects.client import ObjectClient
from ansible_collections.baremetal.mlops.plugins.module_utils._objects.model import NoNamespaceError, PendingError
from ansible_collections.baremetal.mlops.tests.unit.fakes.cluster import definition

KINDS = {"resources": [{"kind": "ConfigMap", "name": "configmaps", "namespaced": True}]}
CONFIG = definition("ConfigMap", "page", "web")
Answer: t.TypeAlias = "tuple[int, dict[str, t.Any]] | Exception"


def connected(monkeypatch: pytest.MonkeyPatch, *answers: Answer) -> tuple[ObjectClient, list[str]]:
    asked: list[str] = []
    left = list(answers)

    def send(_self: KubeClient, verb: str, path: str, _body: object, _kind: str) -> tuple[int, str]:
        asked.append(f"{verb} {path}")
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer[0], json.dumps(answer[1])

    monkeypatch.setattr(KubeClient, "_send", send)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    monkeypatch.setattr(kubeconfig, "read", lambda _path: Access("https://api:6443", ssl.create_default_context(), {}))
    return ObjectClient(KubeClient("/unused")), asked


def test_a_dry_run_is_forced_strict_and_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    client, asked = connected(monkeypatch, (200, KINDS), (200, CONFIG), (404, {}))
    client.apply(CONFIG, dry_run=True)
    assert client.get(CONFIG) is None
    path = "/api/v1/namespaces/web/configmaps/page"
    query = "fieldManager=baremetal.mlops&force=true&fieldValidation=Strict&dryRun=All"
    assert asked == ["GET /api/v1", f"PATCH {path}?{query}", f"GET {path}"]


@pytest.mark.parametrize(
    ("status", "answer", "error"),
    [
        (404, {"message": 'namespaces "web" not found', "details": {"kind": "namespaces"}}, NoNamespaceError),
        (404, {"message": "404 page not found"}, PendingError),
        (500, {"message": 'failed calling webhook "x": connection refused'}, PendingError),
        (422, {"message": "spec.x: Required value"}, ApiError),
        (403, {"message": "denied"}, ApiError),
    ],
)
def test_errors_name_the_object(
    monkeypatch: pytest.MonkeyPatch, status: int, answer: dict[str, t.Any], error: type[ApiError]
) -> None:
    client, _asked = connected(monkeypatch, (200, KINDS), (status, answer))
    with pytest.raises(ApiError, match="ConfigMap web/page: ") as caught:
        client.apply(CONFIG, dry_run=False)
    assert caught.type is error


def test_an_unknown_kind_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    client, _asked = connected(monkeypatch, (404, {}), (200, KINDS), (200, CONFIG))
    with pytest.raises(PendingError):
        client.get(CONFIG)
    assert client.get(CONFIG) == CONFIG


def test_a_restarting_server_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    client, _asked = connected(monkeypatch, ConnectionRefusedError("refused"), (503, {}), (200, KINDS), (200, CONFIG))
    assert client.get(CONFIG) == CONFIG


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ([TimeoutError()], "https://api:6443 does not answer within 30 s"),
        ([ConnectionRefusedError("refused")] * 3, "https://api:6443 does not answer: refused"),
    ],
)
def test_a_silent_server_is_named(monkeypatch: pytest.MonkeyPatch, answers: list[Answer], message: str) -> None:
    client, _asked = connected(monkeypatch, *answers)
    with pytest.raises(ApiError, match=message):
        client.get(CONFIG)
