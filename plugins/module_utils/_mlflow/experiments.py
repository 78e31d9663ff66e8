# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Experiments: what is, what is wanted, and the plan between the two. No I/O of its own.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow import limits, tags
from ansible_collections.baremetal.mlops.plugins.module_utils._reconcile import Failure, Plan, Step

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.entities import Experiment

KEY = "experiments"


@dataclasses.dataclass(frozen=True)
class Wanted:
    """An experiment as the user gave it. What is None is left as it is."""

    name: str
    present: bool = True
    artifact_location: str | None = None
    tags: tags.WantedTags = dataclasses.field(default_factory=tags.WantedTags)

    @classmethod
    def of(cls, item: Mapping[str, t.Any]) -> Wanted:
        """Out of an item of the module's list."""
        return cls(item["name"], item["state"] == "present", item["artifact_location"], tags.WantedTags.of(item))

    @property
    def path(self) -> tuple[str, ...]:
        return (KEY, self.name)

    def problems(self) -> Iterator[str]:
        """What can be refused without asking the server."""
        if problem := limits.experiment_name(self.name):
            yield f"{KEY}: {problem}"
            return
        if self.artifact_location is not None and (problem := limits.location(self.artifact_location)):
            yield f"{KEY}: {self.name}: artifact_location: {problem}"
        for key, problem in self.tags.problems(limits.EXPERIMENT_TAG):
            yield f"{KEY}: {self.name}: tags: {limits.shown(key)}: {problem}"


class ExperimentClient(t.Protocol):
    """The calls that a plan needs. MLflow's client and the tests' fake both have them."""

    def experiments(self, names: Collection[str] | None = None) -> dict[str, Experiment]: ...
    def create_experiment(self, name: str, artifact_location: str, tags: Mapping[str, str]) -> None: ...
    def archive_experiment(self, experiment: Experiment) -> None: ...
    def restore_experiment(self, experiment: Experiment) -> None: ...
    def set_experiment_tag(self, experiment: Experiment, key: str, value: str) -> None: ...
    def delete_experiment_tag(self, experiment: Experiment, key: str) -> None: ...


def plan(client: ExperimentClient, wanted: Sequence[Wanted]) -> Plan:
    actual = client.experiments([one.name for one in wanted])
    before = {one.name: _shown(one, actual[one.name]) for one in wanted if one.name in actual}
    after: dict[str, t.Any] = {}
    steps: list[Step] = []
    failures: list[Failure] = []
    for one in wanted:
        experiment = actual.get(one.name)
        if experiment is None:
            if one.present:
                steps.append(_creation(client, one))
                after[one.name] = _created(one)
            continue
        failures += _failures(one, experiment)
        target = _target(one, experiment)
        steps += _steps(client, one, experiment, target)
        after[one.name] = _shown(one, target)
    return Plan(before=before, after=after, steps=steps, failures=failures)


def read(client: ExperimentClient, wanted: Sequence[Wanted]) -> dict[str, t.Any]:
    """The named experiments as they are now, in the shape of a plan's ``after``."""
    actual = client.experiments([one.name for one in wanted])
    return {one.name: _shown(one, actual[one.name]) for one in wanted if one.name in actual}


def as_item(experiment: Experiment) -> dict[str, t.Any]:
    """An experiment in the shape that the module takes."""
    return {
        "name": experiment.name,
        "state": _state(experiment),
        "artifact_location": experiment.artifact_location,
        "tags": dict(experiment.tags),
    }


def _creation(client: ExperimentClient, one: Wanted) -> Step:
    create = functools.partial(client.create_experiment, one.name, one.artifact_location or "", one.tags.over({}))
    return Step(f"create experiment {one.name}", create, one.path)


def _created(one: Wanted) -> dict[str, t.Any]:
    place = {} if one.artifact_location is None else {"artifact_location": one.artifact_location}
    return {"state": "present", **place, "tags": one.tags.over({})}


def _target(one: Wanted, actual: Experiment) -> Experiment:
    if actual.archived and not one.present:
        return actual
    return dataclasses.replace(actual, archived=not one.present, tags=one.tags.over(actual.tags))


def _failures(one: Wanted, actual: Experiment) -> Iterator[Failure]:
    place = one.artifact_location
    if place is not None and place.rstrip("/") != actual.artifact_location.rstrip("/"):
        yield Failure(
            (*one.path, "artifact_location"),
            f"experiment {one.name} keeps its artifacts in {actual.artifact_location}, and MLflow cannot move them: "
            "give that artifact_location, or take another name for a new experiment",
        )
    if actual.archived and not one.present and one.tags.over(actual.tags) != actual.tags:
        yield Failure(
            (*one.path, "tags"), f"experiment {one.name} is archived, and MLflow changes its tags only while it is not"
        )


def _steps(client: ExperimentClient, one: Wanted, actual: Experiment, target: Experiment) -> Iterator[Step]:
    """Restore first and archive last: MLflow sets tags of active experiments only."""
    if actual.archived and not target.archived:
        restore = functools.partial(client.restore_experiment, actual)
        yield Step(f"restore experiment {one.name}", restore, one.path)
    yield from tags.steps(
        f"experiment {one.name}",
        one.path,
        actual.tags,
        target.tags,
        set_tag=functools.partial(client.set_experiment_tag, actual),
        delete_tag=functools.partial(client.delete_experiment_tag, actual),
    )
    if target.archived and not actual.archived:
        archive = functools.partial(client.archive_experiment, actual)
        yield Step(f"archive experiment {one.name}", archive, one.path)


def _shown(one: Wanted, experiment: Experiment) -> dict[str, t.Any]:
    """An experiment as a result shows it. Where its artifacts are is shown to who names it: check mode cannot know."""
    place = {} if one.artifact_location is None else {"artifact_location": experiment.artifact_location}
    return {"state": _state(experiment), **place, "tags": dict(experiment.tags)}


def _state(experiment: Experiment) -> str:
    return "archived" if experiment.archived else "present"
