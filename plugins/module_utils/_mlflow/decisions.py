# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Who is to be champion: a candidate that passes its gates, or the former champion on request. No I/O of its own.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow import limits, trail
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.figures import Figures
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.gates import Gate, problems
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.verdicts import Verdict, judge

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.entities import (
        ModelVersion,
        RegisteredModel,
        Run,
    )

NUMBER = re.compile(r"[1-9][0-9]{0,8}")
LONGEST_ALIAS = 200
LONGEST_REASON = 1000


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What is wanted of one model. ``candidate`` is an alias or the number of a version.

    ``rollback_of`` is the version that is to be left, ``to_version`` another one than the champion before it.
    """

    name: str
    promoted: bool = True
    candidate: str = "challenger"
    champion_alias: str = "champion"
    gates: tuple[Gate, ...] = ()
    allow_ungated: bool = False
    allow_rolled_back: bool = False
    rollback_of: int | None = None
    to_version: int | None = None
    reason: str = ""
    figures: Mapping[str, object] = dataclasses.field(default_factory=dict)
    champion_figures: Mapping[str, object] = dataclasses.field(default_factory=dict)

    @classmethod
    def from_options(cls, options: Mapping[str, t.Any]) -> Wanted:
        """Out of a module's parameters."""
        given = {name: value for name, value in options.items() if value is not None and name != "state"}
        gates = tuple(Gate.from_options(gate) for gate in options["gates"] or ())
        return cls(**{**given, "gates": gates, "promoted": options["state"] == "promoted"})


class DecisionClient(t.Protocol):
    """The calls that a decision needs."""

    def versions(self, wanted: Mapping[str, Collection[int]]) -> Mapping[str, Mapping[int, ModelVersion]]: ...
    def run(self, run_id: str) -> Run | None: ...
    def metric_values(self, run_id: str, metric: str) -> Sequence[float]: ...


@dataclasses.dataclass(frozen=True)
class Decision:
    """What is to be done about one model, and why. ``target`` is None when its champion stays.

    ``refused`` says that a gate or a former decision is against it. ``tags`` are those of the version that is to carry
    the record.
    """

    wanted: Wanted
    reason: str
    champion: int | None = None
    candidate: int | None = None
    target: int | None = None
    refused: bool = False
    verdicts: tuple[Verdict, ...] = ()
    tags: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def shown(self, champion: int | None) -> dict[str, t.Any]:
        """What the module says of the model once ``champion`` is its champion."""
        moved = self.target is not None and champion == self.target
        return {
            "name": self.wanted.name,
            "champion": champion,
            "former_champion": self.champion if moved else None,
            "candidate": self.candidate,
            "promoted": moved and self.wanted.promoted,
            "rolled_back": moved and not self.wanted.promoted,
            "refused": self.refused,
            "gates": [verdict.shown() for verdict in self.verdicts],
            "reason": self.reason,
        }


def refusals(wanted: Wanted) -> Iterator[str]:
    """Why nothing can be decided as given, one line each."""
    return (f"models: {limits.shown(wanted.name)}: {problem}" for problem in _problems(wanted))


def _problems(wanted: Wanted) -> Iterator[str]:
    if problem := limits.model_name(wanted.name):
        yield problem
    if not NUMBER.fullmatch(wanted.candidate) and (problem := _alias(wanted.candidate)):
        yield f"candidate: {problem}"
    if problem := _alias(wanted.champion_alias):
        yield f"champion_alias: {problem}"
    for option in ("rollback_of", "to_version"):
        number = getattr(wanted, option)
        if number is not None and not 0 < number <= trail.LAST_VERSION:
            yield f"{option}: {number} is not the number of a version"
    if not wanted.reason.isprintable() or len(wanted.reason) > LONGEST_REASON:
        yield f"reason: it must be one line of at most {LONGEST_REASON} characters"
    if wanted.promoted and not wanted.gates and not wanted.allow_ungated:
        yield "no gates are given: give some, or set allow_ungated to promote without any"
    if not wanted.promoted and wanted.to_version == wanted.rollback_of:
        yield "to_version is the version that is to be left"
    names = [gate.name for gate in wanted.gates]
    yield from (f"gates: named more than once: {name}" for name in sorted({n for n in names if names.count(n) > 1}))
    yield from (f"gate {limits.shown(gate.name)}: {problem}" for gate in wanted.gates for problem in problems(gate))


def _alias(alias: str) -> str | None:
    """Why an alias is refused: it is in the key of a tag as well, and a text of digits means a version."""
    if alias.isdigit():
        return f"{limits.shown(alias)} is taken for the number of a version, and there is none such"
    if len(alias) > LONGEST_ALIAS:
        return f"an alias has at most {LONGEST_ALIAS} characters here"
    return limits.alias(alias)


