# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""MLflow in memory with a model in training, and what can come between two requests of a promotion."""

from __future__ import annotations

import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.entities import RegisteredModel, Run
from ansible_collections.baremetal.mlops.tests.unit.fakes.mlflow import FakeMlflow

if t.TYPE_CHECKING:
    from collections.abc import Callable


class Killed(BaseException):
    """The process is gone: nothing catches this."""


class FakeTraining(FakeMlflow):
    def __init__(self) -> None:
        super().__init__()
        # Called before each request of that name, and then forgotten.
        self.before: dict[str, Callable[[], object]] = {}

    def train(self, name: str, /, **metrics: float | list[float]) -> int:
        """A run and the version that it makes. Of a list each value is logged, one after the other."""
        run_id = f"run{len(self.runs)}"
        values = {metric: value if isinstance(value, list) else [value] for metric, value in metrics.items()}
        self.runs[run_id] = Run(run_id, metrics={metric: logged[-1] for metric, logged in values.items()})
        self.history.update({(run_id, metric): logged for metric, logged in values.items()})
        if name not in self.model_by_name:
            self.add_model(name)
        return self.add_version(name, run_id=run_id).version

    def kill_before(self, request: str) -> None:
        def kill() -> None:
            raise Killed

        self.before[request] = kill

    def champion(self, name: str) -> int | None:
        return self.model_by_name[name].aliases.get("champion")

    def alias_moves(self) -> int:
        return sum(write.startswith("set_alias") for write in self.writes)

    def model(self, name: str) -> RegisteredModel | None:
        self._interrupt("model")
        return super().model(name)

    def set_version_tag(self, name: str, version: int, key: str, value: str) -> None:
        self._interrupt("set_version_tag")
        super().set_version_tag(name, version, key, value)

    def set_alias(self, name: str, alias: str, version: int) -> None:
        self._interrupt("set_alias")
        super().set_alias(name, alias, version)

    def _interrupt(self, request: str) -> None:
        self.before.pop(request, lambda: None)()
