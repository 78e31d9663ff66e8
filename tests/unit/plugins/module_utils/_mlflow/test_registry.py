# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Whatever is wanted of whatever is there: it converges, and no reader of an alias ever misses a version."""

from __future__ import annotations

import typing as t

import hypothesis
from hypothesis import strategies as st

from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow import limits
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.registry import Registry
from ansible_collections.baremetal.mlops.tests.unit.fakes.mlflow import FakeMlflow

ALIASES = st.sampled_from(["champion", "challenger", "shadow"])
KEYS = st.sampled_from(["a", "b", "mlflow.c", "promotion.d"])
NUMBERS = st.integers(1, 4)
TAGS = st.none() | st.dictionaries(KEYS, st.sampled_from([None, "", "x", 1, True]))
VERSION = st.fixed_dictionaries(
    {
        "version": NUMBERS,
        "state": st.sampled_from(["present", "archived", "absent"]),
        "description": st.sampled_from([None, "", "text"]),
        "tags": TAGS,
        "purge_tags": st.booleans(),
        "force_delete": st.booleans(),
    }
)
MODEL = st.fixed_dictionaries(
    {
        "name": st.just("fraud"),
        "state": st.sampled_from(["present", "present", "present", "absent"]),
        "description": st.sampled_from([None, "", "text"]),
        "tags": TAGS,
        "purge_tags": st.booleans(),
        "aliases": st.none() | st.dictionaries(ALIASES, st.none() | NUMBERS),
        "purge_aliases": st.booleans(),
        "versions": st.none() | st.lists(VERSION, max_size=4, unique_by=lambda version: version["version"]),
        "force_delete": st.booleans(),
    }
)
EXPERIMENT = st.fixed_dictionaries(
    {
        "name": st.just("fraud"),
        "state": st.sampled_from(["present", "archived", "absent"]),
        "artifact_location": st.sampled_from([None, "s3://b/x", "s3://b/x/", "s3://b/y"]),
        "tags": TAGS,
        "purge_tags": st.booleans(),
    }
)
THERE = st.fixed_dictionaries({}, optional={"a": st.just("x"), "mlflow.c": st.just("y"), "e": st.just("z")})


@st.composite
def servers(draw: st.DrawFn) -> FakeMlflow:
    server = FakeMlflow()
    if draw(st.booleans()):
        server.add_experiment("fraud", artifact_location="s3://b/x", archived=draw(st.booleans()), tags=draw(THERE))
    if draw(st.booleans()):
        versions = draw(st.lists(st.booleans(), max_size=4))
        server.add_model("fraud", tags=draw(THERE))
        for archived in versions:
            server.add_version("fraud", archived=archived, tags=draw(THERE))
        active = [number for number, archived in enumerate(versions, 1) if not archived]
        for alias in draw(st.sets(ALIASES)) if active else ():
            server.set_alias("fraud", alias, draw(st.sampled_from(active)))
    server.add_model("other")
    server.writes.clear()
    return server


def aliases(server: FakeMlflow) -> dict[str, int]:
    found = server.models(["fraud"])
    return dict(found["fraud"].aliases) if found else {}


@hypothesis.settings(max_examples=500)
@hypothesis.given(server=servers(), experiment=EXPERIMENT, model=MODEL)
def test_it_converges_and_no_alias_is_missed(
    server: FakeMlflow, experiment: dict[str, t.Any], model: dict[str, t.Any]
) -> None:
    registry = Registry({"experiments": [experiment], "models": [model]})
    hypothesis.assume(not list(registry.problems()))
    first = registry.plan(server)
    assert server.writes == []
    before, seen = aliases(server), []
    for step in first.steps:
        step.apply()
        if server.models(["fraud"]):
            seen.append(aliases(server))
            there = server.versions({"fraud": []})["fraud"]
            assert all(not there[version].archived for version in seen[-1].values())
    assert len(server.writes) == len(first.steps)
    assert registry.read(server, first) == first.after
    stays = before.keys() & aliases(server).keys()
    assert all(stays <= now.keys() for now in seen)
    second = registry.plan(server)
    assert second.steps == []
    assert [failure.item for failure in second.failures] == [failure.item for failure in first.failures]


@hypothesis.given(st.text() | st.text("./:\n\0 a", max_size=6))
def test_a_name_that_is_not_refused_is_one_line_and_no_path(name: str) -> None:
    if limits.model_name(name) is None:
        assert len(name.splitlines()) == 1
        assert "/" not in name
        assert ":" not in name
        assert name.strip(".") or name not in {".", ".."}
    else:
        assert len(str(limits.model_name(name)).splitlines()) == 1


@hypothesis.given(st.text(max_size=300))
def test_whatever_is_refused_is_said_in_one_line(text: str) -> None:
    for check in (limits.experiment_name, limits.alias, limits.tag_key, limits.location):
        assert len((check(text) or "").splitlines()) <= 1
