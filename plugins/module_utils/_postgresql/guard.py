# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Ends a statement that takes too long. Part of the client: it knows psycopg.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading

try:
    import psycopg
    from psycopg import capabilities
except ImportError as exc:
    MISSING: ImportError | None = exc
else:
    MISSING = None

# Of the timeout: then the server is asked to stop, and then we hang up.
CANCEL_SHARE, HANG_UP_SHARE = 0.8, 0.95


class Guard:
    """Watches a statement: at the end of its time the server is asked to stop it, and then we hang up.

    The server's own limits do not help when it is silent.
    """

    def __init__(self, connection: psycopg.Connection, timeout: float) -> None:
        self._connection, self._timeout = connection, timeout
        self._grace = timeout * (HANG_UP_SHARE - CANCEL_SHARE) / 2
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.hung_up = False

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_exc: object) -> None:
        # A late request to stop must not meet the next statement.
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        if self._done.wait(self._timeout * CANCEL_SHARE):
            return
        with contextlib.suppress(psycopg.Error):
            if capabilities.has_cancel_safe():
                self._connection.cancel_safe(timeout=self._grace)
        if not self._done.wait(self._grace):
            self.hung_up = True
            self._hang_up()

    def _hang_up(self) -> None:
        with (
            contextlib.suppress(psycopg.Error, OSError),
            socket.socket(fileno=os.dup(self._connection.fileno())) as wire,
        ):
            wire.shutdown(socket.SHUT_RDWR)
