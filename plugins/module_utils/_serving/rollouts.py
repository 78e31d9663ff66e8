# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""All models of one call: read together, planned each by itself. No I/O of its own.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import time
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._objects import model as objects
from ansible_collections.baremetal.mlops.plugins.module_utils._reconcile import Failure, Plan
from ansible_collections.baremetal.mlops.plugins.module_utils._serving import causes, manifests, routing
from ansible_collections.baremetal.mlops.plugins.module_utils._serving import state as states
from ansible_collections.baremetal.mlops.plugins.module_utils._serving.rollout import Rollout, Served
from ansible_collections.baremetal.mlops.plugins.module_utils._serving.sources import Registry

if t.TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from ansible_collections.baremetal.mlops.plugins.module_utils._objects.model import Clock, Object
    from ansible_collections.baremetal.mlops.plugins.module_utils._reconcile import Step
    from ansible_collections.baremetal.mlops.plugins.module_utils._serving.sources import RegistryClient, Version
    from ansible_collections.baremetal.mlops.plugins.module_utils._serving.state import State
    from ansible_collections.baremetal.mlops.plugins.module_utils._serving.waiting import Cluster
    from ansible_collections.baremetal.mlops.plugins.module_utils._serving.wanted import Site, Wanted


class Rollouts:
    def __init__(
        self,
        registry: RegistryClient,
        client: Cluster,
        site: Site,
        wanted: Sequence[Wanted],
        *,
        fail_on_rollback: bool = True,
        clock: Clock = time,
    ) -> None:
        self._registry, self._client, self._site, self._clock = registry, client, site, clock
        self._wanted = wanted
        self._fail_on_rollback = fail_on_rollback
        self._rollouts: list[Rollout] = []

    def plan(self) -> Plan:
        registry = Registry(self._registry, self._wanted, self._site.artifact_root)
        routes = self._client.list(manifests.ROUTING, manifests.HTTP_ROUTE, {})
        services = self._services()
        steps: list[Step] = []
        failures: list[Failure] = []
        self._rollouts = []
        for wanted in self._wanted:
            try:
                rollout, own = self._one(wanted, registry, routes, services.get(wanted.name, {}))
            except ItemError as exc:
                failures.append(Failure((wanted.name,), exc.msg))
                continue
            self._rollouts.append(rollout)
            steps += own
            if rollout.refused and self._fail_on_rollback:
                failures.append(Failure((wanted.name,), f"{wanted.name}: {rollout.refused}"))
        seen = [one for rollout in self._rollouts for one in rollout.seen]
        return Plan(
            before={
                "models": {one.wanted.name: states.summary(one.before) for one in self._rollouts},
                "objects": {objects.describe(one.wanted): objects.masked(one.before) for one in seen if one.before},
            },
            after={
                "models": {one.wanted.name: states.summary(one.after) for one in self._rollouts},
                "objects": {objects.describe(one.wanted): objects.masked(one.after) for one in seen},
            },
            steps=steps,
            failures=failures,
            predicted={"models": [_shown(one, one.after) for one in self._rollouts]},
        )

    def read(self, planned: Plan) -> dict[str, t.Any]:
        """The models as they are now. Nothing is asked again after a plan that writes nothing."""
        if not planned.steps:
            return {"models": [_shown(one, one.before) for one in self._rollouts]}
        return {"models": [_shown(one, one.state) for one in self._rollouts]}

    def _one(
        self, wanted: Wanted, registry: Registry, routes: Sequence[Object], services: Mapping[str, Object]
    ) -> tuple[Rollout, Sequence[Step]]:
        site = self._site
        own = [one for one in routes if one["metadata"]["name"] == wanted.name and _namespace(one) == site.namespace]
        rollout = Rollout(
            self._client,
            site,
            wanted,
            route=own[0] if own else None,
            services=services,
            fail_on_rollback=self._fail_on_rollback,
            clock=self._clock,
        )
        if not wanted.present:
            return rollout, rollout.absent()
        if other := routing.taken_host(routes, site, wanted.name, wanted.host):
            raise ItemError(f"{wanted.name}: host {wanted.host} is taken by HTTPRoute {other}")
        champion = registry.named(wanted, wanted.champion)
        if champion is None:
            if wanted.optional:
                return rollout, ()
            raise ItemError(f"{wanted.name}: no version of model {wanted.model} has the alias {wanted.champion}")
        challenger = registry.named(wanted, wanted.challenger)
        shadow = registry.named(wanted, wanted.shadow)
        return rollout, rollout.steps(
            self._served(wanted, champion), self._other(wanted, challenger), self._other(wanted, shadow)
        )

    def _other(self, wanted: Wanted, version: Version | None) -> Served | None:
        return self._served(wanted, version) if version is not None else None

    def _served(self, wanted: Wanted, version: Version) -> Served:
        return Served(*manifests.revision(self._site, wanted, version.number, version.source))

    def _services(self) -> dict[str, dict[str, Object]]:
        """The InferenceServices that were made here, by model and name."""
        found: dict[str, dict[str, Object]] = {}
        for one in self._client.list(manifests.SERVING, manifests.INFERENCE_SERVICE, objects.MANAGED):
            name = one["metadata"]["labels"].get(manifests.LABEL)
            if name and _namespace(one) == self._site.namespace and not one["metadata"].get("deletionTimestamp"):
                found.setdefault(name, {})[one["metadata"]["name"]] = one
        return found


def info(client: Cluster, site: Site, names: Collection[str] | None) -> list[dict[str, t.Any]]:
    """Named models, or all of them, as their routes say, sorted by name."""
    told = []
    listed = client.list(manifests.SERVING, manifests.INFERENCE_SERVICE, objects.MANAGED)
    services = {one["metadata"]["name"]: one for one in listed if _namespace(one) == site.namespace}
    for route in client.list(manifests.ROUTING, manifests.HTTP_ROUTE, objects.MANAGED):
        metadata = route["metadata"]
        name = metadata["labels"].get(manifests.LABEL)
        if not name or _namespace(route) != site.namespace or (names is not None and name not in names):
            continue
        state = states.read(route, objects.describe(route))
        problem = routing.untaken(route, site)
        told.append(
            {
                "name": name,
                "host": (route["spec"].get("hostnames") or [""])[0],
                **states.summary(state),
                "passed": state.passed,
                "rolled_back": dict(state.rolled_back),
                "ready": causes.ready(services.get(state.champion.name)),
                "taken": not problem,
                "problem": problem,
            }
        )
    return sorted(told, key=lambda one: str(one["name"]))


def _namespace(item: Object) -> str:
    return str(item["metadata"].get("namespace", ""))


def _shown(rollout: Rollout, state: State | None) -> dict[str, t.Any]:
    """What the module says of a model once its route is in ``state``."""
    wanted, before, shadow = rollout.wanted, rollout.before, rollout.shadow
    moved = state is not None and (before is None or before.champion != state.champion)
    return {
        "name": wanted.name,
        "model": wanted.model,
        "url": f"https://{wanted.host}/v2/models/{wanted.name}" if wanted.host else "",
        **states.summary(state),
        "former_champion": before.champion.version if moved and before is not None else None,
        "shadow": shadow.version if shadow is not None else None,
        "shadow_service": shadow.service if shadow is not None else None,
        "promoted": moved,
        "rolled_back": bool(rollout.rolled_back),
        "refused": bool(rollout.refused),
        "reason": rollout.rolled_back or rollout.refused or states.told(state),
        "figures": rollout.verdicts,
    }
