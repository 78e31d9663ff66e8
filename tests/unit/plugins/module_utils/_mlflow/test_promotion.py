# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Promotions that are stopped anywhere, and several of them at once."""

from __future__ import annotations

import datetime
import itertools
import typing as t

import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError, ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow import trail
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.decisions import Wanted
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.gates import Gate
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.promotion import Promotions, read_trails
from ansible_collections.baremetal.mlops.tests.unit.fakes.mlflow_promotion import FakeTraining, Killed

GATE = Gate("auc", "regression", metric="auc", better="higher", max_drop=0)
BACK = Wanted("fraud", promoted=False, rollback_of=2)


class Clock:
    """A minute later each time it is asked."""

    def __init__(self) -> None:
        self._minutes = itertools.count()

    def __call__(self) -> datetime.datetime:
        return datetime.datetime(2026, 3, 5, tzinfo=datetime.UTC) + datetime.timedelta(minutes=next(self._minutes))


def promote(version: int) -> Wanted:
    return Wanted("fraud", candidate=str(version), gates=(GATE,))


@pytest.fixture
def server() -> FakeTraining:
    """Version 1 is champion, 2 and 3 are better."""
    found = FakeTraining()
    for auc in (0.8, 0.85, 0.9):
        found.train("fraud", auc=auc)
    long_ago = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    play(found, Promotions(found, [Wanted("fraud", candidate="1", allow_ungated=True)], now=lambda: long_ago))
    found.writes.clear()
    return found


def play(server: FakeTraining, promotions: Promotions) -> int:
    """How many writes there were to do."""
    plan = promotions.plan()
    assert not plan.failures
    for step in plan.steps:
        step.apply()
    assert promotions.read() == plan.predicted
    return len(plan.steps)


def decisions(server: FakeTraining) -> list[tuple[int | None, int, bool]]:
    (told,) = read_trails(server, ["fraud"], "champion", "challenger")
    return [(one["from_version"], one["to_version"], one["took_effect"]) for one in told["decisions"]]


@pytest.mark.parametrize("request_", ["set_version_tag", "model", "set_alias"])
@pytest.mark.parametrize("wanted", [promote(2), BACK], ids=["promote", "roll back"])
def test_a_run_that_is_killed_leaves_the_old_champion_and_the_next_one_ends_it(
    server: FakeTraining, wanted: Wanted, request_: str
) -> None:
    old, new, now = 1, 2, Clock()
    if wanted is BACK:
        play(server, Promotions(server, [promote(2)], now=now))
        old, new = 2, 1
    server.kill_before(request_)
    with pytest.raises(Killed):
        play(server, Promotions(server, [wanted], now=now))
    assert server.champion("fraud") == old
    assert play(server, Promotions(server, [wanted], now=now)) == 2
    assert server.champion("fraud") == new
    assert play(server, Promotions(server, [wanted], now=now)) == 0
    recorded = [effect for former, champion, effect in decisions(server) if (former, champion) == (old, new)]
    assert recorded == ([True] if request_ == "set_version_tag" else [False, True])


def test_a_run_that_is_killed_after_the_alias_moved_has_done_it_all(server: FakeTraining) -> None:
    def last() -> None:
        server.kill_before("model")

    server.before["set_alias"] = last
    with pytest.raises(Killed):
        play(server, Promotions(server, [promote(2)]))
    assert server.champion("fraud") == 2
    server.writes.clear()
    assert play(server, Promotions(server, [promote(2)])) == 0
    assert decisions(server) == [(None, 1, True), (1, 2, True)]


def test_a_server_that_goes_away_is_like_a_kill(server: FakeTraining) -> None:
    def gone() -> None:
        raise ApiError("MLflow: cannot set alias: it does not answer")

    server.before["set_alias"] = gone
    with pytest.raises(ApiError):
        play(server, Promotions(server, [promote(2)]))
    assert server.champion("fraud") == 1
    assert play(server, Promotions(server, [promote(2)])) == 2


