# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Models of Triton: what is, what is wanted, and the plan between the two. No I/O of its own.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._reconcile import Failure, Plan, Step
from ansible_collections.baremetal.mlops.plugins.module_utils._triton import config as configs
from ansible_collections.baremetal.mlops.plugins.module_utils._triton.contents import resolved, writes
from ansible_collections.baremetal.mlops.plugins.module_utils._triton.repository import CONFIG, versions
from ansible_collections.baremetal.mlops.plugins.module_utils._triton.steps import Journal, Load, Unload
from ansible_collections.baremetal.mlops.plugins.module_utils._triton.wanted import ABSENT, LOADED, UNLOADED

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ansible_collections.baremetal.mlops.plugins.module_utils._triton.contents import Contents, Writes
    from ansible_collections.baremetal.mlops.plugins.module_utils._triton.entities import Entry, Served
    from ansible_collections.baremetal.mlops.plugins.module_utils._triton.repository import Repository
    from ansible_collections.baremetal.mlops.plugins.module_utils._triton.sources import Sources
    from ansible_collections.baremetal.mlops.plugins.module_utils._triton.steps import Server
    from ansible_collections.baremetal.mlops.plugins.module_utils._triton.wanted import Wanted

Shown = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Actual:
    """What there is of a model: files, and on each server what is said of it."""

    files: Mapping[str, Entry]
    served: Sequence[tuple[Server, Sequence[Served]]]

    def ready(self) -> list[tuple[Server, list[int]]]:
        """The versions that each server serves."""
        return [
            (server, sorted(one.version for one in said if one.ready and one.version)) for server, said in self.served
        ]


@dataclasses.dataclass
class Site:
    """All that a plan asks. ``seconds`` is how long a server may take to load a model."""

    repository: Repository
    servers: Sequence[Server]
    sources: Sources
    seconds: float
    _digests: dict[tuple[str, str], str] = dataclasses.field(default_factory=dict)

    def digest(self, server: Server, name: str) -> str:
        """Of the configuration that a server loaded, asked for once."""
        if (server.name, name) not in self._digests:
            self._digests[server.name, name] = server.digest(name)
        return self._digests[server.name, name]

    def actual(self) -> dict[str, Actual]:
        """Of every model, by one list and one question to each server."""
        self._digests.clear()
        files = self.repository.models()
        said = [(server, server.index()) for server in self.servers]
        names = {*files, *(name for _server, index in said for name in index)}
        return {
            name: Actual(files.get(name, {}), [(server, index.get(name, [])) for server, index in said])
            for name in names
        }

    def nothing(self) -> Actual:
        return Actual({}, [(server, []) for server in self.servers])


@dataclasses.dataclass
class _Part:
    """What the plan says about one model. None if there is no such model."""

    before: Shown | None = None
    after: Shown | None = None
    steps: list[Step] = dataclasses.field(default_factory=list)
    failure: str = ""


def plan(site: Site, wanted: Sequence[Wanted]) -> Plan:
    actual = site.actual()
    names = {*(name for name, found in actual.items() if found.files), *(one.name for one in wanted)}
    names -= {one.name for one in wanted if one.state == ABSENT}
    parts: dict[str, _Part] = {}
    # An ensemble is loaded after what it consists of.
    for one in sorted(wanted, key=lambda one: configs.is_ensemble(one.config)):
        found = actual.get(one.name) or site.nothing()
        try:
            parts[one.name] = _gone(site, one, found) if one.state == ABSENT else _kept(site, one, found, names)
        except ItemError as exc:
            shown = _shown(site, found, one.name)
            parts[one.name] = _Part(shown, shown, failure=f"model {one.name}: {exc.msg}")
    return Plan(
        before={"models": {name: part.before for name, part in parts.items() if part.before is not None}},
        after={"models": {name: part.after for name, part in parts.items() if part.after is not None}},
        steps=[step for part in parts.values() for step in part.steps],
        failures=[Failure((name,), part.failure) for name, part in parts.items() if part.failure],
    )


def read(site: Site, wanted: Sequence[Wanted], planned: Plan) -> dict[str, t.Any]:
    """The listed models as they are now, in the shape of a plan's ``after``. Not asked again if nothing was to do."""
    if not planned.steps:
        return {"models": planned.before["models"]}
    actual = site.actual()
    found = {}
    for one in wanted:
        shown = _shown(site, actual.get(one.name) or site.nothing(), one.name)
        if shown is not None:
            found[one.name] = shown
    return {"models": found}


