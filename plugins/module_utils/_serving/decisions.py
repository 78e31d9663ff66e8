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
    """``refused`` says why a version that an alias names is left out."""

    moves: Sequence[Move] = ()
    refused: str = ""


def decide(wanted: Wanted, state: State | None, champion: Revision, challenger: Revision | None) -> Decision:
    """What follows of a route's state once the aliases name these versions: the champion first, then the challenger."""
    moves: list[Move] = []
    if state is None:
        state = State(champion)
        moves.append(Move(f"send all requests for {wanted.name} to version {champion.version}", state, needs=champion))
    elif state.champion.name != champion.name:
        if refused := _refused(wanted, state, champion):
            return Decision(list(_dropped(wanted, state)), refused)
        moves += _moves(wanted, _tried(state, champion), champion, promote=True)
        state = moves[-1].state
    if challenger is None or challenger.name == champion.name:
        return Decision([*moves, *_dropped(wanted, state)])
    if refused := _refused(wanted, state, challenger):
        return Decision([*moves, *_dropped(wanted, state)], refused)
    return Decision([*moves, *_moves(wanted, _tried(state, challenger), challenger, promote=False)])


def _refused(wanted: Wanted, state: State, goal: Revision) -> str:
    if goal.name not in state.rolled_back or wanted.allow_rolled_back:
        return ""
    return (
        f"version {goal.version} was rolled back: {state.rolled_back[goal.name]}: register another version, change how "
        "it is served, or set allow_rolled_back"
    )


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
