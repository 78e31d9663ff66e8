# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What follows of a route's state once the aliases name some versions."""

from __future__ import annotations

import dataclasses

import hypothesis.strategies as st
from hypothesis import given

from ansible_collections.baremetal.mlops.plugins.module_utils._serving import manifests
from ansible_collections.baremetal.mlops.plugins.module_utils._serving import state as states
from ansible_collections.baremetal.mlops.plugins.module_utils._serving.decisions import decide
from ansible_collections.baremetal.mlops.plugins.module_utils._serving.state import Revision, State
from ansible_collections.baremetal.mlops.plugins.module_utils._serving.wanted import Gates, Site, Wanted

REVISIONS = [Revision(number, f"fraud-v{number}-abcdef") for number in range(1, 5)]
ONE, TWO, THREE, _FOUR = REVISIONS
WATCHED = Wanted("fraud", model="fraud", host="f.example.com", steps=(10, 50, 100), gates=Gates(max_error_rate=0.01))
BARE = dataclasses.replace(WATCHED, steps=(100,), gates=None)

revisions = st.sampled_from(REVISIONS)
percents = st.integers(1, 100)


@st.composite
def known_states(draw: st.DrawFn) -> State:
    champion = draw(revisions)
    rolled_back = {one.name: "slow" for one in draw(st.sets(revisions, max_size=2)) if one != champion}
    candidate = draw(st.none() | revisions.filter(lambda one: one != champion and one.name not in rolled_back))
    if candidate is None:
        return State(champion, rolled_back=rolled_back)
    percent = draw(percents)
    return State(champion, candidate, percent, draw(st.sampled_from([0, percent])), rolled_back)


wanted_models = st.builds(
    lambda steps, gated, percent, again: dataclasses.replace(
        WATCHED if gated else BARE,
        steps=(*(sorted(steps) if gated else []), 100),
        challenger_percent=percent,
        allow_rolled_back=again,
    ),
    st.sets(st.integers(1, 99), max_size=3),
    st.booleans(),
    st.integers(1, 99),
    st.booleans(),
)


def test_the_first_version_gets_everything() -> None:
    assert [move.state for move in decide(WATCHED, None, ONE, None).moves] == [State(ONE)]


def test_a_challenger_is_tried_after_the_champion_serves() -> None:
    moves = decide(WATCHED, None, ONE, TWO).moves
    assert [move.state for move in moves] == [State(ONE), State(ONE, TWO, 10, 0), State(ONE, TWO, 10, 10)]


def test_a_challenger_that_becomes_champion_goes_on_from_where_it_is() -> None:
    state = State(ONE, TWO, 10, 10)
    moves = decide(WATCHED, state, TWO, TWO).moves
    assert [(move.state.percent, move.watched) for move in moves] == [(50, False), (100, True), (0, True)]
    assert moves[-1].state == State(TWO)


def test_a_rollout_that_was_stopped_watches_its_step_again() -> None:
    moves = decide(WATCHED, State(ONE, TWO, 50, 10), TWO, None).moves
    assert [(move.state.percent, move.watched) for move in moves] == [(100, True), (0, True)]


def test_another_champion_takes_the_place_of_a_candidate() -> None:
    moves = decide(WATCHED, State(ONE, TWO, 50, 10), THREE, None).moves
    assert [(move.state.candidate, move.state.percent, move.state.passed) for move in moves] == [
        (THREE, 10, 0),
        (THREE, 50, 10),
        (THREE, 100, 50),
        (None, 0, 0),
    ]


def test_a_champion_that_comes_back_ends_the_trial() -> None:
    (move,) = decide(WATCHED, State(ONE, TWO, 50, 10), ONE, None).moves
    assert move.state == State(ONE)


@given(wanted_models, st.none() | known_states(), revisions, st.none() | revisions)
def test_the_moves_lead_to_a_state_that_asks_for_no_more(
    wanted: Wanted, state: State | None, champion: Revision, challenger: Revision | None
) -> None:
    decision = decide(wanted, state, champion, challenger)
    end = decision.moves[-1].state if decision.moves else state
    assert end is not None
    again = decide(dataclasses.replace(wanted, allow_rolled_back=False), end, champion, challenger)
    if not decision.refused:
        assert end.champion == champion
    assert (again.moves, again.refused) == ([], decision.refused)


@given(wanted_models, known_states(), revisions, st.none() | revisions)
def test_each_move_is_one_step_from_the_one_before_and_the_former_version_stays(
    wanted: Wanted, state: State, champion: Revision, challenger: Revision | None
) -> None:
    for move in decide(wanted, state, champion, challenger).moves:
        now = move.state
        if now.champion != state.champion:
            assert now.candidate is None
            assert move.needs == now.champion
            assert wanted.gates is None or (state.candidate == now.champion and (move.watched or state.passed == 100))
        if now.candidate and now.percent > state.percent and now.candidate == state.candidate and wanted.gates:
            assert move.watched or state.passed >= state.percent
        route = manifests.route(Site(), wanted, now)
        assert sum(one["weight"] for one in route["spec"]["rules"][-1]["backendRefs"]) == 100
        assert states.read(route, "x") == now
        state = now
