# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Who is to get which part of the requests, and in which order. Pure functions.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._serving.state import Revision, State

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ansible_collections.baremetal.mlops.plugins.module_utils._serving.wanted import Wanted


@dataclasses.dataclass(frozen=True)
class Move:
    """One write of the route. ``watched``: the candidate must pass at its present percent before. ``needs``: who must
    be ready before."""

    summary: str
    state: State
    watched: bool = False
    needs: Revision | None = None


@dataclasses.dataclass(frozen=True)
class Decision:
    """``goal`` is who is tried or becomes champion. ``refused`` says why a version that an alias names is left out."""

    moves: Sequence[Move] = ()
    goal: Revision | None = None
    refused: str = ""


def decide(wanted: Wanted, state: State | None, champion: Revision, challenger: Revision | None) -> Decision:
    """What follows of a route's state once the aliases name these versions."""
    if state is None:
        said = f"send all requests for {wanted.name} to version {champion.version}"
        return Decision([Move(said, State(champion), needs=champion)], champion)
    goal = challenger if state.champion.name == champion.name else champion
    if goal is None or goal.name == state.champion.name:
        return Decision(list(_dropped(wanted, state)))
    if goal.name in state.rolled_back and not wanted.allow_rolled_back:
        refused = (
            f"version {goal.version} was rolled back: {state.rolled_back[goal.name]}: register another version, change "
            "how it is served, or set allow_rolled_back"
        )
        return Decision(list(_dropped(wanted, state)), refused=refused)
    return Decision(list(_moves(wanted, _tried(state, goal), goal, promote=goal is champion)), goal)


def _dropped(wanted: Wanted, state: State) -> Iterator[Move]:
    if state.candidate is not None:
        said = f"send all requests for {wanted.name} to version {state.champion.version} again"
        yield Move(said, state.settled())


def _tried(state: State, goal: Revision) -> State:
    """The state, or the one that the trial of another candidate begins with."""
    if state.candidate is not None and state.candidate.name == goal.name:
        return state
    known = {name: why for name, why in state.rolled_back.items() if name != goal.name}
    return dataclasses.replace(state.settled(), candidate=goal, rolled_back=known)


def _moves(wanted: Wanted, now: State, goal: Revision, promote: bool) -> Iterator[Move]:
    of = f"requests for {wanted.name} to version {goal.version}"
    if wanted.gates is None and promote:
        yield Move(f"send all {of}", now.promoted(), needs=goal)
        return
    if promote:
        percents = [percent for percent in wanted.steps if percent > now.percent]
    else:
        percents = [wanted.challenger_percent] if wanted.challenger_percent != now.percent else []
    for percent in percents:
        watched = _unproven(wanted, now)
        now = dataclasses.replace(now, percent=percent, passed=now.percent if watched else now.passed)
        yield Move(f"send {percent} % of the {of}", now, watched, goal)
    watched = _unproven(wanted, now)
    if promote:
        yield Move(f"make version {goal.version} champion of {wanted.name}", now.promoted(), watched, goal)
    elif watched:
        said = f"note that version {goal.version} of {wanted.name} passed at {now.percent} %"
        yield Move(said, dataclasses.replace(now, passed=now.percent), watched, goal)


def _unproven(wanted: Wanted, now: State) -> bool:
    return wanted.gates is not None and now.percent > now.passed
