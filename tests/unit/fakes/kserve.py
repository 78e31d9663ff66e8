# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""A cluster in memory with KServe's controller and a gateway: time and requests pass in the clock. Records its writes.

Conditions, model states and failures are as KServe 0.20 sets them in its mode Standard.
"""

from __future__ import annotations

import copy
import dataclasses
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError
from ansible_collections.baremetal.mlops.plugins.module_utils._objects.model import (
    MANAGER,
    NoNamespaceError,
    PendingError,
    describe,
)
from ansible_collections.baremetal.mlops.plugins.module_utils._serving import figures

if t.TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from ansible_collections.baremetal.mlops.plugins.module_utils._objects.model import Object

    # Below a method of that name it is no type any more.
    Objects = list[Object]
    Numbers = list[int]

READY_SECONDS = 20
# Some of the gateway's pods follow a route later than the one that says so.
LAG_SECONDS = 5
BOUNDS = (0.005, 0.05, 0.1, 0.25, 1.0, float("inf"))
MOMENT = "2026-01-01T00:00:00Z"
GATEWAY_PODS = ("traefik-a", "traefik-b")
SERVICE, ROUTE = "InferenceService", "HTTPRoute"


class Killed(BaseException):
    """The process is gone: nothing catches this."""


@dataclasses.dataclass
class Behaviour:
    """How the pods of a version do. ``fault`` is the name of a method that says why they do not become ready."""

    fault: str = ""
    error_share: float = 0
    seconds: float = 0.01
    fails_at: float | None = None


class FakeServing:
    def __init__(self, requests_per_second: int = 20) -> None:
        self.objects: dict[str, Object] = {}
        self.writes: list[str] = []
        self.requests: list[str] = []
        self.behaviour: dict[int, Behaviour] = {}
        self.missing_kinds: set[str] = set()
        self.webhook = "up"
        self.route_problem = ""
        self.per_second = requests_per_second
        # Requests that nobody answered, and those that each version answered.
        self.lost = 0
        self.answered: dict[int, int] = {}
        self.failed: dict[int, int] = {}
        self.before: Callable[[str], object] = lambda _request: None
        self.now = 0.0
        self._made: dict[str, float] = {}
        self._versions = 0
        self._counters: dict[tuple[str, str], dict[str, t.Any]] = {}
        self._shares: dict[str, float] = {}
        self._followed: dict[str, list[tuple[float, list[Object]]]] = {}

    # The clock

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float, /) -> None:
        for _unused in range(round(seconds)):
            self.now += 1
            self._reconcile()
            self._send()

    # The API

    def get(self, wanted: Mapping[str, t.Any]) -> Object | None:
        self._asked(f"get {describe(wanted)}", wanted["kind"])
        return copy.deepcopy(self.objects.get(describe(wanted)))

    def apply(self, wanted: Mapping[str, t.Any], dry_run: bool) -> Object:
        self._asked(f"{'try' if dry_run else 'apply'} {describe(wanted)}", wanted["kind"])
        if wanted["metadata"]["namespace"] != "models":
            raise NoNamespaceError(f'{describe(wanted)}: namespaces "other" not found', http_status=404)
        if wanted["kind"] == SERVICE:
            self._admit(wanted)
        after = self._merged(wanted)
        if not dry_run:
            self.writes.append(f"apply {describe(wanted)}")
            self._store(after)
        return copy.deepcopy(after)

    def list(self, _api_version: str, kind: str, labels: Mapping[str, str]) -> list[Object]:
        self._asked(f"list {kind}", kind)
        return [
            copy.deepcopy(item)
            for item in self.objects.values()
            if item["kind"] == kind and labels.items() <= item["metadata"].get("labels", {}).items()
        ]

    def delete(self, actual: Mapping[str, t.Any]) -> None:
        self._asked(f"delete {describe(actual)}", actual["kind"])
        if self.objects.pop(describe(actual), None) is not None:
            self.writes.append(f"delete {describe(actual)}")

    def pods(self, service: str) -> Objects:
        self._asked(f"pods {service}", "Pod")
        item = self.objects.get(f"{SERVICE} models/{service}")
        return [] if item is None else [self._pod(item)]

    def warnings_of(self) -> Objects:
        self._asked("events", "Event")
        events = []
        for item in self.objects.values():
            if item["kind"] == SERVICE and self._fault(item) == "invalid":
                of = {"kind": SERVICE, "name": item["metadata"]["name"]}
                said = "specified runtime triton does not support specified framework/version"
                message = f"fails to reconcile component: {said}"
                events.append({"type": "Warning", "reason": "InternalError", "involvedObject": of, "message": message})
        return events

    def last_words(self, pod: str, container: str, former: bool) -> str:
        self._asked(f"log {pod} {container} {former}", "Pod")
        return "Traceback (most recent call last):\n  ...\n_pickle.UnpicklingError: invalid load key\n"

    def counted(self, services: Collection[str]) -> dict[str, figures.Reading]:
        self._asked("counted", "Pod")
        empty = {"requests": 0, "errors": 0, "within": {}}
        return {
            service: {
                pod: figures.Counters(**copy.deepcopy(self._counters.get((pod, service), empty)))
                for pod in GATEWAY_PODS
            }
            for service in services
        }

    # What a test looks at

    def route(self, name: str) -> Object | None:
        return self.objects.get(f"{ROUTE} models/{name}")

    def shares(self, name: str) -> dict[int, int]:
        """Percent by version, of the requests for a model."""
        route = self.route(name)
        backends = route["spec"]["rules"][-1]["backendRefs"] if route else []
        return {self._version_of(one["name"]): one["weight"] for one in backends}

    def versions(self, name: str) -> Numbers:
        """That have an InferenceService."""
        found = [item for item in self.objects.values() if item["kind"] == SERVICE]
        own = [item for item in found if item["metadata"]["labels"]["baremetal.mlops/model"] == name]
        return sorted(int(item["metadata"]["annotations"]["baremetal.mlops/version"]) for item in own)

    # What happens by itself

    def _asked(self, request: str, kind: str) -> None:
        self.before(request)
        self.requests.append(request)
        if kind in self.missing_kinds:
            raise PendingError(f"{kind} is no kind that the cluster knows")

    def _admit(self, wanted: Mapping[str, t.Any]) -> None:
        name = "inferenceservice.kserve-webhook-server.defaulter"
        if self.webhook == "down":
            said = f'Internal error occurred: failed calling webhook "{name}": connect: connection refused'
            raise PendingError(f"{describe(wanted)}: {said}", http_status=500)
        if self.webhook == "refuses":
            said = f'admission webhook "{name}" denied the request: no'
            raise ApiError(f"{describe(wanted)}: {said}", http_status=400)

    def _merged(self, wanted: Mapping[str, t.Any]) -> Object:
        there = self.objects.get(describe(wanted))
        after = copy.deepcopy({**(there or {}), **wanted})
        if there is not None:
            given = wanted["metadata"].get("resourceVersion")
            if given is not None and given != there["metadata"]["resourceVersion"]:
                raise ApiError(f"{describe(wanted)}: the object has been modified", http_status=409)
        old: Object = there["metadata"] if there else {"generation": 0, "resourceVersion": "0"}
        changed = there is None or there.get("spec") != wanted["spec"]
        after["metadata"] = {
            **old,
            **wanted["metadata"],
            "generation": old["generation"] + 1 if changed else old["generation"],
            "resourceVersion": old["resourceVersion"],
            "managedFields": [{"manager": MANAGER}],
        }
        return after

    def _store(self, item: Object) -> None:
        self._made.setdefault(describe(item), self.now)
        self.objects[describe(item)] = copy.deepcopy(item)
        self._touch(item)
        self._reconcile()

    def _say(self, item: Object, status: Object) -> None:
        item["status"] = status
        self._touch(item)

    def _touch(self, item: Mapping[str, t.Any]) -> None:
        self._versions += 1
        self.objects[describe(item)]["metadata"]["resourceVersion"] = str(self._versions)

    def _reconcile(self) -> None:
        for name in list(self._made):
            if name not in self.objects:
                del self._made[name]
        for item in list(self.objects.values()):
            status = self._service_status(item) if item["kind"] == SERVICE else self._route_status(item)
            if item.get("status") != status:
                self._say(item, status)

    def _route_status(self, item: Object) -> Object:
        ref = item["spec"]["parentRefs"][0]
        reason = self.route_problem or "Accepted"
        accepted = {"type": "Accepted", "status": str(not self.route_problem), "reason": reason, "message": ""}
        resolved = {"type": "ResolvedRefs", "status": "True", "reason": "ResolvedRefs", "message": ""}
        about = {"observedGeneration": item["metadata"]["generation"], "lastTransitionTime": MOMENT}
        told = [{**one, **about} for one in (accepted, resolved)]
        return {"parents": [{"parentRef": ref, "controllerName": "traefik.io/gateway-controller", "conditions": told}]}

    def _service_status(self, item: Object) -> Object:
        ready = self._ready(item)
        conditions = [
            {"type": "IngressReady", "status": "True"},
            {"type": "PredictorReady", "status": str(ready), "reason": "" if ready else "MinimumReplicasUnavailable"},
            {"type": "Ready", "status": str(ready), "lastTransitionTime": MOMENT},
        ]
        status: Object = {"conditions": conditions, "modelStatus": {"transitionStatus": "InProgress"}}
        if ready:
            status["modelStatus"] = {
                "transitionStatus": "UpToDate",
                "states": {"activeModelState": "Loaded", "targetModelState": "Loaded"},
            }
        elif self._fault(item) == "invalid":
            info = {"reason": "NoSupportingRuntime", "message": "Specified runtime does not support this"}
            status["modelStatus"] = {"transitionStatus": "InvalidSpec", "lastFailureInfo": info}
        return status

    def _of(self, item: Object) -> Behaviour:
        return self.behaviour.get(int(item["metadata"]["annotations"]["baremetal.mlops/version"]), Behaviour())

    def _fault(self, item: Object) -> str:
        behaviour = self._of(item)
        late = behaviour.fails_at is not None and self.now < behaviour.fails_at
        return "" if late else behaviour.fault

    def _ready(self, item: Object) -> bool:
        return not self._fault(item) and self.now - self._made.get(describe(item), self.now) >= READY_SECONDS

    def _pod(self, item: Object) -> Object:
        name = f"{item['metadata']['name']}-predictor-5d9c"
        status: Object = {"phase": "Running", "conditions": [{"type": "PodScheduled", "status": "True"}]}
        server: Object = {"name": "kserve-container", "ready": False, "restartCount": 3, "state": {}}
        fault = self._fault(item)
        if fault == "unschedulable":
            said = "0/3 nodes are available: 3 Insufficient memory."
            status["conditions"] = [
                {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": said}
            ]
        elif fault == "oom":
            ended = {"reason": "OOMKilled", "exitCode": 137}
            server["lastState"] = {"terminated": ended}
            server["state"] = {"waiting": {"reason": "CrashLoopBackOff"}}
        elif fault == "corrupt":
            server["lastState"] = {"terminated": {"reason": "Error", "exitCode": 1}}
            server["state"] = {"waiting": {"reason": "CrashLoopBackOff"}}
        elif fault == "missing":
            said = "Traceback\nRuntimeError: Failed to fetch model. No model found in s3://models/fraud/2.\n"
            ended = {"reason": "Error", "exitCode": 1, "message": said}
            fetcher = {"name": "storage-initializer", "ready": False, "restartCount": 3}
            status["initContainerStatuses"] = [{**fetcher, "state": {"terminated": ended}}]
        else:
            server |= {"ready": self._ready(item), "restartCount": 0, "state": {"running": {}}}
        return {"metadata": {"name": name}, "status": {**status, "containerStatuses": [server]}}

    def _send(self) -> None:
        """A second's requests for each model, shared as its route said a while ago."""
        routes = {name: item for name, item in self.objects.items() if item["kind"] == ROUTE}
        for name in {*routes, *self._followed}:
            backends = routes[name]["spec"]["rules"][-1]["backendRefs"] if name in routes else []
            known = self._followed.setdefault(name, [(self.now - LAG_SECONDS, [])])
            if backends != known[-1][1]:
                known.append((self.now, copy.deepcopy(backends)))
            for backend in [said for since, said in known if since <= self.now - LAG_SECONDS][-1]:
                for _unused in range(self._whole(f"to {backend['name']}", self.per_second * backend["weight"] / 100)):
                    self._answer(backend["name"])

    def _answer(self, service: str) -> None:
        name = service.rpartition("-")[0]
        item = self.objects.get(f"{SERVICE} models/{name}")
        if item is None or not self._ready(item):
            self.lost += 1
            version, failed, seconds = 0, 1, 0.0
        else:
            behaviour = self._of(item)
            version = int(item["metadata"]["annotations"]["baremetal.mlops/version"])
            failed, seconds = self._whole(f"errors of {name}", behaviour.error_share), behaviour.seconds
        self.answered[version] = self.answered.get(version, 0) + 1
        self.failed[version] = self.failed.get(version, 0) + failed
        pod = GATEWAY_PODS[self.answered[version] % len(GATEWAY_PODS)]
        key = (pod, figures.gateway_service("models", service, 80))
        counters = self._counters.setdefault(key, {"requests": 0, "errors": 0, "within": dict.fromkeys(BOUNDS, 0)})
        counters["requests"] += 1
        counters["errors"] += failed
        for bound in BOUNDS:
            counters["within"][bound] += seconds <= bound

    def _whole(self, what: str, share: float) -> int:
        """Shares add up to whole numbers over time."""
        total = self._shares.get(what, 0) + share
        self._shares[what] = total - int(total + 1e-9)
        return int(total + 1e-9)

    def _version_of(self, service: str) -> int:
        return int(service.rsplit("-v", maxsplit=1)[-1].split("-", maxsplit=1)[0])
