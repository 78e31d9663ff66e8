# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Several files of a host in one call: what is, what is wanted, and the plan between the two.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._reconcile import Plan, Step

if t.TYPE_CHECKING:
    from collections.abc import Sequence


@dataclasses.dataclass(frozen=True)
class File:
    """A regular file. ``mode`` is octal text with a leading zero, such as ``0644``."""

    path: str
    content: str
    mode: str = "0644"


@dataclasses.dataclass(frozen=True)
class Wanted:
    """Files that shall exist, and paths that shall not. A path of ``absent`` goes only if its text holds ``marker``."""

    present: Sequence[File] = ()
    absent: Sequence[str] = ()
    marker: str = ""
    secret: bool = False


class FilesClient(t.Protocol):
    """The calls that a plan needs. The host's file system and the tests' fake both have them."""

    def read(self, path: str) -> File | None: ...
    def write(self, file: File) -> None: ...
    def remove(self, path: str) -> None: ...


def plan(client: FilesClient, wanted: Wanted) -> Plan:
    """What has to be written and removed. The diff shows each differing file line by line, or only that it differs."""
    before: dict[str, t.Any] = {}
    after: dict[str, t.Any] = {}
    steps: list[Step] = []
    for file in wanted.present:
        actual = client.read(file.path)
        if actual == file:
            continue
        before[file.path] = _shown(actual, file, wanted.secret, "before")
        after[file.path] = _shown(file, actual, wanted.secret, "after")
        steps.append(Step(f"write {file.path}", functools.partial(client.write, file)))
    for path in wanted.absent:
        actual = client.read(path)
        if actual is None or wanted.marker not in actual.content:
            continue
        before[path] = _shown(actual, None, wanted.secret, "before")
        steps.append(Step(f"remove {path}", functools.partial(client.remove, path)))
    return Plan(before={"files": before}, after={"files": after}, steps=steps)


def _shown(file: File | None, other: File | None, secret: bool, side: str) -> dict[str, t.Any]:
    if file is None:
        return {}
    if not secret:
        return {"mode": file.mode, "lines": file.content.splitlines()}
    differs = other is None or other.content != file.content
    return {"mode": file.mode, "content": f"secret ({side})" if differs else "secret"}
