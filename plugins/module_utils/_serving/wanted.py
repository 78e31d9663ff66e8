# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Models as the user wants them served, and what can be refused without asking anybody.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow import limits

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# Version, digest and component follow it in the names of Deployments, and in labels of pods.
LONGEST_NAME = 28
NAME = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
HOST = re.compile(rf"{LABEL}(\.{LABEL})+")
ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
ALL = 100
STEPS = (10, 50, ALL)
LONGEST_HOST = 253


@dataclasses.dataclass(frozen=True)
class Site:
    """What all models of one call share."""

    namespace: str = "models"
    service_account: str = "models"
    gateway_namespace: str = "gateway"
    gateway_name: str = "platform"
    gateway_listener: str = "https"
    artifact_root: str = ""
    drain: float = 15


@dataclasses.dataclass(frozen=True)
class Gates:
    """What the gateway's figures have to be while a part of the requests goes to a new version."""

    max_error_rate: float | None = None
    max_p99_ms: float | None = None
    min_requests: int = 100
    window: int = 60
    timeout: int = 600

    def problems(self) -> Iterator[str]:
        if self.max_error_rate is None and self.max_p99_ms is None:
            yield "gates: give max_error_rate, max_p99_ms or both"
        if self.max_error_rate is not None and not 0 <= self.max_error_rate < 1:
            yield f"gates: max_error_rate is a share from 0 to less than 1, not {self.max_error_rate:g}"
        if self.max_p99_ms is not None and not self.max_p99_ms > 0:
            yield f"gates: max_p99_ms must be above 0, not {self.max_p99_ms:g}"
        for option in ("min_requests", "window", "timeout"):
            if (value := getattr(self, option)) < 1:
                yield f"gates: {option} must be at least 1, not {value}"
        if self.timeout < self.window:
            yield f"gates: timeout ({self.timeout}) is shorter than window ({self.window})"


@dataclasses.dataclass(frozen=True)
class Component:
    """A transformer or an explainer: a container of the user's."""

    image: str
    arguments: Sequence[str] = ()
    env: Mapping[str, str] = dataclasses.field(default_factory=dict)
    resources: Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    min_replicas: int = 1
    max_replicas: int = 1


@dataclasses.dataclass(frozen=True)
class Wanted:
    """A served model. ``champion``, ``challenger`` and ``shadow`` are aliases in the registry."""

    name: str
    present: bool = True
    model: str = ""
    champion: str = "champion"
    challenger: str = ""
    challenger_percent: int = 10
    shadow: str = ""
    model_format: str = ""
    runtime: str = ""
    path: str = ""
    host: str = ""
    arguments: Sequence[str] = ()
    env: Mapping[str, str] = dataclasses.field(default_factory=dict)
    resources: Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    min_replicas: int = 1
    max_replicas: int = 1
    scale_metric: str = ""
    scale_target: int | None = None
    transformer: Component | None = None
    explainer: Component | None = None
    steps: Sequence[int] = ()
    gates: Gates | None = None
    ready_timeout: int = 600
    optional: bool = False
    allow_rolled_back: bool = False

    @classmethod
    def of(cls, options: Mapping[str, t.Any]) -> Wanted:
        """Out of an item of the module's list."""
        given = {key: value for key, value in options.items() if value is not None and key != "state"}
        for part in ("transformer", "explainer"):
            if part in given:
                given[part] = Component(**_given(given[part]))
        if "gates" in given:
            given["gates"] = Gates(**_given(given["gates"]))
        low = given.get("min_replicas", 1)
        given.setdefault("model", given["name"])
        given.setdefault("steps", STEPS if "gates" in given else (ALL,))
        return cls(**{"max_replicas": max(low, 1), **given}, present=options["state"] == "present")

    @property
    def aliases(self) -> list[str]:
        return [alias for alias in (self.champion, self.challenger, self.shadow) if alias]

    def problems(self) -> Iterator[str]:
        """What can be refused as it is given, one line each."""
        return (f"models: {limits.shown(self.name)}: {problem}" for problem in self._problems())

    def _problems(self) -> Iterator[str]:
        if not NAME.fullmatch(self.name) or len(self.name) > LONGEST_NAME:
            yield (
                f"a name has 1 to {LONGEST_NAME} small letters, digits and dashes, begins with a letter and does not "
                "end with a dash"
            )
        if not self.present:
            return
        if problem := limits.model_name(self.model):
            yield f"model: {problem}"
        yield from (problem for alias in self.aliases if (problem := limits.alias(alias)))
        if len(set(self.aliases)) != len(self.aliases):
            yield "champion, challenger and shadow have to be different aliases"
        yield from self._addresses()
        yield from self._traffic()
        yield from self._scale()

    def _addresses(self) -> Iterator[str]:
        if not HOST.fullmatch(self.host) or len(self.host) > LONGEST_HOST:
            yield f"host: it must be a name such as fraud.example.com, which {limits.shown(self.host)} is not"
        if not self.model_format:
            yield "model_format is needed"
        if self.path and (limits.CONTROL.search(self.path) or ".." in self.path.split("/") or self.path[0] == "/"):
            yield f"path: it must lead from the version's artifacts down, which {limits.shown(self.path)} does not"
        parts = (self, self.transformer, self.explainer)
        wrong = sorted(name for part in parts if part for name in part.env if not ENV_NAME.fullmatch(str(name)))
        yield from (f"env: {limits.shown(name)} is no name of a variable" for name in wrong)

    def _traffic(self) -> Iterator[str]:
        steps = list(self.steps)
        if not steps or steps != sorted(set(steps)) or steps[0] < 1 or steps[-1] != ALL:
            yield f"steps: they have to rise from at least 1 to {ALL}, which {steps} do not"
        elif steps != [ALL] and self.gates is None:
            yield "steps: without gates nothing is watched between them: give gates, or only the step 100"
        if not 0 < self.challenger_percent < ALL:
            yield f"challenger_percent: it must be from 1 to {ALL - 1}, not {self.challenger_percent}"
        if self.gates is not None:
            yield from self.gates.problems()

    def _scale(self) -> Iterator[str]:
        for where, part in (("", self), ("transformer: ", self.transformer), ("explainer: ", self.explainer)):
            if part and not 1 <= part.min_replicas <= part.max_replicas:
                yield f"{where}min_replicas ({part.min_replicas}) must be from 1 to max_replicas ({part.max_replicas})"
        if self.scale_metric and self.min_replicas == self.max_replicas:
            yield "scale_metric: there is nothing to scale between equal min_replicas and max_replicas"
        if self.scale_target is not None and (not self.scale_metric or self.scale_target < 1):
            yield "scale_target: it is a number above 0 of a scale_metric"


def _given(options: Mapping[str, t.Any]) -> dict[str, t.Any]:
    found = {key: value for key, value in options.items() if value is not None}
    if "min_replicas" in found:
        found.setdefault("max_replicas", max(found["min_replicas"], 1))
    return found
