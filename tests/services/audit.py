# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Takes what MinIO tells of each request and writes it down, a line of JSON a request."""

from __future__ import annotations

import contextlib
import http.server
import threading
import typing as t

if t.TYPE_CHECKING:
    import pathlib


@contextlib.contextmanager
def receiver(path: pathlib.Path) -> t.Iterator[str]:
    """Where to send the lines for a file."""
    lock = threading.Lock()
    with path.open("ab", buffering=0) as stream:

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                line = self.rfile.read(int(self.headers.get("Content-Length") or 0)).strip()
                if line:
                    with lock:
                        stream.write(line + b"\n")
                self.send_response(http.HTTPStatus.OK)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *unused: object) -> None:
                """Nothing."""

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            try:
                yield f"http://127.0.0.1:{server.server_port}/"
            finally:
                server.shutdown()
