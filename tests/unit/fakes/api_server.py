# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""A Kubernetes API server that knows pods and forwards to their ports, in the websocket protocol of channels."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.server
import json
import select
import socket
import ssl
import threading
import typing as t
import urllib.parse
from dataclasses import dataclass, field

import websocket
import yaml

if t.TYPE_CHECKING:
    import pathlib

    from tests.integration.faults import Certificates

TOKEN = "t0ken-canary"
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CHUNK = 4096


def pod(name: str, labels: str, ready: bool = True, leaves: bool = False) -> dict[str, t.Any]:
    """A pod as the API shows it."""
    metadata: dict[str, t.Any] = {"name": name, "labels": dict(part.split("=") for part in labels.split(","))}
    if leaves:
        metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    return {"metadata": metadata, "status": {"conditions": [{"type": "Ready", "status": str(ready)}]}}


@dataclass
class ApiServer:
    """``target`` is where a pod's ports lead to; None if nobody listens there. ``refuses`` is the status of an answer
    instead of a way."""

    kubeconfig: str
    pods: list[dict[str, t.Any]]
    target: tuple[str, int] | None = None
    refuses: int = 0
    forwarded: list[str] = field(default_factory=list)
    open: int = 0


@contextlib.contextmanager
def api_server(folder: pathlib.Path, certificates: Certificates) -> t.Iterator[ApiServer]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            assert self.headers["Authorization"] == f"Bearer {TOKEN}"
            path, _mark, query = self.path.partition("?")
            asked = dict(urllib.parse.parse_qsl(query))
            if server.refuses:
                return _answer(self, server.refuses, {"kind": "Status", "message": "pods is forbidden"})
            if not path.endswith("/portforward"):
                wanted = dict(part.split("=") for part in asked["labelSelector"].split(","))
                found = [one for one in server.pods if wanted.items() <= one["metadata"]["labels"].items()]
                return _answer(self, 200, {"items": found})
            server.forwarded.append(f"{path} {asked['ports']}")
            return _forward(self, server, int(asked["ports"]))

        def log_message(self, *_args: object) -> None:
            pass

    class Listener(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_args: object) -> None:
            pass

    listener = Listener(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.good.certificate, certificates.good.key)
    listener.socket = context.wrap_socket(listener.socket, server_side=True, do_handshake_on_connect=False)
    server = ApiServer(_kubeconfig(folder, listener.server_port, certificates.ca_path), [])
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()


def _kubeconfig(folder: pathlib.Path, port: int, ca_path: str) -> str:
    cluster = {"server": f"https://127.0.0.1:{port}", "certificate-authority": ca_path}
    path = folder / "kubeconfig"
    path.write_text(
        yaml.safe_dump(
            {
                "current-context": "x",
                "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
                "clusters": [{"name": "x", "cluster": cluster}],
                "users": [{"name": "x", "user": {"token": TOKEN}}],
            }
        )
    )
    return str(path)


def _answer(handler: http.server.BaseHTTPRequestHandler, status: int, body: t.Mapping[str, t.Any]) -> None:
    data = json.dumps(body).encode()
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)


def _forward(handler: http.server.BaseHTTPRequestHandler, server: ApiServer, port: int) -> None:
    """Channel 0 is data, channel 1 errors. Each begins with the port."""
    handler.close_connection = True
    key = handler.headers["Sec-WebSocket-Key"].encode()
    handler.send_response(101)
    handler.send_header("Upgrade", "websocket")
    handler.send_header("Connection", "Upgrade")
    handler.send_header("Sec-WebSocket-Protocol", handler.headers["Sec-WebSocket-Protocol"])
    handler.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key + GUID).digest()).decode())
    handler.end_headers()
    wire = handler.connection
    assert isinstance(wire, ssl.SSLSocket)
    for channel in (0, 1):
        _send(wire, bytes([channel]) + port.to_bytes(2, "little"))
    server.open += 1
    try:
        if server.target is None:
            _send(wire, b"\1an error occurred forwarding: connect: connection refused")
            _send(wire, b"", websocket.ABNF.OPCODE_CLOSE)
        else:
            with socket.create_connection(server.target) as target, contextlib.suppress(OSError):
                _relay(wire, target)
    finally:
        server.open -= 1


def _relay(wire: ssl.SSLSocket, target: socket.socket) -> None:
    frames = websocket._abnf.frame_buffer(wire.recv, True)
    while True:
        ready = [wire] if wire.pending() else select.select([wire, target], [], [])[0]
        if wire in ready:
            frame = frames.recv_frame()
            if frame.opcode == websocket.ABNF.OPCODE_CLOSE:
                return
            if frame.opcode == websocket.ABNF.OPCODE_BINARY:
                assert isinstance(frame.data, bytes | bytearray)
                assert frame.data[:1] == b"\0"
                target.sendall(frame.data[1:])
        if target in ready:
            data = target.recv(CHUNK)
            if not data:
                return _send(wire, b"", websocket.ABNF.OPCODE_CLOSE)
            # A server may ask at any time whether the client is still there.
            _send(wire, b"?", websocket.ABNF.OPCODE_PING)
            _send(wire, b"\0" + data)


def _send(wire: ssl.SSLSocket, data: bytes, opcode: int = websocket.ABNF.OPCODE_BINARY) -> None:
    wire.sendall(websocket.ABNF(1, 0, 0, 0, opcode, 0, data).format())
