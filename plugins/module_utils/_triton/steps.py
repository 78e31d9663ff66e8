# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What is done to a repository and to servers, and how it is put back when a server refuses it.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import contextlib
import dataclasses
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError, ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._triton import sources

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ansible_collections.baremetal.mlops.plugins.module_utils._triton.entities import File, Served
    from ansible_collections.baremetal.mlops.plugins.module_utils._triton.repository import Repository


class Server(t.Protocol):
    """The calls on a server. Triton's client and the tests' fake both have them."""

    name: str

    def index(self) -> dict[str, list[Served]]: ...
    def digest(self, name: str) -> str: ...
    def load(self, name: str, seconds: float) -> None: ...
    def unload(self, name: str, seconds: float | None = None) -> None: ...


@dataclasses.dataclass
class Journal:
    """What was written of a model in this run, and what was there before."""

    repository: Repository
    model: str
    written: list[tuple[str, bytes | None]] = dataclasses.field(default_factory=list)

    def write(self, files: Mapping[str, File], former: Mapping[str, bytes | None]) -> None:
        for path, file in files.items():
            self.written.append((path, former.get(path)))
            self.repository.write(self.model, path, file)

    def put_back(self) -> str:
        """Make the repository what it was. What happened, in words."""
        if not self.written:
            return ""
        try:
            self.repository.delete(self.model, [path for path, former in self.written if former is None])
            for path, former in self.written:
                if former is not None:
                    self.repository.write(self.model, path, sources.inline(path, former))
        except ApiError as exc:
            return f"; the repository could not be put back: {exc.msg}"
        self.written.clear()
        return "; the repository was put back"


@dataclasses.dataclass(frozen=True)
class Load:
    """Loads a model on servers, each with the versions that it served before. One that fails serves these again."""

    model: str
    servers: Sequence[tuple[Server, Sequence[int]]]
    versions: Sequence[int]
    journal: Journal
    seconds: float

    def __call__(self) -> None:
        for number, (server, _before) in enumerate(self.servers):
            try:
                server.load(self.model, self.seconds)
                self._check(server)
            except ItemError as exc:
                raise ItemError(f"{exc.msg}{self._go_back(number)}", **exc.details) from exc

    def _check(self, server: Server) -> None:
        """Triton may say yes, and give up one of several versions."""
        found = server.index().get(self.model, [])
        if {one.version for one in found if one.ready} != set(self.versions):
            missing = next((one for one in found if one.version in self.versions and not one.ready), None)
            reason = (missing.reason or missing.state) if missing else "it serves others"
            which = ", ".join(str(version) for version in self.versions)
            where = f" on {server.name}" if server.name else ""
            raise ItemError(f"Triton: model {self.model} does not serve version {which}{where}: {reason}")

    def _go_back(self, failed: int) -> str:
        """Servers that have the new versions already load the former ones, and those that had none get rid of it."""
        said = self.journal.put_back()
        serving = False
        for number, (server, before) in enumerate(self.servers[: failed + 1]):
            with contextlib.suppress(ApiError):
                if not before:
                    server.unload(self.model)
                elif number < failed or not self._serves(server, before):
                    server.load(self.model, self.seconds)
                serving = serving or bool(before and self._serves(server, before))
        return f"{said}; what was served before is served" if serving else said

    def _serves(self, server: Server, versions: Sequence[int]) -> bool:
        return {one.version for one in server.index().get(self.model, []) if one.ready} == set(versions)


@dataclasses.dataclass(frozen=True)
class Unload:
    model: str
    servers: Sequence[Server]

    def __call__(self) -> None:
        for server in self.servers:
            server.unload(self.model)
