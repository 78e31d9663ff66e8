# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The module triton_models over servers and a bucket in memory."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import pathlib
import types
import typing as t

import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError
from ansible_collections.baremetal.mlops.plugins.modules import triton_models
from ansible_collections.baremetal.mlops.tests.unit.fakes import modules
from ansible_collections.baremetal.mlops.tests.unit.fakes.triton import FakeObjects, FakeTriton

SECRET = "s3cr3t-canary"
WHERE = {
    "endpoint_url": "http://s3.example.com",
    "access_key": "a",
    "secret_key": SECRET,
    "repository": "s3://models/triton",
    "server_url": "http://triton",
    "admin_key": f"{SECRET}-admin",
}
TENSOR = {"name": "x", "data_type": "TYPE_FP32", "dims": [1]}
PYTHON = {"backend": "python", "max_batch_size": 8, "input": [TENSOR], "output": [{**TENSOR, "name": "y"}]}
STEP = {"model_name": "one", "model_version": -1, "input_map": {"x": "x"}, "output_map": {"y": "y"}}
ENSEMBLE = {
    "max_batch_size": 8,
    "input": [TENSOR],
    "output": [{**TENSOR, "name": "y"}],
    "ensemble_scheduling": {"step": [STEP]},
}
COLUMNS = json.dumps([{"type": "double", "name": "amount"}, {"type": "string", "name": "land"}])
LABELS = json.dumps([{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}])
MLMODEL = f"flavors: {{python_function: {{}}}}\nsignature: {{inputs: '{COLUMNS}', outputs: '{LABELS}'}}\n"
Item = dict[str, t.Any]


class Registry:
    """A registry with a model ``fraud``."""

    def __init__(self) -> None:
        self.aliases = {"champion": 3}

    def model(self, name: str) -> t.Any:
        return types.SimpleNamespace(aliases=self.aliases) if name == "fraud" else None

    def artifacts(self, name: str, version: int) -> str | None:
        return f"s3://mlflow/{name}/{version}" if version < 9 else None


@dataclasses.dataclass
class World:
    store: FakeObjects
    servers: list[FakeTriton]
    folder: pathlib.Path
    registry: Registry

    def source(self, name: str, text: str = "model") -> str:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        (folder / "model.py").write_text(text)
        return str(folder)

    def version(self, number: int, text: str = "model") -> Item:
        return {"version": number, "source": self.source(str(number), text)}

    def one(self, *numbers: int, **more: t.Any) -> Item:
        return {"name": "one", "config": PYTHON, "versions": [self.version(number) for number in numbers], **more}

    def writes(self) -> list[str]:
        return [*self.store.writes, *(line for server in self.servers for line in server.writes)]

    def forget(self) -> None:
        self.store.writes.clear()
        for server in self.servers:
            server.writes.clear()

    def names(self) -> list[str]:
        return sorted(key for bucket, key in self.store.objects_of if bucket == "models")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> World:
    store = FakeObjects()
    found = World(store, [FakeTriton(store)], tmp_path, Registry())

    @contextlib.contextmanager
    def servers(_connection: object) -> t.Iterator[list[FakeTriton]]:
        yield found.servers

    monkeypatch.setattr(triton_models, "Objects", lambda _connection: store)
    monkeypatch.setattr(triton_models, "servers", servers)
    monkeypatch.setattr(triton_models, "MlflowClient", lambda _connection: found.registry)
    return found


@pytest.fixture
def run(world: World, capsys: pytest.CaptureFixture[str]) -> t.Callable[..., Item]:
    def call(*models: Item, **args: t.Any) -> Item:
        answer = modules.run(triton_models.main, capsys, **{**WHERE, "models": list(models), **args})
        assert SECRET not in json.dumps({key: value for key, value in answer.items() if key != "invocation"})
        return answer

    return call


Run = t.Callable[..., Item]


