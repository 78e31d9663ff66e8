# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What a model's folder is to hold, and what of it has to be written.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._triton import config as configs
from ansible_collections.baremetal.mlops.plugins.module_utils._triton import sources
from ansible_collections.baremetal.mlops.plugins.module_utils._triton.exports import RUNNER_FILE, Layout
from ansible_collections.baremetal.mlops.plugins.module_utils._triton.repository import CONFIG, versions

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from ansible_collections.baremetal.mlops.plugins.module_utils._triton.entities import Entry, File
    from ansible_collections.baremetal.mlops.plugins.module_utils._triton.repository import Repository
    from ansible_collections.baremetal.mlops.plugins.module_utils._triton.sources import Sources
    from ansible_collections.baremetal.mlops.plugins.module_utils._triton.wanted import Wanted

# S3 has no empty folders, and an ensemble's version is one.
PLACEHOLDER = sources.inline("version", b"The version of an ensemble has no files of its own.\n")
SHOWN_FILES = 5


@dataclasses.dataclass(frozen=True)
class Contents:
    """The whole configuration, and the files of each version that is to be there."""

    config: Mapping[str, t.Any]
    layouts: Mapping[int, Layout]

    def text(self, name: str) -> str:
        """The file config.pbtxt."""
        return configs.text(name, self.config, "".join(layout.runner for layout in self.layouts.values()))


@dataclasses.dataclass
class Writes:
    """Files to be written by version and path, and what is there of them now."""

    versions: dict[int, dict[str, File]] = dataclasses.field(default_factory=dict)
    config: File | None = None
    former: dict[str, bytes | None] = dataclasses.field(default_factory=dict)


def resolved(asked: Sources, one: Wanted) -> Contents:
    """What the sources of a model say."""
    layouts: dict[int, Layout] = {}
    for version in one.versions:
        if version.present:
            number = version.number if version.number is not None else asked.version(version.source)
            if number in layouts:
                raise ItemError(f"version {number} is named more than once")
            layouts[number] = asked.layout(version.source, number, one.config) if version.source else Layout([])
    config: dict[str, t.Any] = {}
    for layout in layouts.values():
        config = {**layout.config, **config}
    config.update(one.config)
    if one.is_registered:
        # An alias may go back to an older version, which Triton would not by itself.
        config.setdefault("version_policy", {"specific": {"versions": sorted(layouts)}})
        if wrong := list(configs.problems(one.name, config)):
            raise ItemError(wrong[0])
    return Contents(config, layouts)


def writes(repository: Repository, one: Wanted, contents: Contents, there: Mapping[str, Entry]) -> Writes:
    """A version never changes: that is what servers, and whoever goes back to it, rely on.

    One that is not complete is completed. Only the program that we put beside a model of MLflow may be a newer one.
    """
    found = Writes()
    for number, layout in contents.layouts.items():
        needed = _version(repository, one, number, layout, there)
        path = f"{number}/{RUNNER_FILE}"
        if layout.runner and (program := _ours(repository, one.name, path, layout.runner, there)):
            needed[path] = program
            found.former[path] = repository.read(one.name, path) if path in there else None
        if needed:
            found.versions[number] = needed
    found.config = _ours(repository, one.name, CONFIG, contents.text(one.name), there)
    if found.config:
        found.former[CONFIG] = repository.read(one.name, CONFIG) if CONFIG in there else None
    return found


def _version(
    repository: Repository, one: Wanted, number: int, layout: Layout, there: Mapping[str, Entry]
) -> dict[str, File]:
    """Files that a version lacks."""
    names = versions(there).get(number, [])
    if not layout.files:
        if names:
            return {}
        if configs.is_ensemble(one.config):
            return {f"{number}/{PLACEHOLDER.name}": PLACEHOLDER}
        raise ItemError(f"version {number} is not in the repository, and no source is given")
    wanted = {f"{number}/{file.name}": file for file in layout.files}
    ours = f"{number}/{RUNNER_FILE}" if layout.runner else ""
    other = [path for path in (f"{number}/{name}" for name in names) if path not in wanted and path != ours]
    other += [
        path
        for path, file in wanted.items()
        if path in there and not repository.same(one.name, path, there[path], file)
    ]
    if other:
        shown = ", ".join(other[:SHOWN_FILES])
        raise ItemError(f"version {number} has other files than its source, give it a new number: {shown}")
    return {path: file for path, file in wanted.items() if path not in there}


def _ours(repository: Repository, name: str, path: str, text: str, there: Mapping[str, Entry]) -> File | None:
    """A file that we make, if another one or none is there."""
    file, entry = sources.inline(path, text.encode()), there.get(path)
    return None if entry and repository.same(name, path, entry, file) else file
