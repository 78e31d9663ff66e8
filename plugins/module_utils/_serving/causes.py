# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Why an InferenceService is not ready, out of its conditions, its pods and their events. Pure functions.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Object = Mapping[str, t.Any]

OUT_OF_MEMORY = "OOMKilled"
CRASHING = "CrashLoopBackOff"
# Waiting that nothing ends but another image or setting.
UNSTARTABLE = (
    "CreateContainerConfigError",
    "CreateContainerError",
    "ErrImageNeverPull",
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
)
# Restarts after which waiting longer is in vain.
RESTARTS = 3
LONGEST = 300


@dataclasses.dataclass(frozen=True)
class Crash:
    """A container that ended: where its last words are, if its status does not say them."""

    pod: str
    container: str
    said: str = ""
    restarts: int = 0


def ready(service: Object | None) -> bool:
    if service is None:
        return False
    return any(one["type"] == "Ready" and one["status"] == "True" for one in _conditions(service))


def hopeless(service: Object, pods: Sequence[Object]) -> bool:
    """Whether nothing will change by waiting."""
    if _model_status(service).get("transitionStatus") == "InvalidSpec":
        return True
    return any(
        status.get("restartCount", 0) >= RESTARTS and _ended(status) is not None
        for pod in pods
        for status in _statuses(pod)
    )


def crash(pods: Sequence[Object]) -> Crash | None:
    """The container that ended by itself, if there is one. One that was killed for memory has nothing to say."""
    for pod in pods:
        for status in _statuses(pod):
            ended = _ended(status)
            if ended is not None and ended.get("reason") != OUT_OF_MEMORY:
                said = last_line(str(ended.get("message") or ""))
                return Crash(pod["metadata"]["name"], status["name"], said, status.get("restartCount", 0))
    return None


def why(service: Object, pods: Sequence[Object], events: Sequence[Object], log: str = "") -> str:
    """One line. ``log`` is how the log of the crashed container ends."""
    found = (
        *_invalid(service, events),
        *(line for pod in pods for line in _container(pod, log)),
        *(line for pod in pods for line in _unscheduled(pod)),
        *_failures(service),
        *_events(service, events),
        *_unready(service),
    )
    return next(iter(found), "its controller has said nothing about it yet")


def last_line(text: str) -> str:
    """The last line that says something: an exception's name comes after its trace."""
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    line = lines[-1] if lines else ""
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}..."


def _invalid(service: Object, events: Sequence[Object]) -> Iterator[str]:
    """What KServe refuses. Its event is more exact than its status."""
    status = _model_status(service)
    if status.get("transitionStatus") != "InvalidSpec":
        return
    yield from _events(service, events, "InternalError")
    info = status.get("lastFailureInfo") or {}
    yield last_line(f"{info.get('reason', 'InvalidSpec')}: {info.get('message', 'KServe gives no reason')}")


def _container(pod: Object, log: str) -> Iterator[str]:
    name = pod["metadata"]["name"]
    for status in _statuses(pod):
        where = f"container {status['name']} of pod {name}"
        ended = _ended(status)
        waiting = status.get("state", {}).get("waiting") or {}
        if ended is not None and ended.get("reason") == OUT_OF_MEMORY:
            yield f"{where} was killed because it needs more memory than its limit (OOMKilled)"
        elif ended is not None:
            said = (
                last_line(str(ended.get("message") or "")) or last_line(log) or ended.get("reason", "no reason given")
            )
            yield f"{where} ended with {ended.get('exitCode')}: {said}"
        elif waiting.get("reason") in UNSTARTABLE:
            yield f"{where} cannot start: {waiting['reason']}: {last_line(str(waiting.get('message') or ''))}"


def _unscheduled(pod: Object) -> Iterator[str]:
    for one in pod.get("status", {}).get("conditions") or []:
        if one["type"] == "PodScheduled" and one["status"] == "False":
            yield f"pod {pod['metadata']['name']} finds no node: {last_line(str(one.get('message') or one['reason']))}"


def _failures(service: Object) -> Iterator[str]:
    info = _model_status(service).get("lastFailureInfo") or {}
    if info.get("message"):
        yield last_line(f"{info.get('reason', 'it failed')}: {info['message']}")


def _events(service: Object, events: Sequence[Object], reason: str = "") -> Iterator[str]:
    """The newest warning about the service or what was made for it."""
    name = service["metadata"]["name"]
    about = [
        event
        for event in events
        if event.get("type") == "Warning"
        and (event["involvedObject"].get("name", "") + "-").startswith(f"{name}-")
        and reason in ("", event.get("reason"))
    ]
    if about:
        event = max(about, key=lambda one: str(one.get("lastTimestamp") or one.get("eventTime") or ""))
        of = event["involvedObject"]
        yield f"{of.get('kind', 'object')} {of['name']}: {last_line(str(event.get('message') or event.get('reason')))}"


def _unready(service: Object) -> Iterator[str]:
    for one in sorted(_conditions(service), key=lambda each: each["type"] == "Ready"):
        if one["status"] != "True" and one["type"] != "Stopped" and (one.get("message") or one.get("reason")):
            yield f"{one['type']} is {one['status']}: {last_line(str(one.get('message') or one.get('reason')))}"


def _statuses(pod: Object) -> Iterator[Object]:
    status = pod.get("status", {})
    yield from status.get("initContainerStatuses") or []
    yield from status.get("containerStatuses") or []


def _ended(status: Object) -> Object | None:
    """How a container ended that should not have, now or before it was started again."""
    for where in ("state", "lastState"):
        ended = status.get(where, {}).get("terminated")
        if ended and ended.get("exitCode") != 0 and not status.get("ready"):
            found: Object = ended
            return found
    return None


def _conditions(service: Object) -> Sequence[Object]:
    return (service.get("status") or {}).get("conditions") or []


def _model_status(service: Object) -> Object:
    return (service.get("status") or {}).get("modelStatus") or {}