def claims(capsys: pytest.CaptureFixture[str], world: World, *models: Item, **args: t.Any) -> list[str]:
    """The four claims; and the predicted models are those that are read back."""
    before = len(world.writes())
    checked = modules.run(triton_models.main, capsys, _ansible_check_mode=True, **WHERE, models=list(models), **args)
    assert len(world.writes()) == before
    actions = modules.four_claims(triton_models.main, capsys, **WHERE, models=list(models), **args)
    world.forget()
    second = modules.run(triton_models.main, capsys, **WHERE, models=list(models), **args)
    assert world.writes() == []
    assert checked["models"] == second["models"]
    return actions


def test_a_model_is_made_changed_unloaded_and_deleted(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    write = ["write version 1 of model one", "write the configuration of model one", "load model one"]
    assert claims(capsys, world, world.one(1)) == write
    assert world.names() == ["triton/one/1/model.py", "triton/one/config.pbtxt"]
    batched = {**PYTHON, "dynamic_batching": {}}
    assert claims(capsys, world, world.one(1, config=batched)) == [
        "write the configuration of model one",
        "load model one",
    ]
    assert claims(capsys, world, world.one(1, 2, config=batched)) == ["write version 2 of model one", "load model one"]
    assert list(world.servers[0].serving["one"]) == [2]
    everything = {**batched, "version_policy": {"all": {}}}
    assert claims(capsys, world, {"name": "one", "config": everything, "versions": []})[-1] == "load model one"
    assert list(world.servers[0].serving["one"]) == [1, 2]
    gone = {"name": "one", "config": everything, "versions": [{"version": 2, "state": "absent"}], "force_delete": True}
    assert claims(capsys, world, gone) == ["delete version 2 of model one", "load model one"]
    off = {"name": "one", "config": everything, "state": "unloaded"}
    assert claims(capsys, world, off) == ["unload model one"]
    assert claims(capsys, world, {**off, "state": "loaded"}) == ["load model one"]
    assert claims(capsys, world, {"name": "one", "state": "absent", "force_delete": True}) == [
        "unload model one",
        "delete model one",
    ]
    assert world.names() == []


def test_a_second_run_asks_once_for_files_and_says_what_it_returns(world: World, run: Run) -> None:
    run(world.one(1))
    world.store.reads.clear()
    found = run(world.one(1))
    assert world.store.reads == ["list models/triton/"]
    assert found["models"]["one"] == {
        "state": "loaded",
        "serving": [1],
        "up_to_date": True,
        "versions": {"1": ["model.py"]},
        "config": found["models"]["one"]["config"],
    }
    assert found["models"]["one"]["config"].startswith('name: "one"\nbackend: "python"\nmax_batch_size: 8\n')


def test_files_are_told_apart_by_their_marks_where_lists_do_not(world: World, run: Run) -> None:
    world.store.opaque = True
    run(world.one(1))
    assert run(world.one(1))["changed"] is False
    again = run({**world.one(1), "versions": [world.version(1, "fresh")]})
    assert "one: version 1 has other files than its source, give it a new number: 1/model.py" in again["msg"]


@pytest.mark.parametrize("before", [False, True])
def test_what_a_server_refuses_is_put_back(world: World, run: Run, before: bool) -> None:
    other = {**world.one(1), "name": "other"}
    if before:
        run(world.one(1))
    kept = dict(world.store.objects_of)
    world.servers[0].broken = {"one": "no such module"}
    failed = run(world.one(1, 2, config={**PYTHON, "max_batch_size": 4}), other)
    assert failed["failures"][0]["item"] == "one"
    said = "Triton: cannot load model one: no such module; the repository was put back"
    assert failed["msg"] == said + ("; what was served before is served" if before else "")
    left = {key: value for key, value in world.store.objects_of.items() if "/other/" not in key[1]}
    assert {key: data for key, (data, _mark) in left.items()} == {key: data for key, (data, _mark) in kept.items()}
    assert list(world.servers[0].serving) == (["one", "other"] if before else ["other"])
    assert world.servers[0].failed == {}
    world.servers[0].broken = {}
    assert run(world.one(1, 2, config={**PYTHON, "max_batch_size": 4}))["changed"] is True


def test_all_servers_serve_the_same_or_none_is_changed(world: World, run: Run) -> None:
    world.servers[0].name = "a"
    world.servers.append(FakeTriton(world.store, name="b"))
    run(world.one(1))
    assert [list(server.serving["one"]) for server in world.servers] == [[1], [1]]
    world.servers[1].unload("one")
    assert run(world.one(1))["actions"] == ["load model one"]
    world.servers[1].broken = {"one": "out of memory"}
    assert "out of memory" in run(world.one(1, 2))["msg"]
    assert [list(server.serving["one"]) for server in world.servers] == [[1], [1]]
    assert [server.digest("one") for server in world.servers] == [world.servers[0].digest("one")] * 2


def test_a_killed_run_is_completed(world: World, run: Run) -> None:
    """After each of its writes."""
    source = world.source("1")
    pathlib.Path(source, "weights").write_bytes(b"w")
    wanted = {"name": "one", "config": PYTHON, "versions": [{"version": 1, "source": source}]}
    run(wanted)
    whole = dict(world.store.objects_of)
    for lost in range(len(whole) + 1):
        world.servers[0].unload("one")
        world.store.objects_of = dict(list(whole.items())[lost:])
        assert run(wanted)["changed"] is True
        assert world.store.objects_of == whole
        assert run(wanted)["changed"] is False


def test_a_configuration_that_a_server_did_not_load_is_loaded(world: World, run: Run) -> None:
    """A run was killed between writing it and asking the server."""
    run(world.one(1))
    world.servers[0].texts["one"] = 'name: "one"\n'
    assert run(world.one(1))["actions"] == ["load model one"]


def test_an_ensemble_needs_no_files_and_comes_after_its_models(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    ensemble = {"name": "all", "config": ENSEMBLE}
    assert claims(capsys, world, ensemble, world.one(1)) == [
        "write version 1 of model one",
        "write the configuration of model one",
        "load model one",
        "write version 1 of model all",
        "write the configuration of model all",
        "load model all",
    ]
    assert world.names()[0] == "triton/all/1/version"


def test_an_ensemble_of_an_unknown_model_is_refused(run: Run) -> None:
    failed = run({"name": "all", "config": ENSEMBLE})
    assert failed["msg"] == "model all: its step names model one, which is not in the repository and not listed"


# Registered models


def registered(world: World, **changes: t.Any) -> Item:
    for number in (3, 4):
        world.store.put("mlflow", f"fraud/{number}/MLmodel", MLMODEL.encode())
        world.store.put("mlflow", f"fraud/{number}/model.pkl", b"pickled %d" % number)
    return {"name": "fraud", "versions": [{"source": "models:/fraud@champion"}], **changes}


MLFLOW = {"mlflow": {"tracking_uri": "http://mlflow", "username": "u", "password": f"{SECRET}-mlflow"}}


def test_a_champion_is_exported_and_follows_its_alias(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    model = registered(world)
    assert claims(capsys, world, model, **MLFLOW)[0] == "write version 3 of model fraud"
    files = ["MLmodel", "model.pkl"]
    assert world.names() == [
        *(f"triton/fraud/3/mlflow/{name}" for name in files),
        "triton/fraud/3/model.py",
        "triton/fraud/config.pbtxt",
    ]
    text = world.servers[0].texts["fraud"]
    for line in ('name: "amount"', "data_type: TYPE_FP64", 'name: "land"', "data_type: TYPE_STRING", "versions: [3]"):
        assert line in text
    world.registry.aliases["champion"] = 4
    assert claims(capsys, world, model, **MLFLOW)[-1] == "load model fraud"
    assert list(world.servers[0].serving["fraud"]) == [4]
    world.registry.aliases["champion"] = 3
    assert claims(capsys, world, model, **MLFLOW) == ["write the configuration of model fraud", "load model fraud"]
    assert list(world.servers[0].serving["fraud"]) == [3]


def test_an_onnx_model_is_taken_as_such_unless_told(world: World, run: Run) -> None:
    world.store.put("mlflow", "fraud/3/MLmodel", MLMODEL.replace("{python_", "{onnx: {data: m.onnx}, python_").encode())
    world.store.put("mlflow", "fraud/3/m.onnx")
    run({"name": "fraud", "versions": [{"source": "models:/fraud/3"}]}, **MLFLOW)
    assert world.names() == ["triton/fraud/3/model.onnx", "triton/fraud/config.pbtxt"]
    run({"name": "py", "config": {"backend": "python"}, "versions": [{"source": "models:/fraud/3"}]}, **MLFLOW)
    assert "triton/py/3/mlflow/m.onnx" in world.names()


def test_a_newer_program_beside_a_model_replaces_the_older_one(world: World, run: Run) -> None:
    model = registered(world)
    run(model, **MLFLOW)
    world.store.put("models", "triton/fraud/3/model.py", b"older")
    assert run(model, **MLFLOW)["actions"] == ["write version 3 of model fraud", "load model fraud"]


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("models:/nope@champion", "there is no model nope in MLflow"),
        ("models:/fraud@nope", "model fraud has no alias nope in MLflow"),
        ("models:/fraud/9", "there is no version 9 of model fraud in MLflow"),
        ("models:/fraud/5", "models:/fraud/5: there is no file MLmodel at s3://mlflow/fraud/5 that can be read"),
    ],
)
def test_what_mlflow_does_not_have_is_said(world: World, run: Run, source: str, why: str) -> None:
    failed = run({"name": "fraud", "versions": [{"source": source}]}, world.one(1), **MLFLOW)
    assert failed["msg"] == f"model fraud: {why}"
    assert list(world.servers[0].serving) == ["one"]


def test_a_registered_model_needs_to_know_where_mlflow_is(run: Run) -> None:
    assert "give mlflow" in run({"name": "fraud", "versions": [{"source": "models:/fraud/3"}]})["msg"]


def test_a_folder_of_the_same_service_is_copied(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.store.put("data", "exports/one/model.onnx", b"onnx")
    model = {"name": "one", "config": PYTHON, "versions": [{"version": 1, "source": "s3://data/exports/one"}]}
    claims(capsys, world, model)
    assert world.store.objects_of["models", "triton/one/1/model.onnx"][0] == b"onnx"


# Refused before anything is asked

GIVEN = [{"version": 1}]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"name": "a/b"}, "'a/b' is not a name of a model"),
        ({"name": ".."}, "'..' is not a name of a model"),
        ({"config": None}, "one: config is missing"),
        ({"config": {}}, "give backend, or platform"),
        ({"config": {**PYTHON, "max_bath_size": 1}}, "there is no field 'max_bath_size'; did you mean max_batch_size?"),
        ({"config": {**PYTHON, "max_batch_size": "8"}}, "config.max_batch_size: '8' is not a whole number"),
        ({"config": {**PYTHON, "input": TENSOR}}, "config.input is not a list"),
        ({"config": {**PYTHON, "input": [{**TENSOR, "data_type": "FP32"}]}}, "'FP32' is none of TYPE_BOOL"),
        ({"config": {**PYTHON, "input": [{**TENSOR, "dims": [0]}]}}, "a size is at least 1, or -1 for any, and not 0"),
        ({"config": {**PYTHON, "input": [{**TENSOR, "dims": []}]}}, "config.input[0] has no dims"),
        ({"config": {**PYTHON, "input": [{**TENSOR, "reshape": {"shape": [2]}}]}}, "have not the same number"),
        ({"config": {**PYTHON, "input": [TENSOR, TENSOR]}}, "the name 'x' is given twice"),
        ({"config": {**PYTHON, "max_batch_size": 0, "dynamic_batching": {}}}, "needs a max_batch_size"),
        ({"config": {**PYTHON, "dynamic_batching": {"preferred_batch_size": [16]}}}, "16 is not from 1 to"),
        ({"config": {**PYTHON, "dynamic_batching": {}, "sequence_batching": {}}}, "only one of"),
        ({"config": {**PYTHON, "parameters": {"a": "b"}}}, "config.parameters['a'] is not a dictionary"),
        ({"config": {**PYTHON, "version_policy": {}}}, "is none of latest, all and specific"),
        ({"config": {**PYTHON, "name": "two"}}, "config.name is 'two', but the model is one"),
        ({"config": {**PYTHON, "instance_group": [{"kind": "KIND_CPU", "gpus": [0]}]}}, "gpus go with KIND_GPU"),
        ({"config": {**ENSEMBLE, "ensemble_scheduling": {"step": [{**STEP, "input_map": {"x": "z"}}]}}}, "tensor 'z'"),
        ({"versions": [{"version": 0, "source": "."}]}, "0 is no version"),
        ({"versions": [{"source": "."}]}, "give version"),
        ({"versions": [{"version": 1, "source": "http://x/y"}]}, "is neither a folder"),
        ({"versions": [{"version": 1, "source": "models:fraud"}]}, "is not a registered model"),
        ({"versions": [{"version": 1, "source": ".", "state": "absent"}]}, "is to be absent"),
        ({"versions": [*GIVEN, *GIVEN]}, "named more than once: version 1 of one"),
    ],
)
def test_bad_input_is_refused_with_one_line(world: World, run: Run, changes: Item, why: str) -> None:
    failed = run({"name": "one", "config": PYTHON, "versions": GIVEN, **changes})
    assert failed["failed"] is True
    assert why in failed["msg"]
    assert "\n" not in failed["msg"]
    assert world.store.reads == world.writes() == []


