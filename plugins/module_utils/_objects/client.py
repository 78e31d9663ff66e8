# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Kubernetes objects over the API server's REST interface: the only file that knows its addresses and answers.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import http
import http.client
import json
import threading
import time
import typing as t
import urllib.parse

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError
from ansible_collections.baremetal.mlops.plugins.module_utils._objects.model import (
    MANAGER,
    NoNamespaceError,
    PendingError,
    describe,
)

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from ansible_collections.baremetal.mlops.plugins.module_utils._kubernetes.kubeconfig import Access
    from ansible_collections.baremetal.mlops.plugins.module_utils._objects.model import Object

ATTEMPTS = 3
BUSY = (http.HTTPStatus.TOO_MANY_REQUESTS, http.HTTPStatus.SERVICE_UNAVAILABLE)


class ObjectClient:
    """May be used by several threads: each has a connection of its own."""

    def __init__(self, access: Access, namespace: str = "default", timeout: float = 30) -> None:
        self._access = access
        self._namespace = namespace
        self._timeout = timeout
        self._local = threading.local()
        self._kinds: dict[str, dict[str, Mapping[str, t.Any]]] = {}
        self.warnings: set[str] = set()

    def get(self, wanted: Mapping[str, t.Any]) -> Object | None:
        status, answer = self._request("GET", self._path(wanted))
        if status == http.HTTPStatus.NOT_FOUND:
            return None
        return self._checked(status, answer, describe(wanted))

    def apply(self, wanted: Mapping[str, t.Any], dry_run: bool) -> Object:
        query = {"fieldManager": MANAGER, "force": "true", "fieldValidation": "Strict"}
        if dry_run:
            query["dryRun"] = "All"
        path = f"{self._path(wanted)}?{urllib.parse.urlencode(query)}"
        status, answer = self._request("PATCH", path, wanted)
        return self._checked(status, answer, describe(wanted))

    def list(self, api_version: str, kind: str, labels: Mapping[str, str]) -> list[Object]:
        selector = urllib.parse.quote(",".join(f"{key}={value}" for key, value in labels.items()))
        path = self._collection(api_version, kind, "")
        status, answer = self._request("GET", f"{path}?labelSelector={selector}")
        items = self._checked(status, answer, kind)["items"]
        return [{"apiVersion": api_version, "kind": kind, **item} for item in items]

    def delete(self, actual: Mapping[str, t.Any]) -> None:
        status, answer = self._request("DELETE", self._path(actual))
        if status != http.HTTPStatus.NOT_FOUND:
            self._checked(status, answer, describe(actual))

    def _path(self, item: Mapping[str, t.Any]) -> str:
        metadata = item["metadata"]
        collection = self._collection(item["apiVersion"], item["kind"], metadata.get("namespace") or self._namespace)
        return f"{collection}/{urllib.parse.quote(metadata['name'])}"

    def _collection(self, api_version: str, kind: str, namespace: str) -> str:
        resource = self._resource(api_version, kind)
        inside = f"/namespaces/{namespace}" if namespace and resource["namespaced"] else ""
        return f"{_root(api_version)}{inside}/{resource['name']}"

    def _resource(self, api_version: str, kind: str) -> Mapping[str, t.Any]:
        if kind not in self._kinds.get(api_version, {}):
            status, answer = self._request("GET", _root(api_version))
            found = status != http.HTTPStatus.NOT_FOUND
            resources = self._checked(status, answer, api_version)["resources"] if found else []
            self._kinds[api_version] = {item["kind"]: item for item in resources if "/" not in item["name"]}
        if kind not in self._kinds[api_version]:
            raise PendingError(f"{kind} of {api_version} is no kind that the cluster knows")
        return self._kinds[api_version][kind]

    def _checked(self, status: int, answer: Object, about: str) -> Object:
        if status < http.HTTPStatus.BAD_REQUEST:
            return answer
        message = str(answer.get("message", answer))
        missing = (answer.get("details") or {}).get("kind")
        if status == http.HTTPStatus.NOT_FOUND and missing == "namespaces":
            raise NoNamespaceError(f"{about}: {message}", http_status=status)
        if (status == http.HTTPStatus.NOT_FOUND and not missing) or "failed calling webhook" in message:
            raise PendingError(f"{about}: {message}", http_status=status)
        raise ApiError(f"{about}: {message}", http_status=status)

    def _request(self, method: str, path: str, body: object = None) -> tuple[int, Object]:
        """One request. A server that does not answer in time is not asked again, a busy or restarting one is."""
        for attempt in range(1, ATTEMPTS + 1):
            last = attempt == ATTEMPTS
            try:
                status, answer = self._send(method, path, body)
            except TimeoutError as exc:
                raise ApiError(f"{self._access.server} did not answer within {self._timeout:g} s") from exc
            except (OSError, http.client.HTTPException) as exc:
                self._local.connection = None
                if last:
                    raise ApiError(f"{self._access.server} does not answer: {exc}") from exc
            else:
                if last or status not in BUSY:
                    return status, answer
            time.sleep(1)
        raise AssertionError("unreachable")

    def _send(self, method: str, path: str, body: object) -> tuple[int, Object]:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            address = urllib.parse.urlsplit(self._access.server)
            connection = http.client.HTTPSConnection(
                address.hostname or "", address.port or 443, timeout=self._timeout, context=self._access.context
            )
            self._local.connection = connection
        headers = {"Accept": "application/json", **self._access.headers}
        if body is not None:
            headers["Content-Type"] = "application/apply-patch+yaml"
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        content = response.read()
        self.warnings.update(value.split('"')[1] for value in response.headers.get_all("Warning", []) if '"' in value)
        return response.status, _parsed(content)


def _root(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


def _parsed(content: bytes) -> Object:
    try:
        answer = json.loads(content)
    except ValueError:
        return {"message": content.decode(errors="replace").strip()}
    return answer if isinstance(answer, dict) else {"message": str(answer)}
