# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The gateway's figures over a port-forward, from each of its pods."""

from __future__ import annotations

import typing as t
import urllib.parse

import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError
from ansible_collections.baremetal.mlops.plugins.module_utils._serving.client import ServingClient
from ansible_collections.baremetal.mlops.plugins.module_utils._serving.figures import Counters
from ansible_collections.baremetal.mlops.tests.unit.fakes.api_server import ApiServer, api_server, pod
from tests.integration import faults

if t.TYPE_CHECKING:
    import pathlib

LABELS = "app.kubernetes.io/name=traefik"
ONE = "models-fraud-v1-abc-predictor-http-80@kubernetesgateway"
TEXT = f'traefik_service_requests_total{{code="200",method="GET",protocol="http",service="{ONE}"}} 5\n'


@pytest.fixture
def server(tmp_path: pathlib.Path) -> t.Iterator[ApiServer]:
    with api_server(tmp_path, faults.certificates(tmp_path)) as found:
        found.pods = [pod("traefik-a", LABELS), pod("traefik-b", LABELS), pod("traefik-c", LABELS, ready=False)]
        yield found


def connect(server: ApiServer) -> ServingClient:
    return ServingClient(
        server.kubeconfig, "models", gateway_namespace="gateway", selector=LABELS, port=9100, timeout=6
    )


def answers(server: ApiServer, status: int, text: str) -> t.Any:
    return faults.answering_server(lambda _method, _path: (status, {"Content-Type": "text/plain"}, text.encode()))


def test_each_ready_pod_is_asked(server: ApiServer) -> None:
    with answers(server, 200, TEXT) as metrics:
        parts = urllib.parse.urlsplit(metrics.address)
        server.target = (str(parts.hostname), int(parts.port or 0))
        counted = connect(server).counted([ONE, "missing"])
    assert counted == {
        ONE: {"traefik-a": Counters(5), "traefik-b": Counters(5)},
        "missing": {"traefik-a": Counters(), "traefik-b": Counters()},
    }
    assert metrics.requests == ["GET /metrics", "GET /metrics"]
    assert [line.split("/pods/")[1] for line in server.forwarded][:1] == ["traefik-a/portforward 9100"]


def test_a_gateway_without_figures_is_told_in_one_line(server: ApiServer) -> None:
    with answers(server, 404, "not found") as metrics:
        parts = urllib.parse.urlsplit(metrics.address)
        server.target = (str(parts.hostname), int(parts.port or 0))
        with pytest.raises(ApiError) as caught:
            connect(server).counted([ONE])
    assert caught.value.msg == "pod gateway/traefik-a does not show its figures: it answers 404"


def test_a_port_where_nobody_listens_is_told(server: ApiServer) -> None:
    with pytest.raises(ApiError, match=r"pod gateway/traefik-a does not show its figures: .*connection refused"):
        connect(server).counted([ONE])


def test_a_gateway_without_pods_is_told(server: ApiServer) -> None:
    server.pods = []
    with pytest.raises(ApiError, match="there is no pod in gateway with"):
        connect(server).counted([ONE])
