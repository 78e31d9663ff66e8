# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The API server, asked as the kubeconfig's user. Only the standard library and PyYAML.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import http
import http.client
import json
import ssl
import threading
import time
import typing as t
import urllib.parse

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError
from ansible_collections.baremetal.mlops.plugins.module_utils._kubernetes import kubeconfig

ATTEMPTS = 3
BUSY = (http.HTTPStatus.TOO_MANY_REQUESTS, http.HTTPStatus.SERVICE_UNAVAILABLE)
JSON, MERGE = "application/json", "application/merge-patch+json"


class KubeClient:
    """May be used by several threads: each has a connection of its own. ``warnings``: what the server said beside."""

    def __init__(self, path: str, timeout: float = 30) -> None:
        self._access = kubeconfig.read(path)
        self._timeout = timeout
        self._local = threading.local()
        self.warnings: set[str] = set()

    def text(self, path: str) -> str:
        """The answer as text, also where it is an error, as the health endpoints need it."""
        return self.ask("GET", path)[1]

    def get(self, path: str) -> dict[str, t.Any] | None:
        """The object, or None where there is none."""
        status, answer = self.ask("GET", path)
        return None if status == http.HTTPStatus.NOT_FOUND else _object("GET", path, status, answer)

    def items(self, path: str) -> list[dict[str, t.Any]]:
        found = (self.get(path) or {}).get("items", [])
        return list(found)

    def put(self, path: str, body: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        return _object("PUT", path, *self.ask("PUT", path, body))

    def merge(self, path: str, body: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        return _object("PATCH", path, *self.ask("PATCH", path, body, MERGE))

    def ask(self, verb: str, path: str, body: object = None, kind: str = JSON) -> tuple[int, str]:
        """Status and text. A server that does not answer in time is not asked again, a busy or restarting one is."""
        for attempt in range(1, ATTEMPTS + 1):
            last = attempt == ATTEMPTS
            try:
                status, answer = self._send(verb, path, body, kind)
            except TimeoutError as exc:
                raise ApiError(
                    f"the API server {self._access.server} does not answer within {self._timeout:g} s"
                ) from exc
            except (OSError, http.client.HTTPException) as exc:
                self._local.connection = None
                if last or isinstance(exc, ssl.SSLError):
                    reason = getattr(exc, "strerror", None) or str(exc) or type(exc).__name__
                    raise ApiError(f"the API server {self._access.server} does not answer: {reason}") from exc
            else:
                if last or status not in BUSY:
                    return status, answer
            time.sleep(1)
        raise AssertionError("unreachable")

    def _send(self, verb: str, path: str, body: object, kind: str) -> tuple[int, str]:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            address = urllib.parse.urlsplit(self._access.server)
            connection = http.client.HTTPSConnection(
                address.hostname or "", address.port or 443, timeout=self._timeout, context=self._access.context
            )
            self._local.connection = connection
        headers = {"Accept": JSON, "Content-Type": kind, **self._access.headers}
        connection.request(verb, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        content = response.read()
        self.warnings.update(value.split('"')[1] for value in response.headers.get_all("Warning", []) if '"' in value)
        return response.status, content.decode(errors="replace")


def parsed(answer: str) -> dict[str, t.Any]:
    """An answer as an object. What is none becomes the message of one."""
    try:
        found = json.loads(answer)
    except ValueError:
        return {"message": answer.strip()[:200]}
    return found if isinstance(found, dict) else {"message": str(found)}


def _object(verb: str, path: str, status: int, answer: str) -> dict[str, t.Any]:
    found = parsed(answer)
    if status >= http.HTTPStatus.BAD_REQUEST:
        raise ApiError(f"the API server refuses {verb} {path}: {found.get('message', status)}", http_status=status)
    return found
