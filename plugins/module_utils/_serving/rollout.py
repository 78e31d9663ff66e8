# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""One model: from the state of its route to what the registry's aliases say, step by step.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._objects import model as objects
from ansible_collections.baremetal.mlops.plugins.module_utils._reconcile import Done, Step
from ansible_collections.baremetal.mlops.plugins.module_utils._serving import figures, manifests, routing, waiting
from ansible_collections.baremetal.mlops.plugins.module_utils._serving import state as states
from ansible_collections.baremetal.mlops.plugins.module_utils._serving.decisions import Decision, Move, decide

if t.TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from ansible_collections.baremetal.mlops.plugins.module_utils._objects.model import Clock, Object, Seen
    from ansible_collections.baremetal.mlops.plugins.module_utils._serving.state import Revision, State
    from ansible_collections.baremetal.mlops.plugins.module_utils._serving.waiting import Cluster
    from ansible_collections.baremetal.mlops.plugins.module_utils._serving.wanted import Site, Wanted

T = t.TypeVar("T")


@dataclasses.dataclass(frozen=True)
class Served:
    """A version as it is to be served, with its InferenceService."""

    revision: Revision
    manifest: Object


class Rollout:
    """What is to be done about one model, and what came of it."""

    def __init__(
        self,
        client: Cluster,
        site: Site,
        wanted: Wanted,
        *,
        route: Object | None,
        services: Mapping[str, Object],
        fail_on_rollback: bool,
        clock: Clock,
    ) -> None:
        self._client, self._site, self.wanted, self._clock = client, site, wanted, clock
        self._services = services
        self._fail_on_rollback = fail_on_rollback
        self._where = f"HTTPRoute {site.namespace}/{wanted.name}"
        self._over = False
        self._decision = Decision()
        self.before = states.read(route, f"{wanted.name}: {self._where}") if route is not None else None
        self.state = self.before
        self.after = self.before
        self.seen: list[Seen] = []
        self.shadow: Revision | None = None
        self.verdicts: list[dict[str, t.Any]] = []
        self.rolled_back = ""

    # The plan

    def absent(self) -> list[Step]:
        """No request is answered any more; then nobody is there to answer."""
        self.after = None
        steps = []
        if self.before is not None:
            gone = self._reference(manifests.ROUTING, manifests.HTTP_ROUTE, self.wanted.name)
            steps.append(
                Step(f"delete {self._where}", functools.partial(self._delete_route, gone), (self.wanted.name,))
            )
        return [*steps, *self._clear(self._services)]

    def steps(self, champion: Served, challenger: Served | None, shadow: Served | None) -> list[Step]:
        wanted, site = self.wanted, self._site
        self._decision = decide(
            wanted, self.before, champion.revision, challenger.revision if challenger is not None else None
        )
        moves = self._decision.moves
        self.after = moves[-1].state if moves else self.before
        self.shadow = shadow.revision if shadow is not None else None
        needed = self.after.names if self.after is not None else set()
        kept = needed | ({self.shadow.name} if self.shadow is not None else set())
        item = (wanted.name,)
        steps = list(self._keep(champion, item)) if champion.revision.name in needed else []
        tried = [move for move in moves if challenger is not None and move.needs == challenger.revision]
        steps += self._moved([move for move in moves if move not in tried], item)
        if challenger is not None and challenger.revision.name in needed:
            steps += self._keep(challenger, (*item, "challenger"))
        steps += self._moved(tried, (*item, "challenger"))
        if not moves and self.before is not None:
            route = manifests.route(site, wanted, self.before)
            seen = self._about(functools.partial(objects.look, self._client, route))
            if objects.differs(seen):
                self.seen.append(seen)
                steps.append(Step(f"change {self._where}", functools.partial(self._repair, route), item))
        if shadow is not None and shadow.revision.name not in needed:
            steps += self._keep(shadow, (*item, "shadow"))
        return [*steps, *self._clear([name for name in self._services if name not in kept])]

    def _moved(self, moves: Sequence[Move], item: tuple[str, ...]) -> Iterator[Step]:
        return (Step(move.summary, functools.partial(self._make, move), item) for move in moves)

    def _keep(self, served: Served, item: tuple[str, ...]) -> Iterator[Step]:
        seen = self._about(functools.partial(objects.look, self._client, served.manifest))
        if objects.differs(seen):
            self.seen.append(seen)
            said = f"{'change' if seen.before else 'create'} {objects.describe(served.manifest)}"
            yield Step(said, functools.partial(self._serve, served.manifest), item)

    def _clear(self, names: Collection[str]) -> Iterator[Step]:
        for number, name in enumerate(sorted(names)):
            said = f"delete {manifests.INFERENCE_SERVICE} {self._site.namespace}/{name}"
            drain = self._site.drain if number == 0 and self.before is not None else 0
            yield Step(said, functools.partial(self._remove, name, drain), (self.wanted.name,))

    # The writes

    def _serve(self, manifest: Object) -> None:
        deadline = self._clock.monotonic() + self.wanted.ready_timeout
        self._about(functools.partial(objects.apply, self._client, manifest, deadline, self._clock))
        self._until_ready(manifest["metadata"]["name"])

    def _make(self, move: Move) -> Done | None:
        """Make a move, or go back if the candidate is not good enough for it."""
        if self._over:
            return Done()
        if move.watched and (failed := self._watch()):
            return self._go_back(failed)
        try:
            if move.needs is not None:
                self._until_ready(move.needs.name)
        except ItemError as exc:
            if self.state is None or not self.state.percent:
                raise
            return self._go_back(exc.msg)
        self._switch(move.state)
        return None

    def _go_back(self, reason: str) -> Done:
        """The former version gets all requests again. It was there all the time."""
        state, tried = self._trial()
        self._over, self.rolled_back = True, f"version {tried.version} at {state.percent} % of the requests: {reason}"
        self._switch(state.without(self.rolled_back))
        done = [
            f"send all requests for {self.wanted.name} to version {state.champion.version} again: {self.rolled_back}"
        ]
        unused = self.shadow is None or self.shadow.name != tried.name
        if unused and self._remove(tried.name, self._site.drain) is None:
            done.append(f"delete {manifests.INFERENCE_SERVICE} {self._site.namespace}/{tried.name}")
        said = f"{self.wanted.name}: rolled back to version {state.champion.version}: {self.rolled_back}"
        return Done(done, said if self._fail_on_rollback else "")

    def _switch(self, state: State) -> None:
        """Write the route, if it still says what we know; if the gateway does not take it, back to what it was."""
        former = self.state
        self._write(state)
        try:
            self._until_taken()
        except ItemError:
            if former is not None:
                self._write(former)
            raise

    def _write(self, state: State) -> None:
        self._about(
            functools.partial(
                routing.swap, self._client, manifests.route(self._site, self.wanted, state), self.state, state
            )
        )
        self.state = state

    def _repair(self, route: Object) -> None:
        self._about(functools.partial(self._client.apply, route, dry_run=False))
        self._until_taken()

    def _delete_route(self, gone: Object) -> None:
        self._client.delete(gone)
        self.state = None

    def _remove(self, name: str, drain: float) -> Done | None:
        """Whom nobody asks any more, once the gateway has had the time to know it. Another run may ask it again."""
        self._clock.sleep(drain)
        route = self._client.get(self._reference(manifests.ROUTING, manifests.HTTP_ROUTE, self.wanted.name))
        if route is not None and name in states.read(route, self._where).names:
            return Done()
        self._client.delete(self._reference(manifests.SERVING, manifests.INFERENCE_SERVICE, name))
        return None

    # Waiting

    def _until_ready(self, name: str) -> None:
        wanted = self._reference(manifests.SERVING, manifests.INFERENCE_SERVICE, name)
        if reason := waiting.until_ready(self._client, wanted, self.wanted.ready_timeout, self._clock):
            raise ItemError(f"{self.wanted.name}: {objects.describe(wanted)} {reason}; {self._still()}")

    def _until_taken(self) -> None:
        wanted = self._reference(manifests.ROUTING, manifests.HTTP_ROUTE, self.wanted.name)
        if reason := routing.until_taken(self._client, wanted, self._site, self._clock):
            raise ItemError(f"{self.wanted.name}: {self._where} is not taken by the gateway: {reason}")

    def _watch(self) -> str:
        """Why the candidate is not good enough at its present percent, or nothing if it is."""
        (state, tried), gates = self._trial(), self.wanted.gates
        if gates is None:
            return ""
        wanted = self._reference(manifests.SERVING, manifests.INFERENCE_SERVICE, tried.name)
        label = figures.gateway_service(self._site.namespace, tried.service, manifests.PORT)
        verdict = waiting.watch(self._client, wanted, label, gates, self._clock)
        self.verdicts.append(verdict.shown(state.percent))
        if verdict.outcome == figures.WAITING:
            raise ItemError(
                f"{self.wanted.name}: nothing can be said of version {tried.version}: {verdict.reason}; it "
                f"keeps {state.percent} % of the requests: run again when there are more"
            )
        return verdict.reason if verdict.outcome == figures.FAILED else ""

    def _trial(self) -> tuple[State, Revision]:
        """The state in which somebody is tried, and who that is."""
        if self.state is None or self.state.candidate is None:
            raise AssertionError("nobody is tried")
        return self.state, self.state.candidate

    def _reference(self, api_version: str, kind: str, name: str) -> Object:
        return manifests.reference(self._site, api_version, kind, name)

    def _still(self) -> str:
        return f"version {self.state.champion.version} serves on" if self.state is not None else "nothing is served"

    def _about(self, call: Callable[[], T]) -> T:
        return waiting.about(self.wanted.name, self._still(), call)

    @property
    def refused(self) -> str:
        """Why a version that an alias names is left out."""
        return self._decision.refused
