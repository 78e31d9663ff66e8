# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Carry out decisions about champions, and tell of them. No I/O of its own.

The last write is the one request that moves the alias. What comes before it only leaves a record, so that a run that
is stopped anywhere leaves the old champion or the new one, and the next run decides anew.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import datetime
import functools
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow import trail
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.decisions import (
    Decision,
    DecisionClient,
    Wanted,
    decide,
    needed,
)
from ansible_collections.baremetal.mlops.plugins.module_utils._reconcile import Failure, Plan, Step

if t.TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.entities import RegisteredModel


class PromotionClient(DecisionClient, t.Protocol):
    """The calls that a promotion needs. MLflow's client and the tests' fake both have them."""

    def models(self, names: Collection[str] | None = None) -> Mapping[str, RegisteredModel]: ...
    def model(self, name: str) -> RegisteredModel | None: ...
    def set_version_tag(self, name: str, version: int, key: str, value: str) -> None: ...
    def set_alias(self, name: str, alias: str, version: int) -> None: ...


def utc_now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


class Promotions:
    """The decisions of one call: each is taken once, then carried out and told."""

    def __init__(
        self,
        client: PromotionClient,
        wanted: Sequence[Wanted],
        by: str = "",
        fail_on_refusal: bool = True,
        now: Callable[[], datetime.datetime] = utc_now,
    ) -> None:
        self._client = client
        self._wanted = wanted
        self._by = by
        self._fail_on_refusal = fail_on_refusal
        self._now = now
        self._decisions: list[Decision] = []

    def plan(self) -> Plan:
        models = self._client.models([wanted.name for wanted in self._wanted])
        numbers = {wanted.name: needed(wanted, models.get(wanted.name)) for wanted in self._wanted}
        about = {name: sorted(some) for name, some in numbers.items() if some}
        versions = self._client.versions(about) if about else {}
        failures: list[Failure] = []
        self._decisions = []
        for wanted in self._wanted:
            model = models.get(wanted.name)
            try:
                decision = decide(self._client, wanted, model, versions.get(wanted.name, {}))
            except ItemError as exc:
                decision = Decision(wanted, exc.msg, model.aliases.get(wanted.champion_alias) if model else None)
                failures.append(Failure((wanted.name,), exc.msg))
            if decision.refused and self._fail_on_refusal:
                failures.append(Failure((wanted.name,), f"{wanted.name}: {decision.reason}"))
            self._decisions.append(decision)
        before = {decision.wanted.name: decision.champion for decision in self._decisions}
        moves = {decision.wanted.name: decision.target for decision in self._decisions if decision.target is not None}
        return Plan(
            before={"champions": before},
            after={"champions": before | moves},
            steps=[step for decision in self._decisions for step in self._steps(decision)],
            failures=failures,
            predicted=self._shown(moves),
        )

    def read(self) -> dict[str, t.Any]:
        """The models as they are now. Those that the plan left alone are not asked for again."""
        moved = {
            decision.wanted.name: decision.wanted.champion_alias
            for decision in self._decisions
            if decision.target is not None
        }
        models = self._client.models(list(moved)) if moved else {}
        return self._shown(
            {name: models[name].aliases.get(alias) if name in models else None for name, alias in moved.items()}
        )

    def _shown(self, champions: Mapping[str, int | None]) -> dict[str, t.Any]:
        """All models, where ``champions`` says who is champion of those that were to be changed."""
        shown = [decision.shown(champions.get(decision.wanted.name, decision.champion)) for decision in self._decisions]
        return {"models": shown}

    def _steps(self, decision: Decision) -> Iterator[Step]:
        if decision.target is None:
            return
        wanted, item = decision.wanted, (decision.wanted.name,)
        if wanted.promoted:
            said = f"record the promotion of version {decision.target} of model {wanted.name}"
        else:
            said = f"record the rollback of version {decision.champion} of model {wanted.name}"
        yield Step(said, functools.partial(self._record, decision, decision.target), item)
        moved = f"set alias {wanted.champion_alias} of model {wanted.name} to version {decision.target}"
        yield Step(moved, functools.partial(self._move, decision, decision.target), item)

    def _record(self, decision: Decision, target: int) -> None:
        wanted = decision.wanted
        record = trail.Record(
            event=trail.PROMOTED if wanted.promoted else trail.ROLLED_BACK,
            alias=wanted.champion_alias,
            former=decision.champion,
            champion=target,
            time=trail.moment(self._now(), decision.tags, wanted.champion_alias),
            by=self._by,
            reason=wanted.reason,
            gates=[verdict.shown() for verdict in decision.verdicts],
        )
        self._client.set_version_tag(wanted.name, record.version, record.key, record.value())

    def _move(self, decision: Decision, target: int) -> None:
        """MLflow has no comparison with a write, so it is made as close to the write as can be, before and after."""
        wanted = decision.wanted
        found = self._champion(wanted)
        if found == target:
            return
        if found != decision.champion:
            raise ItemError(
                f"{wanted.name}: {_said(found)} became {wanted.champion_alias} since version {target} was held against "
                f"{_said(decision.champion)}: nothing is changed, run again"
            )
        self._client.set_alias(wanted.name, wanted.champion_alias, target)
        found = self._champion(wanted)
        if found != target:
            raise ItemError(f"{wanted.name}: {_said(found)} became {wanted.champion_alias} at the same time: run again")

    def _champion(self, wanted: Wanted) -> int | None:
        model = self._client.model(wanted.name)
        return model.aliases.get(wanted.champion_alias) if model else None


def read_trails(
    client: PromotionClient, names: Collection[str] | None, champion_alias: str, candidate_alias: str
) -> list[dict[str, t.Any]]:
    """Who is champion, who is candidate, and how it came to that, by model."""
    models = client.models(names)
    versions = client.versions({name: [] for name in models}) if models else {}
    told = []
    for name in sorted(models):
        aliases, found = models[name].aliases, versions.get(name, {})
        champion = aliases.get(champion_alias)
        tags = found[champion].tags if champion is not None and champion in found else {}
        known = [record for version in found.values() for record in trail.records(version.tags, champion_alias)]
        told.append(
            {
                "name": name,
                "champion": champion,
                "former_champion": trail.former(tags, champion_alias),
                "candidate": aliases.get(candidate_alias),
                "aliases": dict(sorted(aliases.items())),
                "decisions": list(trail.history(known, champion)),
            }
        )
    return told


def _said(version: int | None) -> str:
    return "no version" if version is None else f"version {version}"
