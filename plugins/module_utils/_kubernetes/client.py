# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The API server, asked with a kubeconfig's client certificate. Only the standard library and PyYAML.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import ssl
import tempfile
import typing as t
import urllib.parse

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError, DependencyError

try:
    import yaml
except ImportError:  # pragma: no cover
    yaml = None  # type: ignore[assignment]

NOT_FOUND = 404
FIRST_ERROR = 400


class KubeClient:
    """One connection a call: the calls are few, and a connection that waits may be gone."""

    def __init__(self, kubeconfig: str, timeout: float = 30) -> None:
        if yaml is None:
            raise DependencyError("the Python library PyYAML is missing: install it for the controller's Python")
        try:
            with open(kubeconfig, encoding="utf-8") as stream:
                config = yaml.safe_load(stream)
            context = _named(config["contexts"], config["current-context"])["context"]
            cluster = _named(config["clusters"], context["cluster"])["cluster"]
            user = _named(config["users"], context["user"])["user"]
            self._server = urllib.parse.urlsplit(cluster["server"])
            self._tls = _tls(cluster, user)
        except OSError as exc:
            raise ApiError(f"{kubeconfig} cannot be read: {exc.strerror}: run playbooks/kubernetes.yml first") from exc
        except (KeyError, TypeError, ValueError, yaml.YAMLError) as exc:
            raise ApiError(f"{kubeconfig} is not a kubeconfig with a client certificate") from exc
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
        headers = {"Accept": "application/json", "Content-Type": kind}
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


def _named(items: list[dict[str, t.Any]], name: str) -> dict[str, t.Any]:
    return next((item for item in items if item["name"] == name), {})


def _tls(cluster: t.Mapping[str, str], user: t.Mapping[str, str]) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
    handle, path = tempfile.mkstemp()
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(base64.b64decode(user["client-certificate-data"]))
            stream.write(b"\n")
            stream.write(base64.b64decode(user["client-key-data"]))
        context.load_cert_chain(path)
    finally:
        os.unlink(path)
    return context
