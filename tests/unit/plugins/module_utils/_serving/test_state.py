# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The state in a route's annotation."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._serving import state as states
from ansible_collections.baremetal.mlops.plugins.module_utils._serving.state import Revision, State

ONE, TWO = Revision(1, "fraud-v1-a"), Revision(2, "fraud-v2-b", "transformer", True)


def route(text: str) -> dict[str, object]:
    return {"metadata": {"name": "fraud", "annotations": {states.ANNOTATION: text}}}


@given(st.text(), st.integers(0, 100))
def test_it_is_read_as_it_was_written(reason: str, percent: int) -> None:
    state = State(ONE, TWO, percent, 0, {"fraud-v3-c": reason})
    assert states.read(route(state.text()), "x") == state


@given(st.text() | st.sampled_from(["null", "[]", '{"champion": 1}', '{"champion": {}, "candidate": null}']))
def test_what_was_changed_by_hand_is_told_in_one_line(text: str) -> None:
    with pytest.raises(ItemError, match="changed by hand"):
        states.read(route(text), "HTTPRoute models/fraud")


def test_a_route_without_it_is_not_ours() -> None:
    with pytest.raises(ItemError, match="is not from this module"):
        states.read({"metadata": {"name": "fraud"}}, "HTTPRoute models/fraud")


def test_only_so_many_rollbacks_are_remembered() -> None:
    state = State(ONE)
    for number in range(2, 30):
        state = State(ONE, Revision(number, f"v{number}"), 10, 0, state.rolled_back).without(f"why {number}")
    assert list(state.rolled_back) == [f"v{number}" for number in range(20, 30)]
    assert len(state.text()) < 2000
