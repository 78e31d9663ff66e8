# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""A port that leads to a pod: which pod, what arrives, and what is left afterwards."""

from __future__ import annotations

import concurrent.futures
import contextlib
import os
import pathlib
import socket
import socketserver
import threading
import time
import typing as t

import pytest
import yaml

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError
from ansible_collections.baremetal.mlops.plugins.module_utils._kubernetes.forward import forward, forward_all, ready_pod
from ansible_collections.baremetal.mlops.tests.unit.fakes.api_server import ApiServer, api_server, pod
from tests.integration import faults

LABELS = "app=db,role=primary"
PIECE = 200_000
LARGE = os.urandom(3 * 1024 * 1024)


class Echo(socketserver.ThreadingTCPServer):
    """Sends back what it gets, and ends when it gets nothing more."""

    allow_reuse_address = True
    daemon_threads = True

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(ConnectionResetError):
                while data := self.request.recv(65536):
                    self.request.sendall(data)

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), self.Handler)


@pytest.fixture
def server(tmp_path: pathlib.Path) -> t.Iterator[ApiServer]:
    with api_server(tmp_path, faults.certificates(tmp_path)) as found, Echo() as echo:
        thread = threading.Thread(target=echo.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        found.pods = [pod("db-1", LABELS)]
        found.target = ("127.0.0.1", echo.server_address[1])
        yield found
        echo.shutdown()
        thread.join()


def exchange(port: int, data: bytes) -> bytes:
    """What comes back, piece by piece as a client of a database speaks. Empty if the connection is cut."""
    found = b""
    with contextlib.suppress(ConnectionResetError), socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        for start in range(0, len(data), PIECE):
            client.sendall(data[start : start + PIECE])
            while len(found) < min(len(data), start + PIECE):
                part = client.recv(PIECE)
                if not part:
                    return found
                found += part
    return found


def until(condition: t.Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("data", [b"x", LARGE], ids=["one byte", "megabytes"])
def test_what_is_sent_arrives(server: ApiServer, data: bytes) -> None:
    with forward(server.kubeconfig, "data", LABELS, 5432) as tunnel:
        assert exchange(tunnel.port, data) == data
        assert tunnel.trouble() == ""
    assert server.forwarded == ["/api/v1/namespaces/data/pods/db-1/portforward 5432"]


def test_several_connections_at_once(server: ApiServer) -> None:
    with forward(server.kubeconfig, "data", LABELS, 5432) as tunnel, concurrent.futures.ThreadPoolExecutor(8) as many:
        sent = [os.urandom(50_000) for _number in range(8)]
        assert list(many.map(lambda data: exchange(tunnel.port, data), sent)) == sent
    assert len(server.forwarded) == 8


def test_nothing_is_left_after_the_block(server: ApiServer) -> None:
    before = threading.active_count()
    with forward(server.kubeconfig, "data", LABELS, 5432) as tunnel:
        clients = [socket.create_connection(("127.0.0.1", tunnel.port)) for _number in range(3)]
        until(lambda: server.open == 3)
    until(lambda: server.open == 0)
    until(lambda: threading.active_count() <= before)
    for client in clients:
        with contextlib.closing(client):
            assert client.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", tunnel.port))


def test_the_first_pod_that_is_ready_and_stays_is_used(server: ApiServer) -> None:
    server.pods = [
        pod("db-4", LABELS),
        pod("db-1", LABELS, ready=False),
        pod("db-2", LABELS, leaves=True),
        pod("db-3", LABELS),
        pod("db-0", "app=db,role=replica"),
    ]
    with forward(server.kubeconfig, "data", LABELS, 5432):
        assert server.forwarded == ["/api/v1/namespaces/data/pods/db-3/portforward 5432"]


def test_every_pod_that_is_ready_is_reached_by_a_port_of_its_own(server: ApiServer) -> None:
    server.pods = [pod("db-2", LABELS), pod("db-1", LABELS, ready=False), pod("db-0", LABELS)]
    with forward_all(server.kubeconfig, "data", LABELS, 5432) as tunnels:
        assert list(tunnels) == ["db-0", "db-2"]
        assert [exchange(tunnel.port, b"x") for tunnel in tunnels.values()] == [b"x", b"x"]
        assert len({tunnel.port for tunnel in tunnels.values()}) == 2
    until(lambda: server.open == 0)


def test_no_pod_is_said_in_one_line() -> None:
    with pytest.raises(ApiError) as caught:
        ready_pod([], "data with app=db")
    assert caught.value.msg == "Kubernetes: there is no pod in data with app=db"
    with pytest.raises(ApiError) as caught:
        ready_pod([pod("db-1", LABELS, ready=False)], "data with app=db")
    assert caught.value.msg == "Kubernetes: no pod in data with app=db is ready: db-1"


def test_a_port_where_nobody_listens_is_told(server: ApiServer) -> None:
    server.target = None
    with forward(server.kubeconfig, "data", LABELS, 5432) as tunnel:
        assert exchange(tunnel.port, b"x") == b""
        until(lambda: tunnel.trouble() != "")
        said = "Kubernetes: no way to data/db-1:5432: an error occurred forwarding: connect: connection refused"
        assert tunnel.trouble() == said


def test_a_refusal_is_told_with_its_reason(server: ApiServer) -> None:
    server.refuses = 403
    with (
        pytest.raises(ApiError, match=r"refuses GET .*: pods is forbidden"),
        forward(server.kubeconfig, "d", LABELS, 1),
    ):
        pass


def test_a_refusal_of_the_way_is_told_with_its_reason(server: ApiServer) -> None:
    with forward(server.kubeconfig, "data", LABELS, 5432) as tunnel:
        assert exchange(tunnel.port, b"x") == b"x"
        server.refuses = 403
        assert exchange(tunnel.port, b"x") == b""
        until(lambda: tunnel.trouble() != "")
        assert tunnel.trouble().endswith(": pods is forbidden")
        assert tunnel.trouble().startswith("Kubernetes: no way to data/db-1:5432 through https://127.0.0.1:")


def elsewhere(server: ApiServer, address: str) -> str:
    """The same kubeconfig for another server."""
    config = yaml.safe_load(pathlib.Path(server.kubeconfig).read_text())
    config["clusters"][0]["cluster"]["server"] = address.replace("http:", "https:")
    path = pathlib.Path(f"{server.kubeconfig}-elsewhere")
    path.write_text(yaml.safe_dump(config))
    return str(path)


def test_an_api_server_that_is_gone_is_told(server: ApiServer) -> None:
    said = r"the API server https://127.0.0.1:\d+ does not answer: Connection refused"
    path = elsewhere(server, faults.closed_port())
    with pytest.raises(ApiError, match=said), forward(path, "data", LABELS, 5432):
        pass


def test_a_silent_api_server_is_given_up(server: ApiServer) -> None:
    with faults.silent_server() as address:
        path = elsewhere(server, address)
        started = time.monotonic()
        with pytest.raises(ApiError, match="does not answer"), forward(path, "data", LABELS, 5432, timeout=1):
            pass
        assert time.monotonic() - started < 3
