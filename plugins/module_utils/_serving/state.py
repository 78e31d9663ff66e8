# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What a route says about its model: who serves, who is tried with how many requests, and what was rolled back.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import json
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ItemError

if t.TYPE_CHECKING:
    from collections.abc import Mapping

ANNOTATION = "baremetal.mlops/rollout"
REMEMBERED = 10


@dataclasses.dataclass(frozen=True)
class Revision:
    """A version as it is served: each of its settings but the number of its pods makes another revision.

    ``name`` is that of its InferenceService, ``entry`` the component that requests go to.
    """

    version: int
    name: str
    entry: str = "predictor"
    explained: bool = False

    @property
    def service(self) -> str:
        """The Service that answers requests."""
        return f"{self.name}-{self.entry}"


@dataclasses.dataclass(frozen=True)
class State:
    """``passed`` is the largest percent at which the candidate passed its gates. ``rolled_back`` says why, by name."""

    champion: Revision
    candidate: Revision | None = None
    percent: int = 0
    passed: int = 0
    rolled_back: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def names(self) -> set[str]:
        """Of the InferenceServices that get requests."""
        return {one.name for one in (self.champion, self.candidate) if one is not None}

    def text(self) -> str:
        return json.dumps(dataclasses.asdict(self), sort_keys=True, ensure_ascii=False)

    def settled(self) -> State:
        """Without a candidate: the champion gets all requests."""
        return dataclasses.replace(self, candidate=None, percent=0, passed=0)

    def without(self, reason: str) -> State:
        """The candidate is rolled back, and never tried again by itself."""
        if self.candidate is None:
            return self
        known = {name: why for name, why in self.rolled_back.items() if name != self.candidate.name}
        kept = dict([*known.items(), (self.candidate.name, reason)][-REMEMBERED:])
        return dataclasses.replace(self.settled(), rolled_back=kept)

    def promoted(self) -> State:
        """The candidate is champion."""
        return State(self.candidate or self.champion, rolled_back=self.rolled_back)


def read(route: Mapping[str, t.Any], where: str) -> State:
    """Raises ItemError where a route is not one of ours."""
    text = (route["metadata"].get("annotations") or {}).get(ANNOTATION)
    if text is None:
        raise ItemError(f"{where} is not from this module: it has no annotation {ANNOTATION}")
    try:
        raw = json.loads(text)
        candidate = raw["candidate"] and Revision(**raw["candidate"])
        return State(**{**raw, "champion": Revision(**raw["champion"]), "candidate": candidate})
    except (ValueError, TypeError, KeyError) as exc:
        raise ItemError(f"{where}: its annotation {ANNOTATION} cannot be read: was it changed by hand?") from exc


def summary(state: State | None) -> dict[str, t.Any]:
    """Who gets the requests."""
    candidate = state.candidate if state is not None else None
    return {
        "champion": state.champion.version if state is not None else None,
        "service": state.champion.name if state is not None else None,
        "candidate": candidate.version if candidate is not None else None,
        "candidate_service": candidate.name if candidate is not None else None,
        "percent": state.percent if state is not None else 0,
    }


def told(state: State | None) -> str:
    """The same in one line."""
    if state is None:
        return "nothing is served"
    if state.candidate is None or not state.percent:
        return f"version {state.champion.version} gets all requests"
    return f"version {state.candidate.version} gets {state.percent} % of the requests"
