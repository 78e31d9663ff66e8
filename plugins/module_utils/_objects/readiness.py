# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Whether a Kubernetes object is ready, as pure functions of the object.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def reason(item: Mapping[str, t.Any], condition: str) -> str:
    """Why the object is not ready, or nothing if it is."""
    generation = item["metadata"].get("generation")
    status = item.get("status") or {}
    if condition:
        return _condition(status, condition, generation)
    if status.get("observedGeneration", generation if item["kind"] not in ROLLOUTS else None) != generation:
        return "its controller has not seen the last change"
    return KINDS[item["kind"]](item.get("spec") or {}, status)


def failed(item: Mapping[str, t.Any]) -> str:
    """Why a job has ended without success, or nothing: to wait for it would be in vain."""
    if item["kind"] != "Job":
        return ""
    conditions = (item.get("status") or {}).get("conditions") or []
    said = (each for each in conditions if (each["type"], each["status"]) == ("Failed", "True"))
    return "; ".join(each.get("message") or each["reason"] for each in said)


def field(item: object, path: str) -> str:
    """The value at a path of keys and list positions, such as ``status.addresses.0.value``, or nothing."""
    for key in path.split("."):
        if isinstance(item, dict):
            item = item.get(key)
        elif isinstance(item, list) and key.isdecimal() and int(key) < len(item):
            item = item[int(key)]
        else:
            return ""
    return "" if item is None else str(item)


def _condition(status: Mapping[str, t.Any], wanted: str, generation: int | None) -> str:
    for condition in status.get("conditions") or []:
        if condition["type"] != wanted:
            continue
        if condition["status"] != "True":
            return f"{wanted} is {condition['status']}: {condition.get('message') or condition.get('reason')}"
        if condition.get("observedGeneration", generation) != generation:
            return f"{wanted} is not said of the last change"
        return ""
    return f"nothing is said about {wanted}"


def _deployment(spec: Mapping[str, t.Any], status: Mapping[str, t.Any]) -> str:
    wanted = spec.get("replicas", 1)
    updated, available = status.get("updatedReplicas", 0), status.get("availableReplicas", 0)
    if updated == available == status.get("replicas", 0) == wanted:
        return ""
    return f"{available} of {wanted} replicas are available, {updated} of them new{_said(status)}"


def _daemon_set(spec: Mapping[str, t.Any], status: Mapping[str, t.Any]) -> str:
    wanted = status.get("desiredNumberScheduled", 0)
    updated, ready = status.get("updatedNumberScheduled", 0), status.get("numberReady", 0)
    if wanted and updated == ready == wanted:
        return ""
    return f"{ready} of {wanted} pods are ready, {updated} of them new"


def _stateful_set(spec: Mapping[str, t.Any], status: Mapping[str, t.Any]) -> str:
    wanted = spec.get("replicas", 1)
    updated, ready = status.get("updatedReplicas", 0), status.get("readyReplicas", 0)
    if ready == wanted and (updated == wanted or status.get("currentRevision") == status.get("updateRevision")):
        return ""
    return f"{ready} of {wanted} replicas are ready, {updated} of them new"


def _definition(spec: Mapping[str, t.Any], status: Mapping[str, t.Any]) -> str:
    return _condition(status, "Established", None)


def _said(status: Mapping[str, t.Any]) -> str:
    said = [str(item.get("message")) for item in status.get("conditions") or [] if item["status"] == "False"]
    return f": {'; '.join(said)}" if said else ""


ROLLOUTS = ("Deployment", "DaemonSet", "StatefulSet")
KINDS: dict[str, Callable[[Mapping[str, t.Any], Mapping[str, t.Any]], str]] = {
    "Deployment": _deployment,
    "DaemonSet": _daemon_set,
    "StatefulSet": _stateful_set,
    "CustomResourceDefinition": _definition,
}