def test_another_champion_since_the_judgement_is_left_alone(server: FakeTraining) -> None:
    server.before["model"] = lambda: server.set_alias("fraud", "champion", 3)
    with pytest.raises(ItemError) as caught:
        play(server, Promotions(server, [promote(2)]))
    assert caught.value.msg == (
        "fraud: version 3 became champion since version 2 was held against version 1: nothing is changed, run again"
    )
    assert server.champion("fraud") == 3
    plan = Promotions(server, [promote(2)]).plan()
    assert [failure.msg for failure in plan.failures] == [
        "fraud: version 2 fails 1 of 1 gates: auc: auc is 0.85, worse by 0.05 compared with version 3 (0.9); "
        "allowed is a drop of 0"
    ]


def test_a_champion_that_went_away_meanwhile_is_said(server: FakeTraining) -> None:
    server.before["model"] = lambda: server.delete_alias("fraud", "champion")
    with pytest.raises(ItemError, match="no version became champion since"):
        play(server, Promotions(server, [promote(2)]))


def test_another_run_that_promotes_the_same_is_no_conflict(server: FakeTraining) -> None:
    server.before["model"] = lambda: server.set_alias("fraud", "champion", 2)
    assert play(server, Promotions(server, [promote(2)])) == 2
    assert server.alias_moves() == 1


def test_another_champion_right_after_the_write_is_seen(server: FakeTraining) -> None:
    def soon() -> None:
        server.before["model"] = lambda: server.set_alias("fraud", "champion", 3)

    server.before["set_alias"] = soon
    promotions = Promotions(server, [promote(2)])
    with pytest.raises(ItemError, match="version 3 became champion at the same time: run again"):
        play(server, promotions)
    (told,) = promotions.read()["models"]
    assert (told["champion"], told["promoted"], told["former_champion"]) == (3, False, None)


@pytest.mark.parametrize("order", sorted(set(itertools.permutations("aabb"))), ids="".join)
def test_two_runs_at_once_end_with_a_champion_that_has_its_record(server: FakeTraining, order: t.Sequence[str]) -> None:
    now = Clock()
    steps = {
        name: iter(Promotions(server, [promote(version)], now=now).plan().steps)
        for name, version in (("a", 2), ("b", 3))
    }
    conflicts = 0
    for name in order:
        try:
            next(steps[name]).apply()
        except ItemError:
            conflicts += 1
        assert server.champion("fraud") in (1, 2, 3)
    assert conflicts == 1
    champion = server.champion("fraud")
    assert champion == (2 if "".join(order).rindex("a") < "".join(order).rindex("b") else 3)
    assert trail.former(server.version_by_number["fraud"][champion].tags, "champion") == 1
    assert [champion for _former, champion, effect in decisions(server) if effect] == [1, champion]


def test_two_models_do_not_meet(server: FakeTraining) -> None:
    server.train("churn", auc=0.5)
    server.before["model"] = lambda: server.set_alias("fraud", "champion", 3)
    plan = Promotions(server, [promote(2), Wanted("churn", candidate="1", gates=(GATE,))]).plan()
    failed = []
    for step in plan.steps:
        try:
            step.apply()
        except ItemError:
            failed.append(step.item)
    assert failed == [("fraud",)]
    assert server.champion("churn") == 1


def test_each_champion_alias_stands_for_itself(server: FakeTraining) -> None:
    eu = Wanted("fraud", candidate="3", champion_alias="champion-eu", gates=(GATE,))
    assert play(server, Promotions(server, [eu])) == 2
    assert server.model_by_name["fraud"].aliases == {"champion": 1, "champion-eu": 3}
    assert decisions(server) == [(None, 1, True)]


def test_a_clock_that_goes_backwards_keeps_the_order(server: FakeTraining) -> None:
    early = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    play(server, Promotions(server, [promote(2)]))
    play(server, Promotions(server, [BACK], now=lambda: early))
    (failure,) = Promotions(server, [promote(2)]).plan().failures
    assert "version 2 was rolled back" in failure.msg


def test_a_trail_that_others_wrote_stops_that_model_only(server: FakeTraining) -> None:
    server.train("churn", auc=0.5)
    server.set_version_tag("fraud", 2, "promotion.champion.x", '{"from_version": "DROP TABLE", "event": "promoted"}')
    server.set_alias("fraud", "champion", 2)
    plan = Promotions(server, [BACK, Wanted("churn", candidate="1", gates=(GATE,))]).plan()
    assert [failure.item for failure in plan.failures] == [("fraud",)]
    assert len(plan.steps) == 2
