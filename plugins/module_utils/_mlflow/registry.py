# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Experiments and models of one call together. No I/O of its own.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow import experiments, models
from ansible_collections.baremetal.mlops.plugins.module_utils._reconcile import Plan

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping


class RegistryClient(experiments.ExperimentClient, models.ModelClient, t.Protocol):
    """The calls that a plan needs. MLflow's client and the tests' fake both have them."""


class Registry:
    """What one call keeps."""

    def __init__(self, params: Mapping[str, t.Any]) -> None:
        self.experiments = [experiments.Wanted.of(item) for item in params["experiments"]]
        self.models = [models.Wanted.of(item) for item in params["models"]]

    def problems(self) -> Iterator[str]:
        """What can be refused without asking the server."""
        for experiment in self.experiments:
            yield from experiment.problems()
        for model in self.models:
            yield from model.problems()

    def repeatable(self) -> dict[str, list[str]]:
        """The names of each list, in which none may come twice."""
        versions = [f"version {version.number} of {one.name}" for one in self.models for version in one.versions]
        return {
            "experiments": [one.name for one in self.experiments],
            "models": [one.name for one in self.models],
            "models.versions": versions,
        }

    def plan(self, client: RegistryClient) -> Plan:
        parts = {
            experiments.KEY: experiments.plan(client, self.experiments),
            models.KEY: models.plan(client, self.models),
        }
        return Plan(
            before={key: part.before for key, part in parts.items()},
            after={key: part.after for key, part in parts.items()},
            steps=[step for part in parts.values() for step in part.steps],
            failures=[failure for part in parts.values() for failure in part.failures],
        )

    def read(self, client: RegistryClient, planned: Plan) -> Mapping[str, t.Any]:
        """What is listed, as it is now. Nothing is asked again after a plan that writes nothing."""
        if not planned.steps:
            return planned.before
        return {
            experiments.KEY: experiments.read(client, self.experiments),
            models.KEY: models.read(client, self.models),
        }


def info(
    client: RegistryClient,
    experiment_names: Collection[str] | None,
    model_names: Collection[str] | None,
    with_versions: bool,
) -> dict[str, t.Any]:
    """Named experiments and models, or all of them, in the shape that the module takes."""
    found = client.experiments(experiment_names)
    registered = client.models(model_names)
    versions = client.versions({name: () for name in registered}) if with_versions and registered else {}
    return {
        experiments.KEY: [experiments.as_item(found[name]) for name in sorted(found)],
        models.KEY: [models.as_item(registered[name], versions.get(name)) for name in sorted(registered)],
    }