def needed(wanted: Wanted, model: RegisteredModel | None) -> set[int]:
    """The versions that a decision is about. None when nothing is to be decided."""
    if model is None:
        return set()
    champion = model.aliases.get(wanted.champion_alias)
    if not wanted.promoted:
        return {
            number for number in (wanted.rollback_of, wanted.to_version) if number and champion == wanted.rollback_of
        }
    candidate = _candidate(wanted, model)
    if candidate in (None, champion):
        return set()
    compared = champion if any(gate.kind == "regression" for gate in wanted.gates) else None
    return {number for number in (candidate, compared) if number}


def decide(
    client: DecisionClient, wanted: Wanted, model: RegisteredModel | None, versions: Mapping[int, ModelVersion]
) -> Decision:
    """Raises ItemError where what is wanted cannot be."""
    if model is None:
        raise ItemError(f"{wanted.name}: there is no such registered model")
    champion = model.aliases.get(wanted.champion_alias)
    if wanted.promoted:
        return _promotion(client, wanted, _candidate(wanted, model), champion, versions)
    return _rollback(client, wanted, champion, versions)


def _candidate(wanted: Wanted, model: RegisteredModel) -> int | None:
    return int(wanted.candidate) if NUMBER.fullmatch(wanted.candidate) else model.aliases.get(wanted.candidate)


def _promotion(
    client: DecisionClient,
    wanted: Wanted,
    number: int | None,
    champion: int | None,
    versions: Mapping[int, ModelVersion],
) -> Decision:
    if number is None:
        raise ItemError(f"{wanted.name}: no version has the alias {wanted.candidate}")
    if number == champion:
        return Decision(wanted, f"version {number} is {wanted.champion_alias} already", champion, number)
    version = _existing(wanted, versions, number)
    if objection := _objection(wanted, version):
        return Decision(wanted, objection, champion, number, refused=True)
    candidate = _figures(client, wanted.gates, version, wanted.figures)
    compared = None
    if champion is not None:
        compared = Figures(champion, given=wanted.champion_figures)
        if champion in versions:
            gates = [gate for gate in wanted.gates if gate.kind == "regression"]
            compared = _figures(client, gates, versions[champion], wanted.champion_figures)
    verdicts = tuple(judge(gate, candidate, compared) for gate in wanted.gates)
    if failed := [f"{verdict.name}: {verdict.reason}" for verdict in verdicts if not verdict.passed]:
        reason = f"version {number} fails {len(failed)} of {len(verdicts)} gates: {'; '.join(failed)}"
        return Decision(wanted, reason, champion, number, refused=True, verdicts=verdicts)
    reason = f"version {number} " + (f"passes all gates ({len(verdicts)})" if verdicts else "is promoted without gates")
    return Decision(wanted, reason, champion, number, target=number, verdicts=verdicts, tags=version.tags)


def _objection(wanted: Wanted, version: ModelVersion) -> str:
    """Why a version may not become champion, whatever its figures."""
    if version.archived:
        return f"version {version.version} is archived"
    record = trail.left(version.tags, wanted.champion_alias)
    if record is None or wanted.allow_rolled_back:
        return ""
    why = f" ({record.reason})" if record.reason else ""
    return (
        f"version {version.version} was rolled back at {record.shown()['time']}{why}: "
        "register a new version, or set allow_rolled_back"
    )


def _rollback(
    client: DecisionClient, wanted: Wanted, champion: int | None, versions: Mapping[int, ModelVersion]
) -> Decision:
    left, target = wanted.rollback_of, wanted.to_version
    if left is None or champion != left:
        now = "none" if champion is None else f"version {champion}"
        return Decision(wanted, f"version {left} is not {wanted.champion_alias}: {now} is", champion)
    tags = _existing(wanted, versions, left).tags
    if target is None:
        target = trail.former(tags, wanted.champion_alias)
        if target is None:
            raise ItemError(f"{wanted.name}: version {left} has no record of a former champion: give to_version")
        versions = client.versions({wanted.name: [target]}).get(wanted.name, {})
    if _existing(wanted, versions, target).archived:
        raise ItemError(f"{wanted.name}: version {target}, which would be champion, is archived: restore it first")
    return Decision(wanted, f"version {left} is left for version {target}", champion, target=target, tags=tags)


def _existing(wanted: Wanted, versions: Mapping[int, ModelVersion], number: int) -> ModelVersion:
    if number not in versions:
        raise ItemError(f"{wanted.name}: there is no version {number}")
    return versions[number]


def _figures(
    client: DecisionClient, gates: Sequence[Gate], version: ModelVersion, given: Mapping[str, object]
) -> Figures:
    """What the gates need to know of a version: its run is read only if one of them is about it."""
    run, samples = None, {}
    if version.run_id and any(gate.needs_run for gate in gates):
        run = client.run(version.run_id)
        metrics = {gate.samples_metric for gate in gates if gate.samples_metric}
        if run is not None:
            samples = {metric: client.metric_values(version.run_id, metric) for metric in sorted(metrics)}
    return Figures(version.version, run.metrics if run else None, version.tags, given, samples)
