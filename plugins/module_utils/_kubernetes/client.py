# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The API server, asked as the kubeconfig's user. Only the standard library and PyYAML.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import http.client
import json
import typing as t
import urllib.parse

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError
from ansible_collections.baremetal.mlops.plugins.module_utils._kubernetes import kubeconfig

NOT_FOUND = 404
FIRST_ERROR = 400


class KubeClient:
    """One connection a call: the calls are few, and a connection that waits may be gone."""

    def __init__(self, path: str, timeout: float = 30) -> None:
        access = kubeconfig.read(path)
        self._server = urllib.parse.urlsplit(access.server)
        self._tls = access.context
        self._headers = access.headers
        self._timeout = timeout

    def text(self, path: str) -> str:
        """The answer as text, also where it is an error, as the health endpoints need it."""
        return self._ask("GET", path)[1]

    def get(self, path: str) -> dict[str, t.Any] | None:
        """The object, or None where there is none."""
        status, answer = self._ask("GET", path)
        return None if status == NOT_FOUND else self._object("GET", path, status, answer)

    def items(self, path: str) -> list[dict[str, t.Any]]:
        found = (self.get(path) or {}).get("items", [])
        return list(found)

    def put(self, path: str, body: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        return self._object("PUT", path, *self._ask("PUT", path, body))

    def merge(self, path: str, body: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        return self._object("PATCH", path, *self._ask("PATCH", path, body, "application/merge-patch+json"))

    def _ask(
        self, verb: str, path: str, body: t.Mapping[str, t.Any] | None = None, kind: str = "application/json"
    ) -> tuple[int, str]:
        host, port = self._server.hostname or "", self._server.port or 443
        connection = http.client.HTTPSConnection(host, port, timeout=self._timeout, context=self._tls)
        headers = {"Accept": "application/json", "Content-Type": kind, **self._headers}
        try:
            connection.request(verb, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            return response.status, response.read().decode()
        except (OSError, http.client.HTTPException) as exc:
            reason = getattr(exc, "strerror", None) or str(exc) or type(exc).__name__
            raise ApiError(f"the API server {self._server.geturl()} does not answer: {reason}") from exc
        finally:
            connection.close()

    def _object(self, verb: str, path: str, status: int, answer: str) -> dict[str, t.Any]:
        try:
            body = json.loads(answer)
        except ValueError:
            body = {"message": answer.strip()[:200]}
        if status >= FIRST_ERROR:
            raise ApiError(f"the API server refuses {verb} {path}: {body.get('message', status)}", http_status=status)
        found: dict[str, t.Any] = body
        return found
