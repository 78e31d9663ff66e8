# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Servers that misbehave, for the tests of clients: silent, closed, flaky, and with certificates of every sort."""

from __future__ import annotations

import contextlib
import datetime
import http.server
import ipaddress
import socket
import ssl
import struct
import threading
import typing as t
from dataclasses import dataclass, field

import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

if t.TYPE_CHECKING:
    import pathlib

RESET: t.Final = "reset"
LOST: t.Final = "lost"
# What happens to a request instead of an answer: a status, a reset before it is read, or a reset after it took effect.
Fault = int | t.Literal["reset", "lost"]
Answer = tuple[int, dict[str, str], bytes]
HOP_BY_HOP = {"connection", "content-encoding", "content-length", "date", "keep-alive", "server", "transfer-encoding"}
DAY = datetime.timedelta(days=1)
# What S3 services say when they have too much to do. Others are told the same.
SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"


@dataclass(frozen=True)
class Pair:
    """Files with a certificate and its key."""

    certificate: str
    key: str


@dataclass(frozen=True)
class Certificates:
    """Certificates for 127.0.0.1 and localhost, each with one thing about it. All but ``stranger`` are of ``ca_path``.

    ``elsewhere`` is for another host, ``stranger`` is of an authority that nobody knows.
    """

    ca_path: str
    good: Pair
    expired: Pair
    early: Pair
    elsewhere: Pair
    stranger: Pair


@dataclass
class Server:
    """A server, and the requests that it got: method and path."""

    address: str
    requests: list[str] = field(default_factory=list)


def certificates(folder: pathlib.Path) -> Certificates:
    """Make them all."""
    now = datetime.datetime.now(datetime.UTC)
    authority, unknown = _Authority("Tests CA"), _Authority("Unknown CA")
    here = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    valid = (now - DAY, now + 30 * DAY)
    ca_path = folder / "ca.pem"
    ca_path.write_bytes(_pem(authority.certificate))
    return Certificates(
        ca_path=str(ca_path),
        good=authority.pair(folder, "good", here, valid),
        expired=authority.pair(folder, "expired", here, (now - 30 * DAY, now - DAY)),
        early=authority.pair(folder, "early", here, (now + DAY, now + 30 * DAY)),
        elsewhere=authority.pair(folder, "elsewhere", [x509.DNSName("elsewhere.example.com")], valid),
        stranger=unknown.pair(folder, "stranger", here, valid),
    )


@contextlib.contextmanager
def answering_server(answer: t.Callable[[str, str], Answer], pair: Pair | None = None) -> t.Iterator[Server]:
    """An HTTP server, with TLS if it has a certificate, whose answers are computed from method and path."""

    def handle(handler: http.server.BaseHTTPRequestHandler, body: bytes) -> None:
        _send(handler, *answer(handler.command, handler.path))

    with _serving(handle, pair) as server:
        yield server


@contextlib.contextmanager
def tls_server(pair: Pair, body: bytes = b"{}") -> t.Iterator[Server]:
    """An HTTPS server that gives one JSON answer to all."""
    with answering_server(lambda _method, _path: (200, {"Content-Type": "application/json"}, body), pair) as server:
        yield server


@contextlib.contextmanager
def flaky_server(
    upstream: str, faults: t.Sequence[Fault], keep_host: bool = False, ca_path: str | None = None
) -> t.Iterator[Server]:
    """Passes requests on to a server, but first gives the first ones these faults. It speaks plain HTTP itself.

    ``keep_host``: as S3 wants it, whose clients sign the header. Other servers refuse a host that they do not know.
    """
    left = list(faults)
    lock = threading.Lock()
    pool = urllib3.PoolManager(retries=False, timeout=60, ca_certs=ca_path)

    def handle(handler: http.server.BaseHTTPRequestHandler, body: bytes) -> None:
        with lock:
            fault = left.pop(0) if left else None
        if fault == RESET:
            return _reset(handler)
        if isinstance(fault, int):
            return _send(handler, fault, {"Content-Type": "application/xml"}, SLOW_DOWN)
        headers = {name: value for name, value in handler.headers.items() if keep_host or name.lower() != "host"}
        answer = pool.request(handler.command, f"{upstream}{handler.path}", body=body, headers=headers, redirect=False)
        if fault == LOST:
            return _reset(handler)
        return _send(handler, answer.status, dict(answer.headers), answer.data)

    with _serving(handle, None) as server:
        yield server


@contextlib.contextmanager
def silent_server() -> t.Iterator[str]:
    """Address of a server that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def closed_port() -> str:
    """Address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    return f"http://127.0.0.1:{port}"


class _Authority:
    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        now = datetime.datetime.now(datetime.UTC)
        self.certificate = (
            _builder(self._name, self._name, self._key, (now - 60 * DAY, now + 60 * DAY))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    def pair(
        self,
        folder: pathlib.Path,
        name: str,
        names: t.Sequence[x509.GeneralName],
        valid: tuple[datetime.datetime, datetime.datetime],
    ) -> Pair:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        certificate = (
            _builder(subject, self._name, key, valid)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        pair = Pair(str(folder / f"{name}.pem"), str(folder / f"{name}.key"))
        (folder / f"{name}.pem").write_bytes(_pem(certificate))
        (folder / f"{name}.key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return pair


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    valid: tuple[datetime.datetime, datetime.datetime],
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid[0])
        .not_valid_after(valid[1])
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


@contextlib.contextmanager
def _serving(
    handle: t.Callable[[http.server.BaseHTTPRequestHandler, bytes], None], pair: Pair | None
) -> t.Iterator[Server]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            server.requests.append(f"{self.command} {self.path}")
            handle(self, self.rfile.read(int(self.headers.get("Content-Length") or 0)))

        do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_GET

        def log_message(self, *_args: object) -> None:
            pass

    class Listener(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_args: object) -> None:
            """A client that refuses a certificate ends the connection: that is what some tests are about."""

    listener = Listener(("127.0.0.1", 0), Handler)
    if pair is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.certificate, pair.key)
        listener.socket = context.wrap_socket(listener.socket, server_side=True, do_handshake_on_connect=False)
    server = Server(f"{'https' if pair else 'http'}://127.0.0.1:{listener.server_port}")
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()


def _send(handler: http.server.BaseHTTPRequestHandler, status: int, headers: t.Mapping[str, str], body: bytes) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        if name.lower() not in HOP_BY_HOP:
            handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    if handler.close_connection:
        handler.send_header("Connection", "close")
    handler.end_headers()
    handler.wfile.write(body)


def _reset(handler: http.server.BaseHTTPRequestHandler) -> None:
    """End the connection as a program does that dies."""
    handler.close_connection = True
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
