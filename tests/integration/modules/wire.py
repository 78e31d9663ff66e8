# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""A TCP connection on which something happens: it breaks, stays silent, or somebody watches what is sent."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import struct
import threading
import time
import typing as t
import urllib.parse
from dataclasses import dataclass, field

if t.TYPE_CHECKING:
    from tests.integration.faults import Pair

CHUNK = 65536
# PostgreSQL's clients ask whether the server speaks TLS before they begin with it.
SSL_REQUEST_LENGTH, YES = 8, b"S"
# Called with the number of each message of a client before it is passed on; the answer is whether it is.
Watch = t.Callable[[int], bool]


@dataclass
class Wire:
    """Where to connect to, and what was seen there: connections on which something was said, and messages of clients.

    ``began`` and ``ended`` are when the first connection was made and when the last one was closed by the client.
    """

    address: str
    connections: int = 0
    messages: int = 0
    began: float = 0
    ended: float = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, *, opens: bool) -> int:
        """Count a message of a client, which may be the first one of its connection. Its number."""
        with self._lock:
            self.connections += opens
            self.messages += 1
            return self.messages


@contextlib.contextmanager
def wire(upstream: str = "", resets: int = 0, watch: Watch = lambda _number: True) -> t.Iterator[Wire]:
    """Pass all on to a server, but break the first ``resets`` connections. Without a server nothing is answered."""

    def serve(client: socket.socket) -> None:
        with contextlib.suppress(OSError), client:
            _pass_on(client, upstream, found, resets, watch)
        found.ended = time.monotonic()

    with _listening(serve) as port:
        found = Wire(f"{upstream.partition(':')[0] or 'http'}://127.0.0.1:{port}")
        yield found


@contextlib.contextmanager
def postgresql_tls(pair: Pair) -> t.Iterator[str]:
    """Address of a server that begins as PostgreSQL with TLS does, and never gets further."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)

    def serve(client: socket.socket) -> None:
        with contextlib.suppress(OSError), client:
            if client.recv(SSL_REQUEST_LENGTH):
                client.sendall(YES)
                context.wrap_socket(client, server_side=True).recv(CHUNK)

    with _listening(serve) as port:
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def closed_port() -> t.Iterator[str]:
    """Address where nobody listens, and nobody else can while the block lasts."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def _pass_on(client: socket.socket, upstream: str, found: Wire, resets: int, watch: Watch) -> None:
    found.began = found.began or time.monotonic()
    server: socket.socket | None = None
    with contextlib.ExitStack() as stack:
        while True:
            ready, _unused, _unused2 = select.select([client, *([server] if server else [])], [], [])
            if server in ready:
                client.sendall(_some(server))
            if client in ready:
                data = _some(client)
                number = found.count(opens=server is None)
                if found.connections <= resets:
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return
                if not watch(number) or not upstream:
                    continue
                server = server or stack.enter_context(socket.create_connection(_place(upstream)))
                server.sendall(data)


def _some(source: socket.socket | None) -> bytes:
    """What one side has sent. The other side is told when it has hung up."""
    data = source.recv(CHUNK) if source else b""
    if not data:
        raise ConnectionResetError
    return data


def _place(address: str) -> tuple[str, int]:
    parts = urllib.parse.urlsplit(address)
    return parts.hostname or "", parts.port or 0


@contextlib.contextmanager
def _listening(serve: t.Callable[[socket.socket], None]) -> t.Iterator[int]:
    """A port, each connection to which gets a thread."""

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _unused = listener.accept()
                threading.Thread(target=serve, args=(client,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