@pytest.mark.parametrize(
    ("args", "why"),
    [
        ({"repository": "http://x"}, "repository: it must be an address such as s3://bucket/path"),
        ({"repository": "s3://models/../x"}, "repository: it must be an address such as s3://bucket/path"),
        ({"server_url": "triton:8000"}, "server_url: it must be an address"),
        ({"admin_key": "a b"}, "admin_key: it holds a character that no header can hold"),
        ({"admin_header": "a:b"}, "admin_header: it is not the name of a header"),
        ({"timeout": 0}, "timeout: it has to be at least 1 second"),
    ],
)
def test_addresses_that_cannot_be_are_refused(run: Run, args: Item, why: str) -> None:
    assert run(**args)["msg"].startswith(why)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"versions": [{"version": 7}]}, "version 7 is not in the repository, and no source is given"),
        ({"versions": [{"version": 7, "source": "/nowhere"}]}, "/nowhere: No such file or directory"),
        ({"versions": []}, "it has no version that could be served"),
        (
            {"config": {**PYTHON, "version_policy": {"specific": {"versions": [4]}}}, "versions": []},
            "config.version_policy names version 4, which is not there",
        ),
    ],
)
def test_one_model_that_cannot_be_leaves_the_others_alone(world: World, run: Run, changes: Item, why: str) -> None:
    failed = run({"name": "bad", "config": PYTHON, **changes}, world.one(1))
    assert failed["failures"] == [{"item": "bad", "msg": f"model bad: {why}"}]
    assert list(world.servers[0].serving) == ["one"]
    assert not [key for key in world.names() if "/bad/" in key]


def test_nothing_is_deleted_without_consent(world: World, run: Run) -> None:
    run(world.one(1, 2))
    assert "set force_delete" in run({"name": "one", "state": "absent"})["msg"]
    version = {"name": "one", "config": PYTHON, "versions": [{"version": 1, "state": "absent"}]}
    assert "set force_delete" in run(version)["msg"]
    assert len(world.names()) == 3


def test_a_server_that_does_not_answer_ends_the_module(world: World, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent() -> t.NoReturn:
        raise ApiError("Triton: cannot read what is served: it does not answer")

    monkeypatch.setattr(world.servers[0], "index", silent)
    assert run(world.one(1))["msg"] == "Triton: cannot read what is served: it does not answer"
    assert world.writes() == []
