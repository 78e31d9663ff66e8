# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Triton's HTTP API for what a server serves. The only file that knows its addresses and shapes.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import contextlib
import http
import json
import typing as t
import urllib.parse

from ansible_collections.baremetal.mlops.plugins.module_utils import _http
from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError, ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._kubernetes.forward import forward_all
from ansible_collections.baremetal.mlops.plugins.module_utils._triton.config import DIGEST
from ansible_collections.baremetal.mlops.plugins.module_utils._triton.entities import Served

with contextlib.suppress(ImportError):  # _http.pool says so.
    import urllib3

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ansible_collections.baremetal.mlops.plugins.module_utils._triton.connection import Connection

READY = "READY"
LONGEST_REASON = 300


class TritonClient:
    """One server. ``name`` tells it from others; ``trouble`` says what went wrong on the way to it."""

    def __init__(
        self, connection: Connection, address: str, name: str = "", trouble: Callable[[], str] = lambda: ""
    ) -> None:
        self.name = name
        self._address = address
        self._timeout = connection.timeout
        self._trouble = trouble
        self._headers = {"Content-Type": "application/json", **connection.headers}
        self._pool = _http.pool(verify=connection.verify, timeout=connection.timeout)

    def index(self) -> dict[str, list[Served]]:
        """What the server says of each version of each model. Before it was asked for a model it only has a name."""
        answer = self._call("POST", "repository/index", "read what is served", {})
        if not isinstance(answer, list) or not all(isinstance(item, dict) and "name" in item for item in answer):
            raise ApiError(self._no_triton())
        found: dict[str, list[Served]] = {}
        for item in answer:
            versions = found.setdefault(str(item["name"]), [])
            if "version" in item or "state" in item:
                number = str(item.get("version", ""))
                versions.append(
                    Served(
                        version=int(number) if number.isdecimal() else None,
                        ready=item.get("state") == READY,
                        state=str(item.get("state", "")),
                        reason=_line(item.get("reason", "")),
                    )
                )
        return found

    def digest(self, name: str) -> str:
        """Of the configuration that a served model was loaded with. Empty if it tells none."""
        return str(self.config(name).get("parameters", {}).get(DIGEST, {}).get("string_value", ""))

    def config(self, name: str) -> dict[str, t.Any]:
        """All of the configuration that a served model was loaded with."""
        answer = self._call("GET", f"models/{_quoted(name)}/config", f"read the configuration of model {name}")
        return answer if isinstance(answer, dict) else {}

    def load(self, name: str, seconds: float) -> None:
        """It is loaded, or loaded anew, when this returns."""
        self._call("POST", f"repository/models/{_quoted(name)}/load", f"load model {name}", {}, seconds)

    def unload(self, name: str, seconds: float | None = None) -> None:
        """The server goes on to answer what it was asked before."""
        self._call(
            "POST", f"repository/models/{_quoted(name)}/unload", f"unload model {name}", {}, seconds or self._timeout
        )

    def _call(self, method: str, path: str, doing: str, body: object = None, seconds: float | None = None) -> t.Any:
        """What the server answers. With ``seconds`` it is only asked once, and may take so long."""
        more: dict[str, t.Any] = {}
        if seconds is not None:
            connect = _http.attempt_seconds(self._timeout)
            more["timeout"] = urllib3.Timeout(connect=connect, read=seconds)
            more["retries"] = _http.retries().new(read=0, status=0)
        try:
            response = self._pool.request(
                method,
                f"{self._address}/v2/{path}",
                body=None if body is None else json.dumps(body).encode(),
                headers=self._headers,
                redirect=False,
                **more,
            )
        except urllib3.exceptions.HTTPError as exc:
            reason = self._trouble() or _http.why(exc, self._address, seconds or self._timeout)
            kind = ApiError if seconds is None else ItemError
            raise kind(f"Triton: cannot {doing}{self._where()}: {reason}") from exc
        answer = _parsed(response.data)
        if response.status == http.HTTPStatus.OK:
            return answer
        raise self._refusal(doing, response.status, answer, response.get_redirect_location())

    def _refusal(self, doing: str, status: int, answer: t.Any, elsewhere: object) -> ApiError:
        said = _line(answer.get("error", "")) if isinstance(answer, dict) else ""
        if status == http.HTTPStatus.FORBIDDEN or "restricted" in said:
            return ApiError(
                f"Triton: cannot {doing}{self._where()}: the server wants another admin_key: {said or 'refused'}",
                http_status=status,
            )
        if said:
            return ItemError(f"Triton: cannot {doing}{self._where()}: {said}", http_status=status)
        if status in _http.TRANSIENT:
            return ApiError(f"Triton: cannot {doing}{self._where()}: the server answers {status}", http_status=status)
        if elsewhere:
            return ApiError(f"{self._address} points to {elsewhere}: set server_url to where Triton is")
        return ApiError(f"{self._no_triton()}: it answers {status}", http_status=status)

    def _where(self) -> str:
        return f" on {self.name}" if self.name else ""

    def _no_triton(self) -> str:
        return f"there is no Triton at {self.name or self._address}"


@contextlib.contextmanager
def servers(connection: Connection) -> Iterator[list[TritonClient]]:
    """The server at an address, or those in all pods that are ready, for as long as a block lasts."""
    if connection.kubernetes is None:
        yield [TritonClient(connection, connection.server_url)]
        return
    pods = connection.kubernetes
    seconds = _http.attempt_seconds(connection.timeout)
    with forward_all(pods.kubeconfig, pods.namespace, pods.selector, pods.port, seconds) as tunnels:
        yield [
            TritonClient(connection, f"http://127.0.0.1:{tunnel.port}", name, tunnel.trouble)
            for name, tunnel in tunnels.items()
        ]


def _quoted(name: str) -> str:
    return urllib.parse.quote(name, safe="")


def _parsed(data: bytes) -> t.Any:
    try:
        return json.loads(data)
    except ValueError:
        return None


def _line(text: object) -> str:
    """What a server says, in one line: tracebacks say last what is wrong."""
    lines = [" ".join(line.split()) for line in str(text).splitlines() if line.strip()]
    said = " ... ".join(dict.fromkeys([*lines[:1], *lines[-1:]]))
    return said if len(said) <= LONGEST_REASON else f"{said[:LONGEST_REASON]}..."
