# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The route that decides who answers: written only over what is known, and awaited until the gateway has it.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import http
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError, ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._objects.model import describe
from ansible_collections.baremetal.mlops.plugins.module_utils._serving import state as states

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ansible_collections.baremetal.mlops.plugins.module_utils._objects.model import Client, Clock, Object
    from ansible_collections.baremetal.mlops.plugins.module_utils._serving.state import State
    from ansible_collections.baremetal.mlops.plugins.module_utils._serving.wanted import Site

# Others write the route's status all the time, which is no reason to give up.
ATTEMPTS = 10
INTERVAL = 1.0
SECONDS = 60


def swap(client: Client, route: Object, known: State | None, state: State) -> None:
    """Write a route if it still is in the state that we know. Another run may have come as far as we want to."""
    where = describe(route)
    for _attempt in range(ATTEMPTS):
        actual = client.get(route)
        found = states.read(actual, where) if actual is not None else None
        if found == state:
            return
        if found != known:
            raise ItemError(f"{where} was changed by another run at the same time: nothing more is done, run again")
        version = {"resourceVersion": actual["metadata"]["resourceVersion"]} if actual is not None else {}
        try:
            client.apply({**route, "metadata": {**route["metadata"], **version}}, dry_run=False)
        except ApiError as exc:
            if exc.details.get("http_status") != http.HTTPStatus.CONFLICT:
                raise
        else:
            return
    raise ItemError(f"{where} is changed by somebody else all the time: run again")


def until_taken(client: Client, route: Object, site: Site, clock: Clock) -> str:
    """Why the gateway has not taken the route in time, or nothing."""
    deadline = clock.monotonic() + SECONDS
    while reason := untaken(client.get(route), site):
        if clock.monotonic() >= deadline:
            return reason
        clock.sleep(INTERVAL)
    return ""


def untaken(route: Mapping[str, t.Any] | None, site: Site) -> str:
    """Why the gateway does not follow the route as it is now."""
    if route is None:
        return "it was deleted meanwhile"
    gateway = f"Gateway {site.gateway_namespace}/{site.gateway_name}"
    generation = route["metadata"].get("generation")
    for parent in (route.get("status") or {}).get("parents") or []:
        ref = parent["parentRef"]
        if (ref.get("namespace"), ref["name"]) != (site.gateway_namespace, site.gateway_name):
            continue
        conditions = parent.get("conditions") or []
        for kind in ("Accepted", "ResolvedRefs"):
            said = next((one for one in conditions if one["type"] == kind), None)
            if said is None or said.get("observedGeneration", generation) != generation:
                return f"{gateway} has not looked at it yet"
            if said["status"] != "True":
                return f"{gateway} says {said.get('reason')}: {said.get('message') or 'no message'}"
        return ""
    return f"{gateway} has not looked at it yet"


def taken_host(routes: Sequence[Mapping[str, t.Any]], site: Site, name: str, host: str) -> str:
    """The other route that answers under a host, or nothing."""
    for route in routes:
        metadata = route["metadata"]
        if (metadata.get("namespace"), metadata["name"]) == (site.namespace, name):
            continue
        if host in (route.get("spec") or {}).get("hostnames", []):
            return f"{metadata.get('namespace')}/{metadata['name']}"
    return ""
