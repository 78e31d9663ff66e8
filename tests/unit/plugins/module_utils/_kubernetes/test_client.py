# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The client against a server that speaks TLS, and against none."""

from __future__ import annotations

import base64
import datetime
import http.server
import ipaddress
import json
import socket
import ssl
import threading
import typing as t

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError, PlatformError
from ansible_collections.baremetal.mlops.plugins.module_utils._kubernetes.client import KubeClient

if t.TYPE_CHECKING:
    import pathlib
    from collections.abc import Iterator

SECRET = "PRIVATE KEY"


def certificate() -> tuple[bytes, bytes]:
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made.public_bytes(serialization.Encoding.PEM), private


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        found: dict[str, tuple[int, t.Any]] = {
            "/readyz": (200, "ok"),
            "/nodes": (200, {"items": [{"metadata": {"name": "node1"}}]}),
            "/echo": (200, {"verb": self.command, "type": self.headers["Content-Type"], "body": body.decode()}),
            "/denied": (403, {"message": "nodes is forbidden"}),
        }
        status, data = found.get(self.path, (404, {"message": "not found"}))
        self.send_response(status)
        self.end_headers()
        self.wfile.write((data if isinstance(data, str) else json.dumps(data)).encode())

    do_GET = do_PUT = do_PATCH = answer

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture(scope="module")
def pair() -> tuple[bytes, bytes]:
    return certificate()


@pytest.fixture
def port(pair: tuple[bytes, bytes], tmp_path: pathlib.Path) -> Iterator[int]:
    (tmp_path / "pair.pem").write_bytes(b"".join(pair))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "pair.pem")
    context.load_verify_locations(tmp_path / "pair.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()


def kubeconfig(path: pathlib.Path, pair: tuple[bytes, bytes], port: int) -> str:
    public, private = (base64.b64encode(part).decode() for part in pair)
    config = {
        "current-context": "a",
        "contexts": [{"name": "a", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [
            {"name": "c", "cluster": {"server": f"https://127.0.0.1:{port}", "certificate-authority-data": public}}
        ],
        "users": [{"name": "u", "user": {"client-certificate-data": public, "client-key-data": private}}],
    }
    file = path / "kubeconfig"
    file.write_text(yaml.safe_dump(config))
    return str(file)


def test_it_reads_and_writes(tmp_path: pathlib.Path, pair: tuple[bytes, bytes], port: int) -> None:
    client = KubeClient(kubeconfig(tmp_path, pair, port), timeout=5)
    assert client.text("/readyz") == "ok"
    assert client.get("/missing") is None
    assert client.items("/nodes") == [{"metadata": {"name": "node1"}}]
    assert client.put("/echo", {"a": 1}) == {"verb": "PUT", "type": "application/json", "body": '{"a": 1}'}
    assert client.merge("/echo", {})["type"] == "application/merge-patch+json"
    with pytest.raises(ApiError, match=r"refuses GET /denied: nodes is forbidden"):
        client.get("/denied")


def test_another_ca_is_refused(tmp_path: pathlib.Path, port: int) -> None:
    client = KubeClient(kubeconfig(tmp_path, certificate(), port), timeout=5)
    with pytest.raises(ApiError, match=r"does not answer: .*certificate verify failed"):
        client.get("/nodes")


def test_nobody_answers(tmp_path: pathlib.Path, pair: tuple[bytes, bytes]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ApiError, match=rf"https://127.0.0.1:{port} does not answer: Connection refused"):
        KubeClient(kubeconfig(tmp_path, pair, port)).get("/nodes")


def test_a_server_that_is_silent_is_given_up(tmp_path: pathlib.Path, pair: tuple[bytes, bytes]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = KubeClient(kubeconfig(tmp_path, pair, silent.getsockname()[1]), timeout=0.2)
        with pytest.raises(ApiError, match=r"does not answer within 0.2 s"):
            client.get("/nodes")


def test_what_is_no_kubeconfig_is_said_without_its_contents(tmp_path: pathlib.Path) -> None:
    with pytest.raises(PlatformError, match=r"cannot be read: .*No such file"):
        KubeClient(str(tmp_path / "none"))
    (tmp_path / "half").write_text(f"users: [{{name: u, user: {{client-key-data: {SECRET}}}}}]")
    with pytest.raises(PlatformError, match="has no current context") as failure:
        KubeClient(str(tmp_path / "half"))
    assert SECRET not in str(failure.value)
