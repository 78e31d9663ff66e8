# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Our routes at the platform's own gateway: who gets which part of the requests, and what is counted of it."""

from __future__ import annotations

import collections
import http.server
import socket
import threading
import time
import typing as t

import pytest
import urllib3
import yaml

from ansible_collections.baremetal.mlops.plugins.module_utils._kubernetes.client import KubeClient
from ansible_collections.baremetal.mlops.plugins.module_utils._objects.client import ObjectClient
from ansible_collections.baremetal.mlops.plugins.module_utils._serving import figures, manifests, routing
from ansible_collections.baremetal.mlops.plugins.module_utils._serving.state import Revision, State
from ansible_collections.baremetal.mlops.plugins.module_utils._serving.wanted import Site, Wanted
from ansible_collections.baremetal.mlops.tests.unit.specs import ROOT
from tests import services
from tests.integration.serving.played import remove_all

if t.TYPE_CHECKING:
    from tests.services import Cluster, Gateway

ONE, TWO = Revision(1, "fraud-v1-aaaaaa"), Revision(2, "fraud-v2-bbbbbb")
FRAUD = Wanted("fraud", model="fraud", host="fraud.example.com")
SITE = Site()
# Of version 2 each fifth request fails.
FAILS = {ONE: 0, TWO: 5}
LABELS = {one: figures.gateway_service("models", one.service, 80) for one in (ONE, TWO)}
BUCKETS = yaml.safe_load((ROOT / "roles/gateway/vars/main.yml").read_text())["__gateway_buckets"]


def own_address() -> str:
    """An address of this machine that an EndpointSlice may hold. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("198.51.100.1", 9))
        return str(probe.getsockname()[0])


class Backend(http.server.ThreadingHTTPServer):
    """Says its name, or fails."""

    daemon_threads = True

    def __init__(self, address: str, name: str, fails: int) -> None:
        count = 0

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                nonlocal count
                count += 1
                self.send_response(503 if fails and count % fails == 0 else 200)
                self.end_headers()
                self.wfile.write(name.encode())

            def log_message(self, *_args: object) -> None:
                pass

        super().__init__((address, 0), Handler)


@pytest.fixture
def client(serving_server: Cluster) -> t.Iterator[ObjectClient]:
    remove_all(serving_server)
    yield ObjectClient(KubeClient(serving_server.kubeconfig))
    remove_all(serving_server)


@pytest.fixture
def gateway(serving_server: Cluster, client: ObjectClient, tmp_path_factory: t.Any) -> t.Iterator[Gateway]:
    """With both versions behind it."""
    address = own_address()
    backends = {one: Backend(address, one.name, fails) for one, fails in FAILS.items()}
    with services.traefik(tmp_path_factory.mktemp("traefik"), serving_server, BUCKETS) as found:
        for item in objects(found.port, address, {one: backend.server_port for one, backend in backends.items()}):
            client.apply(item, dry_run=False)
        for backend in backends.values():
            threading.Thread(target=backend.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield found
    for backend in backends.values():
        backend.shutdown()
        backend.server_close()


def objects(port: int, address: str, ports: t.Mapping[Revision, int]) -> t.Iterator[dict[str, t.Any]]:
    """What the roles gateway and kserve, and KServe itself, would make."""
    label = {"baremetal.mlops/gateway": "true"}
    yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "models", "labels": label}}
    yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "gateway"}}
    about = {"apiVersion": "gateway.networking.k8s.io/v1", "metadata": {"name": "platform"}}
    yield {**about, "kind": "GatewayClass", "spec": {"controllerName": "traefik.io/gateway-controller"}}
    allowed = {"namespaces": {"from": "Selector", "selector": {"matchLabels": label}}}
    listener = {"name": "https", "port": port, "protocol": "HTTP", "hostname": "*.example.com"}
    yield {
        **about,
        "kind": "Gateway",
        "metadata": {"name": "platform", "namespace": "gateway"},
        "spec": {"gatewayClassName": "platform", "listeners": [{**listener, "allowedRoutes": allowed}]},
    }
    for one, target in ports.items():
        metadata = {"name": one.service, "namespace": "models"}
        opened = {"name": "http", "port": 80, "targetPort": target}
        service = {"apiVersion": "v1", "kind": "Service", "metadata": metadata}
        yield {**service, "spec": {"clusterIP": "None", "ports": [opened]}}
        yield {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {**metadata, "labels": {"kubernetes.io/service-name": one.service}},
            "addressType": "IPv4",
            "ports": [{"name": "http", "port": target, "protocol": "TCP"}],
            "endpoints": [{"addresses": [address], "conditions": {"ready": True}}],
        }


def write(client: ObjectClient, known: State | None, state: State, wanted: Wanted = FRAUD) -> str:
    """Why the gateway does not take it."""
    route = manifests.route(SITE, wanted, state)
    routing.swap(client, route, known, state)
    end = time.monotonic() + 20
    while (reason := routing.untaken(client.get(route), SITE)).endswith("yet") and time.monotonic() < end:
        time.sleep(0.1)
    # A route is told to be taken a moment before it is followed.
    time.sleep(2)
    return reason


def counted(gateway: Gateway) -> dict[str, figures.Counters]:
    with urllib3.PoolManager() as pool:
        return figures.parse(pool.request("GET", gateway.metrics).data.decode(), list(LABELS.values()))


def ask(gateway: Gateway, requests: int) -> collections.Counter[tuple[str, int]]:
    """Who answered, and how."""
    with urllib3.PoolManager(headers={"Host": FRAUD.host}, retries=False) as pool:
        address = f"http://127.0.0.1:{gateway.port}/v2/models/fraud/infer"
        answers = (pool.request("GET", address) for _number in range(requests))
        return collections.Counter((answer.data.decode(), answer.status) for answer in answers)


def test_each_version_gets_its_part_and_what_clients_see_is_counted(gateway: Gateway, client: ObjectClient) -> None:
    first, tried, promoted = State(ONE), State(ONE, TWO, 10), State(TWO)
    assert write(client, None, first) == ""
    assert ask(gateway, 20) == {(ONE.name, 200): 20}
    assert write(client, first, tried) == ""
    before = counted(gateway)
    assert ask(gateway, 500) == {(ONE.name, 200): 450, (TWO.name, 200): 40, (TWO.name, 503): 10}
    after = counted(gateway)
    seen = {one: after[label].since(before.get(label)) for one, label in LABELS.items()}
    assert {one: (part.requests, part.errors) for one, part in seen.items()} == {ONE: (450, 0), TWO: (50, 10)}
    assert all(sorted(part.within) == [*BUCKETS, float("inf")] for part in seen.values())
    assert all(part.within[float("inf")] == part.requests for part in seen.values())
    assert write(client, tried, promoted) == ""
    assert set(ask(gateway, 20)) == {(TWO.name, 200), (TWO.name, 503)}


def test_a_route_that_the_gateway_does_not_take_says_why(gateway: Gateway, client: ObjectClient) -> None:
    elsewhere = Wanted("fraud", model="fraud", host="fraud.elsewhere.org")
    reason = write(client, None, State(ONE), elsewhere)
    assert reason.startswith("Gateway gateway/platform says NoMatchingListenerHostname")


def test_a_version_without_a_service_is_told(gateway: Gateway, client: ObjectClient) -> None:
    reason = write(client, None, State(Revision(3, "fraud-v3-cccccc")))
    assert reason.startswith("Gateway gateway/platform says BackendNotFound: ")
