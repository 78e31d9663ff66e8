# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What an MLflow server keeps, as it is read.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Mapping


@dataclasses.dataclass(frozen=True)
class Experiment:
    """``archived``: it is in MLflow's stage "deleted", from which it can be restored."""

    name: str
    experiment_id: str
    archived: bool = False
    artifact_location: str = ""
    tags: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class RegisteredModel:
    """``has_versions``: deleting it would destroy something."""

    name: str
    description: str = ""
    tags: Mapping[str, str] = dataclasses.field(default_factory=dict)
    aliases: Mapping[str, int] = dataclasses.field(default_factory=dict)
    has_versions: bool = False


@dataclasses.dataclass(frozen=True)
class ModelVersion:
    """``archived``: it is in MLflow's stage "Archived"."""

    name: str
    version: int
    description: str = ""
    tags: Mapping[str, str] = dataclasses.field(default_factory=dict)
    archived: bool = False
    run_id: str = ""
    source: str = ""


@dataclasses.dataclass(frozen=True)
class Run:
    run_id: str
    status: str = ""
    metrics: Mapping[str, float] = dataclasses.field(default_factory=dict)
    params: Mapping[str, str] = dataclasses.field(default_factory=dict)
    tags: Mapping[str, str] = dataclasses.field(default_factory=dict)
