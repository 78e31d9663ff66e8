# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The module triton_models_info over servers and a bucket in memory."""

from __future__ import annotations

import contextlib
import json
import typing as t

import pytest

from ansible_collections.baremetal.mlops.plugins.modules import triton_models_info
from ansible_collections.baremetal.mlops.tests.unit.fakes import modules
from ansible_collections.baremetal.mlops.tests.unit.fakes.triton import FakeObjects, FakeTriton

SECRET = "s3cr3t-canary"
WHERE = {
    "endpoint_url": "http://s3.example.com",
    "access_key": "a",
    "secret_key": SECRET,
    "repository": "s3://models/triton",
    "server_url": "http://triton",
    "admin_key": SECRET,
}
Run = t.Callable[..., dict[str, t.Any]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    store = FakeObjects()
    for name in ("one", "two"):
        store.put("models", f"triton/{name}/config.pbtxt", f'name: "{name}"\n'.encode())
        store.put("models", f"triton/{name}/1/model.py")
    store.put("models", "triton/one/notes/readme")
    server = FakeTriton(store, broken={"two": "no such module"})
    server.load("one", 1)
    with contextlib.suppress(Exception):
        server.load("two", 1)
    server.writes.clear()

    @contextlib.contextmanager
    def servers(_connection: object) -> t.Iterator[list[FakeTriton]]:
        yield [server]

    monkeypatch.setattr(triton_models_info, "Objects", lambda _connection: store)
    monkeypatch.setattr(triton_models_info, "servers", servers)

    def call(**args: t.Any) -> dict[str, t.Any]:
        answer = modules.run(triton_models_info.main, capsys, **{**WHERE, **args})
        assert SECRET not in json.dumps({key: value for key, value in answer.items() if key != "invocation"})
        assert server.writes == store.writes == []
        return answer

    return call


ONE = {
    "name": "one",
    "versions": {"1": ["model.py"]},
    "servers": [{"server": "", "version": 1, "state": "READY", "reason": ""}],
}
TWO = {
    "name": "two",
    "versions": {"1": ["model.py"]},
    "servers": [{"server": "", "version": None, "state": "UNAVAILABLE", "reason": "no such module"}],
}


def test_all_models_are_read_with_what_servers_say(run: Run) -> None:
    found = run()
    assert (found["changed"], found["models"]) == (False, [ONE, TWO])


def test_some_are_read_and_those_that_are_nowhere_are_not(run: Run) -> None:
    assert run(models=["two", "nowhere"])["models"] == [TWO]
    assert run(models=[])["models"] == []


def test_the_completed_configuration_is_read_of_what_is_served(run: Run) -> None:
    assert run(config=True)["models"] == [{**ONE, "config": {"name": "one"}}, TWO]


def test_a_name_that_cannot_be_is_refused(run: Run) -> None:
    assert "'a/b' is not a name of a model" in run(models=["a/b"])["msg"]
