# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Models as the user gave them, and what is wrong with them. No I/O.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._triton import config as configs
from ansible_collections.baremetal.mlops.plugins.module_utils._triton import sources

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

LOADED, UNLOADED, ABSENT = "loaded", "unloaded", "absent"


@dataclasses.dataclass(frozen=True)
class Version:
    """No number: that of the registered version that is the source."""

    number: int | None
    source: str = ""
    present: bool = True


@dataclasses.dataclass(frozen=True)
class Wanted:
    name: str
    state: str = LOADED
    config: Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    versions: Sequence[Version] = ()
    force_delete: bool = False

    @classmethod
    def from_params(cls, item: Mapping[str, t.Any]) -> Wanted:
        """Out of an item of the module's option, in which no problem was found."""
        given = [
            Version(one["version"], one["source"] or "", one["state"] == "present") for one in item["versions"] or []
        ]
        config = item["config"] or {}
        if configs.is_ensemble(config):
            config = {"platform": configs.ENSEMBLE, **config}
            given = given or [Version(1)]
        return cls(item["name"], item["state"], config, given, item["force_delete"])

    @property
    def is_registered(self) -> bool:
        """Whether a version of it is one that MLflow keeps."""
        return any(sources.is_registered(version.source) for version in self.versions)

    @property
    def absent(self) -> set[int]:
        """Numbers of versions that are to be absent."""
        return {one.number for one in self.versions if not one.present and one.number is not None}


def problems(item: Mapping[str, t.Any]) -> Iterator[str]:
    """What is wrong with an item of the module's option, as far as it can be known without asking."""
    if wrong := list(configs.name_problems(item["name"])):
        yield from wrong
        return
    for problem in _problems(item):
        yield f"{item['name']}: {problem}"


def _problems(item: Mapping[str, t.Any]) -> Iterator[str]:
    config, given = item["config"], item["versions"] or []
    registered = any(sources.is_registered(one["source"] or "") for one in given)
    if item["state"] != ABSENT and config is None and not registered:
        yield "config is missing"
    if config is not None:
        yield from configs.problems(item["name"], config, complete=not registered)
    for one in given:
        yield from _version_problems(one["version"], one["source"] or "", one["state"])


def _version_problems(number: int | None, source: str, state: str) -> Iterator[str]:
    if number is not None and not 0 < number <= configs.LARGEST_VERSION:
        yield f"versions: {number} is no version: they are counted from 1"
    if source:
        yield from sources.problems(source)
    if number is None and not sources.is_registered(source):
        yield "versions: only a registered model has a number of its own: give version"
    if state == ABSENT and source:
        yield f"versions: {number} has a source, but is to be absent"
