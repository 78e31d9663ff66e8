# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Registered models: what is, what is wanted, and the plan between the two. No I/O of its own.

The order of a model's writes: what aliases may name is made ready, then aliases move, then versions that no alias names
any more are archived or deleted. So whoever reads an alias always gets a version, and never a half-made one.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow import limits, tags, versions
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.entities import RegisteredModel
from ansible_collections.baremetal.mlops.plugins.module_utils._reconcile import Failure, Plan, Step

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.entities import ModelVersion

KEY = "models"
Versions = dict[int, "ModelVersion"]


@dataclasses.dataclass(frozen=True)
class Wanted:
    """A model as the user gave it. What is None is left as it is. An alias of version None is to be removed."""

    name: str
    present: bool = True
    description: str | None = None
    tags: tags.WantedTags = dataclasses.field(default_factory=tags.WantedTags)
    aliases: Mapping[str, int | None] = dataclasses.field(default_factory=dict)
    purge_aliases: bool = False
    versions: Sequence[versions.Wanted] = ()
    force_delete: bool = False

    @classmethod
    def of(cls, item: Mapping[str, t.Any]) -> Wanted:
        """Out of an item of the module's list. Nothing is wanted of the versions of a model that is to be gone."""
        return cls(
            name=item["name"],
            present=item["state"] == "present",
            description=item["description"],
            tags=tags.WantedTags.of(item),
            aliases={str(alias): _number(version) for alias, version in (item["aliases"] or {}).items()},
            purge_aliases=item["purge_aliases"] and item["aliases"] is not None,
            versions=[versions.Wanted.of(version) for version in item["versions"] or [] if item["state"] == "present"],
            force_delete=item["force_delete"],
        )

    @property
    def path(self) -> tuple[str, ...]:
        return (KEY, self.name)

    def problems(self) -> Iterator[str]:
        """What can be refused without asking the server."""
        if problem := limits.model_name(self.name):
            yield f"{KEY}: {problem}"
            return
        if self.description is not None and (problem := limits.text(self.description, limits.DESCRIPTION)):
            yield f"{KEY}: {self.name}: description: {problem}"
        for key, problem in self.tags.problems(limits.MODEL_TAG):
            yield f"{KEY}: {self.name}: tags: {limits.shown(key)}: {problem}"
        leaving = {version.number for version in self.versions if version.leaves}
        for alias, version in self.aliases.items():
            if problem := limits.alias(alias):
                yield f"{KEY}: {self.name}: aliases: {problem}"
            elif version is not None and version < 1:
                yield f"{KEY}: {self.name}: aliases: {alias}: it must be the number of a version, or null"
            elif version in leaving:
                yield f"{KEY}: {self.name}: aliases: {alias}: it cannot name version {version}, which is to leave"
        for one in self.versions:
            yield from (f"{KEY}: {self.name}: {problem}" for problem in one.problems())

    def aliases_over(self, actual: Mapping[str, int]) -> dict[str, int]:
        stay = {} if self.purge_aliases else actual
        return {alias: version for alias, version in {**stay, **self.aliases}.items() if version is not None}


class ModelClient(versions.VersionClient, t.Protocol):
    """The calls that a plan needs. MLflow's client and the tests' fake both have them."""

    def models(self, names: Collection[str] | None = None) -> dict[str, RegisteredModel]: ...
    def versions(self, wanted: Mapping[str, Collection[int]]) -> dict[str, Versions]: ...
    def create_model(self, name: str, description: str, tags: Mapping[str, str]) -> None: ...
    def delete_model(self, name: str) -> None: ...
    def set_description(self, name: str, description: str) -> None: ...
    def set_tag(self, name: str, key: str, value: str) -> None: ...
    def delete_tag(self, name: str, key: str) -> None: ...
    def set_alias(self, name: str, alias: str, version: int) -> None: ...
    def delete_alias(self, name: str, alias: str) -> None: ...


def plan(client: ModelClient, wanted: Sequence[Wanted]) -> Plan:
    models = client.models([one.name for one in wanted])
    about = {one.name: _questions(one, models[one.name]) for one in wanted if one.present and one.name in models}
    known = _known(client, about)
    before: dict[str, t.Any] = {}
    after: dict[str, t.Any] = {}
    steps: list[Step] = []
    failures: list[Failure] = []
    for one in wanted:
        actual, there = models.get(one.name), known.get(one.name, {})
        if actual is not None:
            before[one.name] = _shown(one, actual, there)
        if not one.present:
            if actual is None:
                continue
            if actual.has_versions and not one.force_delete:
                failures.append(Failure(one.path, _needs_consent(one)))
                after[one.name] = before[one.name]
            else:
                delete = functools.partial(client.delete_model, one.name)
                steps.append(Step(f"delete model {one.name}", delete, one.path))
            continue
        change = _Change(client, one, actual, there)
        failures += change.failures
        steps += change.steps()
        after[one.name] = _shown(one, change.target, change.versions.after)
    return Plan(before=before, after=after, steps=steps, failures=failures)


