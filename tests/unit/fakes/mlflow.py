# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""An MLflow server in memory: experiments, models, versions, runs. Records its writes and counts its reads."""

from __future__ import annotations

import dataclasses
import itertools
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.entities import (
    Experiment,
    ModelVersion,
    RegisteredModel,
    Run,
)

if t.TYPE_CHECKING:
    from collections.abc import Collection, Mapping


class FakeMlflow:
    def __init__(self) -> None:
        self.experiment_by_name: dict[str, Experiment] = {}
        self.model_by_name: dict[str, RegisteredModel] = {}
        self.version_by_number: dict[str, dict[int, ModelVersion]] = {}
        self.runs: dict[str, Run] = {}
        self.history: dict[tuple[str, str], list[float]] = {}
        self.prompts: set[str] = set()
        self.reads: list[str] = []
        self.writes: list[str] = []
        self._numbers = itertools.count(1)
        self._made: dict[str, int] = {}

    # What tests start from

    def add_experiment(self, name: str, **fields: t.Any) -> Experiment:
        number = str(next(self._numbers))
        location = fields.pop("artifact_location", "") or f"mlflow-artifacts:/{number}"
        self.experiment_by_name[name] = Experiment(name, number, artifact_location=location, **fields)
        return self.experiment_by_name[name]

    def add_model(self, name: str, versions: int = 0, **fields: t.Any) -> RegisteredModel:
        self.model_by_name[name] = RegisteredModel(name, **fields)
        for _number in range(versions):
            self.add_version(name)
        return self.model_by_name[name]

    def add_version(self, name: str, **fields: t.Any) -> ModelVersion:
        """As training makes them: the next number of a model that exists."""
        number = self._made[name] = self._made.get(name, 0) + 1
        version = ModelVersion(name, number, **{"source": f"s3://models/{name}/{number}", **fields})
        self.version_by_number.setdefault(name, {})[number] = version
        return version

    # Experiments

    def experiments(self, names: Collection[str] | None = None) -> dict[str, Experiment]:
        return self._some("experiments", self.experiment_by_name, names)

    def create_experiment(self, name: str, artifact_location: str, tags: Mapping[str, str]) -> None:
        self.writes.append(f"create_experiment {name}")
        there = self.experiment_by_name.get(name)
        if there is None:
            self.add_experiment(name, artifact_location=artifact_location, tags=dict(tags))
        elif there.archived:
            raise ItemError(f"MLflow: cannot create experiment {name}: it has been archived meanwhile")
        else:
            self.experiment_by_name[name] = dataclasses.replace(there, tags={**there.tags, **tags})

    def archive_experiment(self, experiment: Experiment) -> None:
        self._write_experiment("archive_experiment", experiment, archived=True)

    def restore_experiment(self, experiment: Experiment) -> None:
        self._write_experiment("restore_experiment", experiment, archived=False)

    def set_experiment_tag(self, experiment: Experiment, key: str, value: str) -> None:
        tags = {**self._active(experiment).tags, key: value}
        self._write_experiment("set_experiment_tag", experiment, tags=tags)

    def delete_experiment_tag(self, experiment: Experiment, key: str) -> None:
        tags = {name: value for name, value in self._active(experiment).tags.items() if name != key}
        self._write_experiment("delete_experiment_tag", experiment, tags=tags)

    def _active(self, experiment: Experiment) -> Experiment:
        actual = self.experiment_by_name[experiment.name]
        if actual.archived:
            raise ItemError(f"MLflow: experiment {actual.name} must be in the 'active' state")
        return actual

    def _write_experiment(self, write: str, experiment: Experiment, **fields: t.Any) -> None:
        self.writes.append(f"{write} {experiment.name}")
        actual = self.experiment_by_name[experiment.name]
        self.experiment_by_name[experiment.name] = dataclasses.replace(actual, **fields)

    # Registered models

    def models(self, names: Collection[str] | None = None) -> dict[str, RegisteredModel]:
        found = self._some("models", self.model_by_name, names)
        return {name: self._with_versions(model) for name, model in found.items() if name not in self.prompts}

    def model(self, name: str) -> RegisteredModel | None:
        self.reads.append("model")
        found = self.model_by_name.get(name)
        return self._with_versions(found) if found and name not in self.prompts else None

    def create_model(self, name: str, description: str, tags: Mapping[str, str]) -> None:
        self.writes.append(f"create_model {name}")
        if name in self.prompts:
            raise ItemError(f"MLflow: cannot create model {name}: a prompt has that name")
        there = self.model_by_name.get(name, RegisteredModel(name))
        self.model_by_name[name] = dataclasses.replace(
            there, description=description or there.description, tags={**there.tags, **tags}
        )

    def delete_model(self, name: str) -> None:
        self.writes.append(f"delete_model {name}")
        self.model_by_name.pop(name, None)
        self.version_by_number.pop(name, None)
        self._made.pop(name, None)

    def set_description(self, name: str, description: str) -> None:
        self._write_model("set_description", name, description=description)

    def set_tag(self, name: str, key: str, value: str) -> None:
        self._write_model("set_tag", name, tags={**self._model(name).tags, key: value})

    def delete_tag(self, name: str, key: str) -> None:
        tags = {tag: value for tag, value in self._model(name).tags.items() if tag != key}
        self._write_model("delete_tag", name, tags=tags)

    def set_alias(self, name: str, alias: str, version: int) -> None:
        self._version(name, version)
        self._write_model("set_alias", name, aliases={**self._model(name).aliases, alias: version})

    def delete_alias(self, name: str, alias: str) -> None:
        aliases = {other: version for other, version in self._model(name).aliases.items() if other != alias}
        self._write_model("delete_alias", name, aliases=aliases)

    def _model(self, name: str) -> RegisteredModel:
        if name not in self.model_by_name:
            raise ItemError(f"MLflow: Registered Model with name={name} not found")
        return self.model_by_name[name]

    def _write_model(self, write: str, name: str, **fields: t.Any) -> None:
        self.writes.append(f"{write} {name}")
        self.model_by_name[name] = dataclasses.replace(self._model(name), **fields)

    def _with_versions(self, model: RegisteredModel) -> RegisteredModel:
        return dataclasses.replace(model, has_versions=bool(self.version_by_number.get(model.name)))

    # Versions of models

    def versions(self, wanted: Mapping[str, Collection[int]]) -> dict[str, dict[int, ModelVersion]]:
        self.reads.append("versions")
        return {
            name: {
                number: version
                for number, version in self.version_by_number.get(name, {}).items()
                if not numbers or number in numbers
            }
            for name, numbers in wanted.items()
        }

    def download_uri(self, name: str, version: int) -> str:
        self.reads.append("download_uri")
        return self._version(name, version).source

    def archive_version(self, name: str, version: int) -> None:
        self._write_version("archive_version", name, version, archived=True)

    def restore_version(self, name: str, version: int) -> None:
        self._write_version("restore_version", name, version, archived=False)

    def set_version_description(self, name: str, version: int, description: str) -> None:
        self._write_version("set_version_description", name, version, description=description)

    def set_version_tag(self, name: str, version: int, key: str, value: str) -> None:
        tags = {**self._version(name, version).tags, key: value}
        self._write_version("set_version_tag", name, version, tags=tags)

    def delete_version_tag(self, name: str, version: int, key: str) -> None:
        tags = {tag: value for tag, value in self._version(name, version).tags.items() if tag != key}
        self._write_version("delete_version_tag", name, version, tags=tags)

    def delete_version(self, name: str, version: int) -> None:
        """As MLflow does it: aliases that name the version go with it."""
        self.writes.append(f"delete_version {name} {version}")
        self.version_by_number.get(name, {}).pop(version, None)
        model = self._model(name)
        aliases = {alias: number for alias, number in model.aliases.items() if number != version}
        self.model_by_name[name] = dataclasses.replace(model, aliases=aliases)

    def _version(self, name: str, version: int) -> ModelVersion:
        if version not in self.version_by_number.get(name, {}):
            raise ItemError(f"MLflow: Model Version (name={name}, version={version}) not found")
        return self.version_by_number[name][version]

    def _write_version(self, write: str, name: str, version: int, **fields: t.Any) -> None:
        self.writes.append(f"{write} {name} {version}")
        self.version_by_number[name][version] = dataclasses.replace(self._version(name, version), **fields)

    # Runs

    def run(self, run_id: str) -> Run | None:
        self.reads.append("run")
        return self.runs.get(run_id)

    def metric_values(self, run_id: str, metric: str) -> list[float]:
        self.reads.append("metric_values")
        return list(self.history.get((run_id, metric), []))

    def _some(self, read: str, there: Mapping[str, t.Any], names: Collection[str] | None) -> dict[str, t.Any]:
        if names is None or names:
            self.reads.append(read)
        return {name: item for name, item in there.items() if names is None or name in names}