def _kept(site: Site, one: Wanted, found: Actual, names: set[str]) -> _Part:
    """A model that is to be in the repository, and on the servers if it is to be loaded."""
    for name in configs.parts(one.config):
        if name not in names:
            raise ItemError(f"its step names model {name}, which is not in the repository and not listed")
    contents = resolved(site.sources, one)
    there, removed = versions(found.files), sorted(one.absent & set(versions(found.files)))
    if removed and not one.force_delete:
        raise ItemError(f"version {removed[0]} is deleted with its files: set force_delete")
    serving = _serving(one, contents, {*there, *contents.layouts} - set(removed))
    needed, text = writes(site.repository, one, contents, found.files), contents.text(one.name)
    part = _Part(before=_shown(site, found, one.name, _former(needed, text)))
    journal = Journal(site.repository, one.name)
    item = (one.name,)
    for number, files in sorted(needed.versions.items()):
        write = functools.partial(journal.write, files, needed.former)
        part.steps.append(Step(f"write version {number} of model {one.name}", write, item))
    if needed.config:
        write = functools.partial(journal.write, {CONFIG: needed.config}, needed.former)
        part.steps.append(Step(f"write the configuration of model {one.name}", write, item))
    for number in removed:
        delete = functools.partial(site.repository.delete, one.name, [f"{number}/{name}" for name in there[number]])
        part.steps.append(Step(f"delete version {number} of model {one.name}", delete, item))
    if one.state == UNLOADED:
        part.steps += _unload(one, found)
    elif behind := _behind(site, one, found, serving, "" if part.steps else configs.digest_of(text)):
        load = Load(one.name, behind, serving, journal, site.seconds)
        part.steps.append(Step(f"load model {one.name}", load, item))
    listed = {number: set(names) for number, names in there.items() if number not in removed}
    for number, files in needed.versions.items():
        listed.setdefault(number, set()).update(path.partition("/")[2] for path in files)
    part.after = {
        "state": one.state,
        "serving": serving if one.state == LOADED else [],
        "up_to_date": one.state == LOADED,
        "versions": {str(number): sorted(listed[number]) for number in sorted(listed)},
        "config": text,
    }
    return part


def _serving(one: Wanted, contents: Contents, numbers: set[int]) -> list[int]:
    """Versions that are to be served, of those that will be there."""
    serving = configs.served(contents.config, numbers)
    named = contents.config.get("version_policy", {}).get("specific", {}).get("versions", [])
    if lacking := sorted(set(named) - numbers):
        raise ItemError(f"config.version_policy names version {lacking[0]}, which is not there")
    if one.state == LOADED and not serving:
        raise ItemError("it has no version that could be served")
    return serving


def _former(needed: Writes, text: str) -> str | None:
    """The text of the configuration that is there."""
    if needed.config is None:
        return text
    data = needed.former[CONFIG]
    return None if data is None else data.decode(errors="replace")


def _gone(site: Site, one: Wanted, found: Actual) -> _Part:
    """A model that is to be nowhere."""
    if found.files and not one.force_delete:
        raise ItemError("it is deleted with all its files: set force_delete")
    part = _Part(before=_shown(site, found, one.name))
    part.steps += _unload(one, found)
    if found.files:
        delete = functools.partial(site.repository.delete, one.name, sorted(found.files))
        part.steps.append(Step(f"delete model {one.name}", delete, (one.name,)))
    return part


def _unload(one: Wanted, found: Actual) -> list[Step]:
    busy = [server for server, ready in found.ready() if ready]
    return [Step(f"unload model {one.name}", Unload(one.name, busy), (one.name,))] if busy else []


def _behind(
    site: Site, one: Wanted, found: Actual, serving: Sequence[int], digest: str
) -> list[tuple[Server, list[int]]]:
    """Servers that do not serve just these versions with this configuration. No digest: it is a new one."""
    return [
        (server, ready)
        for server, ready in found.ready()
        if ready != list(serving) or not digest or site.digest(server, one.name) != digest
    ]


def _shown(site: Site, found: Actual, name: str, text: str | None = None) -> Shown | None:
    """A model as it is. ``text``: of its configuration, if that was read already."""
    ready = found.ready()
    if not found.files and not any(numbers for _server, numbers in ready):
        return None
    if text is None and CONFIG in found.files:
        text = (site.repository.read(name, CONFIG) or b"").decode(errors="replace")
    everywhere = set.intersection(*(set(numbers) for _server, numbers in ready)) if ready else set()
    digest = configs.digest_of(text or "")
    return {
        "state": LOADED if any(numbers for _server, numbers in ready) else UNLOADED,
        "serving": sorted(everywhere),
        "up_to_date": bool(everywhere and digest) and all(site.digest(server, name) == digest for server, _n in ready),
        "versions": {str(number): names for number, names in versions(found.files).items()},
        "config": text or "",
    }
