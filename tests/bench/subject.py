# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What the benchmark has to know of a server and of the objects that it makes there."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from tests.services.process import free_ports


@dataclass(frozen=True)
class Requests:
    """What a server was asked since it started, by its own log or counters."""

    reads: int
    writes: int

    def since(self, earlier: Requests) -> Requests:
        """What came after another count."""
        return Requests(self.reads - earlier.reads, self.writes - earlier.writes)


class Subject(t.Protocol):
    """One of our modules on one server. Object number n is the same in every list of objects."""

    @property
    def module(self) -> str:
        """Name of our module; its playbook has the same name."""

    @property
    def version(self) -> str:
        """Name and version of the server."""

    def options(self, count: int) -> dict[str, t.Any]:
        """Options of our module for so many objects."""

    def nowhere(self) -> dict[str, t.Any]:
        """Options that lead to a port where nobody listens."""

    def clean(self) -> None:
        """Remove all objects of the benchmark."""

    def fill(self, count: int) -> None:
        """Make that many objects exist as ``options`` names them, in the fastest way there is."""

    def state(self, count: int) -> object:
        """The objects as a client sees them that is none of ours and none of the incumbents'."""

    def requests(self) -> Requests | None:
        """None if the server keeps no count."""


def names(count: int, mark: str = "-") -> list[str]:
    """Names of objects."""
    return [f"bench{mark}{number:05d}" for number in range(count)]


def closed_port() -> int:
    """Where nobody listens."""
    return free_ports()[0]
