# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Debian packages of one repository: what is, what is wanted, and the plan between the two.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import fnmatch
import functools
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._node.files import File
from ansible_collections.baremetal.mlops.plugins.module_utils._reconcile import Plan, Step

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HEADER = "# Kept by baremetal.mlops: changes are overwritten.\n"


@dataclasses.dataclass(frozen=True)
class Repository:
    """A package repository with the key that signs it. A suite that ends in a slash has no components."""

    name: str
    uri: str
    key: str
    suite: str
    components: Sequence[str] = ()

    @property
    def key_path(self) -> str:
        return f"/etc/apt/keyrings/{self.name}.asc"

    @property
    def source(self) -> File:
        fields = {"Types": "deb", "URIs": self.uri, "Suites": self.suite}
        if self.components:
            fields["Components"] = " ".join(self.components)
        fields["Signed-By"] = self.key_path
        text = "".join(f"{name}: {value}\n" for name, value in fields.items())
        return File(f"/etc/apt/sources.list.d/{self.name}.sources", HEADER + text)


@dataclasses.dataclass(frozen=True)
class Package:
    """An installed package."""

    version: str
    held: bool = False


@dataclasses.dataclass(frozen=True)
class Wanted:
    """Packages with a pattern for their version, empty for any, and where they come from."""

    packages: Mapping[str, str]
    repository: Repository | None = None
    hold: bool = False


class PackagesClient(t.Protocol):
    """The calls that a plan needs. apt and the tests' fake both have them."""

    def read(self, path: str) -> File | None: ...
    def write(self, file: File) -> None: ...
    def fetch(self, url: str) -> str: ...
    def installed(self, names: Sequence[str]) -> dict[str, Package]: ...
    def install(self, packages: Mapping[str, str], source: str) -> None: ...
    def hold(self, names: Sequence[str]) -> None: ...


def plan(client: PackagesClient, wanted: Wanted) -> Plan:
    before: dict[str, t.Any] = {}
    after: dict[str, t.Any] = {}
    steps = [*_repository(client, wanted.repository, before, after)] if wanted.repository else []
    actual = client.installed(list(wanted.packages))
    wrong = {name: version for name, version in wanted.packages.items() if not _is_right(actual.get(name), version)}
    if wrong:
        before["packages"] = {name: actual[name].version if name in actual else "" for name in wrong}
        after["packages"] = wrong
        source = wanted.repository.source.path if wanted.repository else ""
        summary = f"install {', '.join(map(_specification, wrong, wrong.values()))}"
        steps.append(Step(summary, functools.partial(client.install, wrong, source)))
    loose = [name for name in wanted.packages if name in wrong or not actual[name].held] if wanted.hold else []
    if loose:
        before["held"], after["held"] = [], loose
        steps.append(Step(f"hold {', '.join(loose)}", functools.partial(client.hold, loose)))
    return Plan(before=before, after=after, steps=steps)


def _repository(
    client: PackagesClient, repository: Repository, before: dict[str, t.Any], after: dict[str, t.Any]
) -> list[Step]:
    steps = []
    if client.read(repository.key_path) is None:
        after["key"] = repository.key
        steps.append(Step(f"fetch {repository.key}", functools.partial(_fetch_key, client, repository)))
    source = repository.source
    old = client.read(source.path)
    if old != source:
        before["source"] = old.content.splitlines() if old else []
        after["source"] = source.content.splitlines()
        steps.append(Step(f"write {source.path}", functools.partial(client.write, source)))
    return steps


def _fetch_key(client: PackagesClient, repository: Repository) -> None:
    client.write(File(repository.key_path, client.fetch(repository.key)))


def _is_right(package: Package | None, pattern: str) -> bool:
    return package is not None and fnmatch.fnmatchcase(package.version, pattern or "*")


def _specification(name: str, pattern: str) -> str:
    return f"{name}={pattern}" if pattern else name
