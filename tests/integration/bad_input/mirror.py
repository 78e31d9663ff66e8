"""A mirror in this process: HTTPS with a certificate of an authority made for it."""

from __future__ import annotations

import contextlib
import http.server
import ssl
import subprocess
import threading
import typing as t

if t.TYPE_CHECKING:
    import pathlib
    from collections.abc import Iterator

CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers every path with the same bytes."""

    content = b"not what upstream released\n"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.content)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(self.content)

    do_HEAD = do_GET

    def log_message(self, format: str, *args: t.Any) -> None:  # noqa: A002  # named so by the library
        """Say nothing."""


def authority(folder: pathlib.Path, name: str) -> tuple[str, str]:
    """Certificate and key of a new authority."""
    certificate, key = str(folder / f"{name}.pem"), str(folder / f"{name}.key")
    _openssl(
        *CURVE,
        "-subj",
        f"/CN={name}",
        "-addext",
        "basicConstraints=critical,CA:TRUE",
        "-keyout",
        key,
        "-out",
        certificate,
    )
    return certificate, key


@contextlib.contextmanager
def serve(folder: pathlib.Path) -> Iterator[tuple[str, str]]:
    """Serve on a free port of this machine; yields host:port and the authority's certificate."""
    ca, ca_key = authority(folder, "mirror-ca")
    certificate, key = str(folder / "server.pem"), str(folder / "server.key")
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=CA:FALSE"]
    _openssl(*CURVE, *names, "-CA", ca, "-CAkey", ca_key, "-keyout", key, "-out", certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}", ca
        finally:
            server.shutdown()


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", "req", "-x509", "-sha256", *arguments], check=True, capture_output=True)
