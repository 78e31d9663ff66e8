# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Asking the cluster: for a version to be ready, for figures about it, and what a refusal is about.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import http
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError, ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._objects.model import (
    Client,
    NoNamespaceError,
    PendingError,
)
from ansible_collections.baremetal.mlops.plugins.module_utils._serving import causes, figures

if t.TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from ansible_collections.baremetal.mlops.plugins.module_utils._objects.model import Clock, Object
    from ansible_collections.baremetal.mlops.plugins.module_utils._serving.wanted import Gates

INTERVAL = 5.0
T = t.TypeVar("T")


class Cluster(Client, t.Protocol):
    """The calls that a rollout needs. The client and the tests' fake both have them."""

    def pods(self, service: str) -> list[Object]: ...
    def warnings_of(self) -> list[Object]: ...
    def last_words(self, pod: str, container: str, former: bool) -> str: ...
    def counted(self, services: Collection[str]) -> dict[str, figures.Reading]: ...


def about(name: str, still: str, call: Callable[[], T]) -> T:
    """The answer to a request. What the server refuses concerns this model only."""
    try:
        return call()
    except NoNamespaceError as exc:
        raise ItemError(f"{name}: {exc.msg}: the role kserve makes it") from exc
    except PendingError as exc:
        raise ItemError(f"{name}: {exc.msg}; {still}") from exc
    except ApiError as exc:
        status = exc.details.get("http_status")
        if isinstance(exc, ItemError) or status is None or status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
            raise
        raise ItemError(f"{name}: {exc.msg}") from exc


def until_ready(client: Cluster, wanted: Object, timeout: float, clock: Clock) -> str:
    """Why it is in vain to wait longer for an InferenceService, or nothing once it answers."""
    deadline = clock.monotonic() + timeout
    while not causes.ready(service := client.get(wanted)):
        if service is None:
            return "was deleted meanwhile: run again"
        pods = client.pods(wanted["metadata"]["name"])
        if causes.hopeless(service, pods):
            return f"cannot become ready: {_cause(client, service, pods)}"
        if clock.monotonic() >= deadline:
            return f"does not become ready within {timeout:g} s: {_cause(client, service, pods)}"
        clock.sleep(INTERVAL)
    return ""


def watch(client: Cluster, wanted: Object, label: str, gates: Gates, clock: Clock) -> figures.Verdict:
    """What the gateway's figures say of a version from now on. A figure that cannot be read now is read later."""
    start, before = clock.monotonic(), client.counted([label])[label]
    seen = figures.Counters()
    while True:
        clock.sleep(INTERVAL)
        elapsed = clock.monotonic() - start
        service = client.get(wanted)
        if not causes.ready(service):
            said = _cause(client, service, client.pods(wanted["metadata"]["name"])) if service else "it was deleted"
            return figures.Verdict(figures.FAILED, f"it is not ready any more: {said}")
        try:
            seen = figures.between(before, client.counted([label])[label])
        except ApiError:
            if elapsed >= gates.timeout:
                raise
            continue
        verdict = figures.judge(gates, seen, elapsed)
        if verdict.outcome != figures.WAITING or elapsed >= gates.timeout:
            return verdict


def _cause(client: Cluster, service: Object, pods: Sequence[Object]) -> str:
    crash, log = causes.crash(pods), ""
    if crash is not None and not crash.said:
        log = client.last_words(crash.pod, crash.container, crash.restarts > 0)
    return causes.why(service, pods, client.warnings_of(), log)