def read(client: ModelClient, wanted: Sequence[Wanted]) -> dict[str, t.Any]:
    """The named models as they are now, in the shape of a plan's ``after``."""
    models = client.models([one.name for one in wanted])
    named = {one.name: {version.number for version in one.versions} for one in wanted if one.name in models}
    known = _known(client, named)
    return {one.name: _shown(one, models[one.name], known.get(one.name, {})) for one in wanted if one.name in models}


def as_item(model: RegisteredModel, found: Versions | None) -> dict[str, t.Any]:
    """A model in the shape that the module takes, with its versions if they were asked for."""
    listed = {} if found is None else {"versions": [versions.as_item(found[number]) for number in sorted(found)]}
    return {
        "name": model.name,
        "state": "present",
        "description": model.description,
        "tags": dict(model.tags),
        "aliases": dict(model.aliases),
        **listed,
    }


class _Change:
    """What one model is to become, how, and what of it cannot be."""

    def __init__(self, client: ModelClient, one: Wanted, actual: RegisteredModel | None, known: Versions) -> None:
        self._client = client
        self._one = one
        self._actual = actual
        start = actual or RegisteredModel(one.name)
        refused = dict(_refused_aliases(one, start, known))
        self.aliases = dataclasses.replace(
            one, aliases={alias: version for alias, version in one.aliases.items() if alias not in refused}
        ).aliases_over(start.aliases)
        self.aliases |= {alias: start.aliases[alias] for alias in refused if alias in start.aliases}
        self.versions = versions.Change(client, one.path, one.versions, known, self.aliases)
        self.target = dataclasses.replace(
            start,
            description=start.description if one.description is None else one.description,
            tags=one.tags.over(start.tags),
            aliases=self.aliases,
        )
        self.failures = [
            *(Failure((*one.path, "aliases", alias), problem) for alias, problem in refused.items()),
            *self.versions.failures,
        ]

    def steps(self) -> Iterator[Step]:
        yield from self._own()
        yield from self.versions.readying()
        yield from self._aliasing()
        yield from self.versions.leaving()

    def _own(self) -> Iterator[Step]:
        client, one, target = self._client, self._one, self.target
        if self._actual is None:
            create = functools.partial(client.create_model, one.name, target.description, target.tags)
            yield Step(f"create model {one.name}", create, one.path)
            return
        if target.description != self._actual.description:
            describe = functools.partial(client.set_description, one.name, target.description)
            yield Step(f"set description of model {one.name}", describe, one.path)
        yield from tags.steps(
            f"model {one.name}",
            one.path,
            self._actual.tags,
            target.tags,
            set_tag=functools.partial(client.set_tag, one.name),
            delete_tag=functools.partial(client.delete_tag, one.name),
        )

    def _aliasing(self) -> Iterator[Step]:
        client, one = self._client, self._one
        had = self._actual.aliases if self._actual else {}
        for alias, version in self.aliases.items():
            if had.get(alias) != version:
                move = functools.partial(client.set_alias, one.name, alias, version)
                yield Step(f"set alias {alias} of model {one.name} to version {version}", move, one.path)
        for alias in had:
            if alias not in self.aliases:
                delete = functools.partial(client.delete_alias, one.name, alias)
                yield Step(f"delete alias {alias} of model {one.name}", delete, one.path)


def _questions(one: Wanted, actual: RegisteredModel) -> set[int]:
    """Versions that must be looked at: those named, and those that an alias is to move to."""
    moves = {version for alias, version in one.aliases.items() if version and actual.aliases.get(alias) != version}
    return moves | {version.number for version in one.versions}


def _known(client: ModelClient, about: Mapping[str, Collection[int]]) -> dict[str, Versions]:
    asked = {name: numbers for name, numbers in about.items() if numbers}
    return client.versions(asked) if asked else {}


def _refused_aliases(one: Wanted, actual: RegisteredModel, known: Versions) -> Iterator[tuple[str, str]]:
    restored = {version.number for version in one.versions if not version.leaves}
    for alias, version in one.aliases.items():
        if version is None or actual.aliases.get(alias) == version:
            continue
        if version not in known:
            yield alias, f"alias {alias} of model {one.name}: there is no version {version}"
        elif known[version].archived and version not in restored:
            yield alias, f"alias {alias} of model {one.name}: version {version} is archived: restore it first"


def _needs_consent(one: Wanted) -> str:
    return (
        f"model {one.name} has versions, which would be destroyed with it: set force_delete to delete it all the same"
    )


def _shown(one: Wanted, model: RegisteredModel, found: Versions) -> dict[str, t.Any]:
    """A model as a result shows it, with those of its versions that the item names."""
    named = [version.number for version in one.versions if version.number in found]
    listed = {str(number): versions.shown(found[number]) for number in named}
    return {
        "description": model.description,
        "tags": dict(model.tags),
        "aliases": dict(model.aliases),
        **({"versions": listed} if one.versions else {}),
    }


def _number(version: t.Any) -> int | None:
    """The number of a version; 0 where it is none."""
    if version is None or isinstance(version, bool):
        return None if version is None else 0
    try:
        return int(version)
    except (TypeError, ValueError):
        return 0
