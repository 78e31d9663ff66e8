# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Versions of models: what is, what is wanted, and what that changes. Nothing here makes a version: training does.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow import limits, tags
from ansible_collections.baremetal.mlops.plugins.module_utils._reconcile import Failure, Step

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.entities import ModelVersion

PRESENT, ARCHIVED, ABSENT = "present", "archived", "absent"


@dataclasses.dataclass(frozen=True)
class Wanted:
    """A version as the user gave it. What is None is left as it is."""

    number: int
    state: str = PRESENT
    description: str | None = None
    tags: tags.WantedTags = dataclasses.field(default_factory=tags.WantedTags)
    force_delete: bool = False

    @classmethod
    def of(cls, item: Mapping[str, t.Any]) -> Wanted:
        """Out of an item of the module's list."""
        return cls(item["version"], item["state"], item["description"], tags.WantedTags.of(item), item["force_delete"])

    @property
    def leaves(self) -> bool:
        """Whether no alias may name it afterwards."""
        return self.state != PRESENT

    def problems(self) -> Iterator[str]:
        """What can be refused without asking the server."""
        if self.number < 1:
            yield f"versions: {self.number} is no number of a version"
        if self.description is not None and (problem := limits.text(self.description, limits.DESCRIPTION)):
            yield f"versions: {self.number}: description: {problem}"
        for key, problem in self.tags.problems(limits.VERSION_TAG):
            yield f"versions: {self.number}: tags: {limits.shown(key)}: {problem}"

    def over(self, actual: ModelVersion) -> ModelVersion:
        return dataclasses.replace(
            actual,
            archived=self.state == ARCHIVED,
            description=actual.description if self.description is None else self.description,
            tags=self.tags.over(actual.tags),
        )


class VersionClient(t.Protocol):
    """The calls that a plan needs. MLflow's client and the tests' fake both have them."""

    def archive_version(self, name: str, version: int) -> None: ...
    def restore_version(self, name: str, version: int) -> None: ...
    def set_version_description(self, name: str, version: int, description: str) -> None: ...
    def set_version_tag(self, name: str, version: int, key: str, value: str) -> None: ...
    def delete_version_tag(self, name: str, version: int, key: str) -> None: ...
    def delete_version(self, name: str, version: int) -> None: ...


class Change:
    """What a model's versions are to become, how, and what of it cannot be. ``aliases``: as they will be."""

    def __init__(
        self,
        client: VersionClient,
        model: tuple[str, ...],
        wanted: Sequence[Wanted],
        known: Mapping[int, ModelVersion],
        aliases: Mapping[str, int],
    ) -> None:
        self._client = client
        self._model = model
        self._name = model[-1]
        self._known = known
        self._wanted = {one.number: one for one in wanted}
        problems = {one.number: problem for one in wanted if (problem := self._problem(one, aliases))}
        self.failures = [
            Failure((*model, "versions", str(number)), f"version {number} of model {self._name}: {problem}")
            for number, problem in problems.items()
        ]
        self._doable = [one for one in wanted if one.number in known and one.number not in problems]
        absent = {one.number for one in self._doable if one.state == ABSENT}
        changed = {one.number: one.over(known[one.number]) for one in self._doable}
        self.after = {number: changed.get(number, version) for number, version in known.items() if number not in absent}

    def readying(self) -> Iterator[Step]:
        """What makes versions as wanted, as far as it takes none away."""
        client, name = self._client, self._name
        for one in self._doable:
            if one.state == ABSENT:
                continue
            actual, target = self._known[one.number], self.after[one.number]
            of = self._of(one)
            if actual.archived and not target.archived:
                restore = functools.partial(client.restore_version, name, one.number)
                yield Step(f"restore {of}", restore, self._model)
            if target.description != actual.description:
                describe = functools.partial(client.set_version_description, name, one.number, target.description)
                yield Step(f"set description of {of}", describe, self._model)
            yield from tags.steps(
                of,
                self._model,
                actual.tags,
                target.tags,
                set_tag=functools.partial(client.set_version_tag, name, one.number),
                delete_tag=functools.partial(client.delete_version_tag, name, one.number),
            )

    def leaving(self) -> Iterator[Step]:
        """What takes versions away. By now no alias names them."""
        for one in self._doable:
            if one.state == ARCHIVED and not self._known[one.number].archived:
                archive = functools.partial(self._client.archive_version, self._name, one.number)
                yield Step(f"archive {self._of(one)}", archive, self._model)
            elif one.state == ABSENT:
                delete = functools.partial(self._client.delete_version, self._name, one.number)
                yield Step(f"delete {self._of(one)}", delete, self._model)

    def _problem(self, one: Wanted, aliases: Mapping[str, int]) -> str:
        if one.number not in self._known:
            return "" if one.state == ABSENT else "there is none: versions come from training, not from here"
        named = ", ".join(sorted(alias for alias, version in aliases.items() if version == one.number))
        if one.leaves and named:
            return f"it is what {named} names: give that alias another version, or null, first"
        if one.state == ABSENT and not one.force_delete:
            return "deleting it cannot be undone: set force_delete to do it, or archive it"
        return ""

    def _of(self, one: Wanted) -> str:
        return f"version {one.number} of model {self._name}"


def as_item(version: ModelVersion) -> dict[str, t.Any]:
    """A version in the shape that the module takes."""
    return {"version": version.version, **shown(version)}


def shown(version: ModelVersion) -> dict[str, t.Any]:
    state = ARCHIVED if version.archived else PRESENT
    return {"state": state, "description": version.description, "tags": dict(version.tags)}
