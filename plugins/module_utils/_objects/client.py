# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Kubernetes objects over the API server's REST interface: where they are, and what its answers mean for them.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import http
import typing as t
import urllib.parse

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError
from ansible_collections.baremetal.mlops.plugins.module_utils._kubernetes.client import JSON, parsed
from ansible_collections.baremetal.mlops.plugins.module_utils._objects.model import (
    MANAGER,
    NoNamespaceError,
    PendingError,
    describe,
)

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from ansible_collections.baremetal.mlops.plugins.module_utils._kubernetes.client import KubeClient
    from ansible_collections.baremetal.mlops.plugins.module_utils._objects.model import Object

APPLY = "application/apply-patch+yaml"


class ObjectClient:
    """May be used by several threads."""

    def __init__(self, server: KubeClient, namespace: str = "default") -> None:
        self._server = server
        self._namespace = namespace
        self._kinds: dict[str, dict[str, Mapping[str, t.Any]]] = {}

    @property
    def warnings(self) -> set[str]:
        """What the server said beside its answers."""
        return self._server.warnings

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

    def _request(self, verb: str, path: str, body: object = None) -> tuple[int, Object]:
        status, answer = self._server.ask(verb, path, body, JSON if body is None else APPLY)
        return status, parsed(answer)


def _root(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
