# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Why there is no connection: more than libpq says. Part of the client, which loads it only then.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils import _http

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql.connection import Connection

# PostgreSQL's way to ask for TLS: length of the message, and the request's number.
SSL_REQUEST = struct.pack("!ii", 8, 80877103)
PROBE_SECONDS = 5


def unreachable(exc: Exception, connection: Connection) -> str:
    """Why nobody answers."""
    return _http.why(exc, connection.address, connection.connect_timeout)


def certificate_problem(connection: Connection) -> str:
    """Why the certificate is refused, and what it says of itself. Empty if it is not, or if there is none."""
    context = ssl.create_default_context(cafile=connection.ca_cert)
    context.check_hostname = connection.ssl_mode == "verify-full"
    with contextlib.suppress(OSError, ValueError):
        try:
            with _handshake(connection, context):
                return ""
        except ssl.SSLCertVerificationError as exc:
            return f"its certificate is refused: {exc.verify_message.rstrip('.')}{_presented(connection)}"
    return ""


def _presented(connection: Connection) -> str:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with contextlib.suppress(OSError, ValueError), _handshake(connection, context) as tls:
        return f" ({_http.described(tls.getpeercert(binary_form=True) or b'')})"
    return ""


@contextlib.contextmanager
def _handshake(connection: Connection, context: ssl.SSLContext) -> Iterator[ssl.SSLSocket]:
    place = (connection.hostaddr or connection.host, connection.port)
    with socket.create_connection(place, timeout=PROBE_SECONDS) as plain:
        plain.sendall(SSL_REQUEST)
        if plain.recv(1) != b"S":
            raise ValueError("it speaks no TLS")
        with context.wrap_socket(plain, server_hostname=connection.host) as tls:
            yield tls
