# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The module mlflow_registry over a server in memory."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError, ItemError
from ansible_collections.baremetal.mlops.plugins.modules import mlflow_registry
from ansible_collections.baremetal.mlops.tests.unit.fakes import modules
from ansible_collections.baremetal.mlops.tests.unit.fakes.mlflow import FakeMlflow

if t.TYPE_CHECKING:
    import pathlib

SECRET = "s3cr3t-canary"
WHERE = {"tracking_uri": "http://mlflow", "username": "admin", "password": SECRET, "token": f"{SECRET}-token"}
Item = dict[str, t.Any]
Run = t.Callable[..., Item]
Given = dict[str, list[Item]]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> FakeMlflow:
    fake = FakeMlflow()
    monkeypatch.setattr(mlflow_registry, "MlflowClient", lambda _connection: fake)
    return fake


@pytest.fixture
def run(server: FakeMlflow, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(**args: t.Any) -> Item:
        with patch_module_args({**WHERE, **args}), pytest.raises(SystemExit):
            mlflow_registry.main()
        out = capsys.readouterr().out
        assert SECRET not in out
        answer: Item = json.loads(out)
        return answer

    return call


def some(server: FakeMlflow) -> None:
    """An experiment that is archived, one that is not, and a model of four versions."""
    server.add_experiment("gone", archived=True, tags={"team": "risk"})
    server.add_experiment("here", artifact_location="s3://mlflow/here", tags={"team": "risk", "mlflow.note": "kept"})
    server.add_model("fraud", 4, description="old", tags={"team": "risk"}, aliases={"champion": 3, "challenger": 4})
    server.archive_version("fraud", 1)
    server.writes.clear()


CASES = [
    pytest.param({"experiments": [{"name": "new"}]}, ["create experiment new"], id="create an experiment"),
    pytest.param(
        {"experiments": [{"name": "new", "artifact_location": "s3://b/new", "tags": {"a": 1, "b": True, "c": None}}]},
        ["create experiment new"],
        id="create an experiment with all",
    ),
    pytest.param({"experiments": [{"name": "new", "state": "archived"}]}, [], id="nothing to archive"),
    pytest.param({"experiments": [{"name": "here"}]}, [], id="an experiment as it is"),
    pytest.param(
        {"experiments": [{"name": "here", "artifact_location": "s3://mlflow/here/"}]}, [], id="the same place"
    ),
    pytest.param({"experiments": [{"name": "here", "state": "archived"}]}, ["archive experiment here"], id="archive"),
    pytest.param({"experiments": [{"name": "here", "state": "absent"}]}, ["archive experiment here"], id="absent"),
    pytest.param({"experiments": [{"name": "gone", "state": "absent"}]}, [], id="archived already"),
    pytest.param({"experiments": [{"name": "gone"}]}, ["restore experiment gone"], id="restore"),
    pytest.param(
        {"experiments": [{"name": "gone", "tags": {"team": None, "a": "1"}}]},
        ["restore experiment gone", "set tag a of experiment gone", "delete tag team of experiment gone"],
        id="restore, then tags",
    ),
    pytest.param(
        {"experiments": [{"name": "here", "state": "archived", "tags": {"a": "1"}}]},
        ["set tag a of experiment here", "archive experiment here"],
        id="tags, then archive",
    ),
    pytest.param(
        {"experiments": [{"name": "here", "tags": {"a": "1"}, "purge_tags": True}]},
        ["set tag a of experiment here", "delete tag team of experiment here"],
        id="purge what is not MLflow's own",
    ),
    pytest.param({"experiments": [{"name": "here", "purge_tags": True}]}, [], id="no tags given, none purged"),
    pytest.param({"models": [{"name": "new", "description": "x", "tags": {"a": 1}}]}, ["create model new"], id="model"),
    pytest.param({"models": [{"name": "new", "state": "absent"}]}, [], id="no model to delete"),
    pytest.param({"models": [{"name": "fraud"}]}, [], id="a model as it is"),
    pytest.param(
        {"models": [{"name": "fraud", "description": "", "tags": {"team": "fraud"}}]},
        ["set description of model fraud", "set tag team of model fraud"],
        id="update a model",
    ),
    pytest.param(
        {"models": [{"name": "fraud", "state": "absent", "force_delete": True}]}, ["delete model fraud"], id="delete"
    ),
    pytest.param({"models": [{"name": "fraud", "aliases": {"champion": 3}}]}, [], id="an alias as it is"),
    pytest.param(
        {"models": [{"name": "fraud", "aliases": {"champion": "4", "challenger": None, "shadow": 2}}]},
        [
            "set alias champion of model fraud to version 4",
            "set alias shadow of model fraud to version 2",
            "delete alias challenger of model fraud",
        ],
        id="move, set and remove aliases",
    ),
    pytest.param(
        {"models": [{"name": "fraud", "aliases": {"champion": 3}, "purge_aliases": True}]},
        ["delete alias challenger of model fraud"],
        id="purge aliases",
    ),
    pytest.param(
        {
            "models": [
                {
                    "name": "fraud",
                    "aliases": {"champion": 1},
                    "versions": [{"version": 3, "state": "archived"}, {"version": 1, "tags": {"a": "1"}}],
                }
            ]
        },
        [
            "restore version 1 of model fraud",
            "set tag a of version 1 of model fraud",
            "set alias champion of model fraud to version 1",
            "archive version 3 of model fraud",
        ],
        id="roll back: ready, move, archive",
    ),
    pytest.param(
        {"models": [{"name": "fraud", "versions": [{"version": 2, "state": "absent", "force_delete": True}]}]},
        ["delete version 2 of model fraud"],
        id="delete a version",
    ),
    pytest.param(
        {"models": [{"name": "fraud", "versions": [{"version": 9, "state": "absent"}]}]}, [], id="no such version"
    ),
    pytest.param(
        {"models": [{"name": "fraud", "versions": [{"version": 2, "description": "x", "tags": {"a": 1.5}}]}]},
        ["set description of version 2 of model fraud", "set tag a of version 2 of model fraud"],
        id="update a version",
    ),
    pytest.param({}, [], id="nothing listed"),
]


@pytest.mark.parametrize(("given", "actions"), CASES)
def test_the_four_claims(
    server: FakeMlflow, capsys: pytest.CaptureFixture[str], given: Given, actions: list[str]
) -> None:
    some(server)
    assert modules.four_claims(mlflow_registry.main, capsys, **WHERE, **given) == actions


@pytest.mark.parametrize(("given", "actions"), CASES)
def test_check_mode_writes_nothing_and_returns_what_will_be(
    server: FakeMlflow, run: Run, given: Given, actions: list[str]
) -> None:
    some(server)
    checked = run(_ansible_check_mode=True, **given)
    assert server.writes == []
    real = run(**given)
    assert (checked["experiments"], checked["models"]) == (real["experiments"], real["models"])
    assert len(server.writes) == len(actions)


@pytest.mark.parametrize(
    ("given", "item", "why"),
    [
        (
            {"experiments": [{"name": "here", "artifact_location": "s3://other"}]},
            "experiments.here.artifact_location",
            "keeps its artifacts in s3://mlflow/here, and MLflow cannot move them",
        ),
        (
            {"experiments": [{"name": "gone", "state": "archived", "tags": {"a": "1"}}]},
            "experiments.gone.tags",
            "is archived, and MLflow changes its tags only while it is not",
        ),
        ({"models": [{"name": "fraud", "state": "absent"}]}, "models.fraud", "has versions, which would be destroyed"),
        ({"models": [{"name": "fraud", "aliases": {"x": 9}}]}, "models.fraud.aliases.x", "there is no version 9"),
        ({"models": [{"name": "fraud", "aliases": {"x": 1}}]}, "models.fraud.aliases.x", "version 1 is archived"),
        (
            {"models": [{"name": "fraud", "versions": [{"version": 9}]}]},
            "models.fraud.versions.9",
            "versions come from training",
        ),
        (
            {"models": [{"name": "fraud", "versions": [{"version": 2, "state": "absent"}]}]},
            "models.fraud.versions.2",
            "set force_delete",
        ),
        (
            {"models": [{"name": "fraud", "versions": [{"version": 3, "state": "archived"}]}]},
            "models.fraud.versions.3",
            "it is what champion names",
        ),
        (
            {"models": [{"name": "fraud", "versions": [{"version": 4, "state": "absent", "force_delete": True}]}]},
            "models.fraud.versions.4",
            "it is what challenger names",
        ),
    ],
)
def test_what_cannot_be_done_is_left_and_the_rest_goes_on(
    server: FakeMlflow, run: Run, given: Given, item: str, why: str
) -> None:
    some(server)
    both = {**given, "models": [*given.get("models", []), {"name": "other"}]}
    checked = run(_ansible_check_mode=True, **both)
    failed = run(**both)
    assert failed["failed"] is True
    assert failed["actions"] == checked["actions"] == ["create model other"]
    assert failed["msg"] == checked["msg"]
    assert why in failed["msg"]
    assert [failure["item"] for failure in failed["failures"]] == [item]
    assert server.writes == ["create_model other"]


def test_an_alias_that_cannot_move_keeps_its_version_from_being_archived(server: FakeMlflow, run: Run) -> None:
    some(server)
    move = {"name": "fraud", "aliases": {"champion": 9}, "versions": [{"version": 3, "state": "archived"}]}
    failed = run(models=[move])
    assert [failure["item"] for failure in failed["failures"]] == [
        "models.fraud.aliases.champion",
        "models.fraud.versions.3",
    ]
    assert server.writes == []


def test_a_model_that_is_not_there_yet_is_made_though_its_alias_cannot_be(server: FakeMlflow, run: Run) -> None:
    failed = run(models=[{"name": "new", "aliases": {"champion": 1}}])
    assert failed["actions"] == ["create model new"]
    assert failed["msg"] == "alias champion of model new: there is no version 1"


def test_what_a_model_still_needed_is_left_out_when_a_write_is_refused(server: FakeMlflow, run: Run) -> None:
    some(server)

    def refuse(name: str, version: int) -> None:
        raise ItemError(f"MLflow: cannot restore version {version} of model {name}: who asks may not")

    server.restore_version = refuse  # type: ignore[method-assign]
    back = {"name": "fraud", "aliases": {"champion": 1}, "versions": [{"version": 1}]}
    failed = run(models=[back, {"name": "other"}])
    assert failed["failures"] == [
        {"item": "models.fraud", "msg": "MLflow: cannot restore version 1 of model fraud: who asks may not"}
    ]
    assert failed["actions"] == ["create model other"]
    assert failed["models"]["fraud"]["aliases"] == {"champion": 3, "challenger": 4}


def test_a_failure_of_the_server_tells_what_was_done_before_it(server: FakeMlflow, run: Run) -> None:
    def refuse(name: str, key: str, value: str) -> None:
        raise ApiError("http://mlflow cannot be reached: Connection refused")

    server.add_model("fraud")
    server.set_tag = refuse  # type: ignore[method-assign]
    failed = run(models=[{"name": "fraud", "description": "new", "tags": {"a": "1"}}, {"name": "other"}])
    assert failed["msg"] == "http://mlflow cannot be reached: Connection refused"
    assert failed["actions"] == ["set description of model fraud"]


def test_nothing_to_do_is_found_by_one_read(server: FakeMlflow, run: Run) -> None:
    items = []
    for number in range(100):
        aliases = {"champion": 1, "challenger": 2, "shadow": 3}
        server.add_model(f"model-{number}", 3, aliases=aliases)
        items.append({"name": f"model-{number}", "aliases": aliases})
    answer = run(models=items)
    assert answer["changed"] is False
    assert len(answer["models"]) == 100
    assert server.reads == ["models"]


def test_versions_are_read_once_for_all_models_that_name_them(server: FakeMlflow, run: Run) -> None:
    for name in ("a", "b", "c"):
        server.add_model(name, 2, aliases={"champion": 1})
    run(models=[{"name": "a", "versions": [{"version": 1}]}, {"name": "b", "aliases": {"champion": 2}}, {"name": "c"}])
    assert server.reads == ["models", "versions", "models", "versions"]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"experiments": [{"name": "a"}, {"name": "a"}]}, "experiments: named more than once: a"),
        ({"models": [{"name": "a"}, {"name": "a"}]}, "models: named more than once: a"),
        (
            {"models": [{"name": "a", "versions": [{"version": 1}, {"version": 1, "state": "archived"}]}]},
            "models.versions: named more than once: version 1 of a",
        ),
        ({"models": [{"name": "a/b"}]}, "models: the name of a model cannot hold / or :, as 'a/b' does"),
        ({"models": [{"name": ".."}]}, "it is a path to another place"),
        ({"models": [{"name": "a\nb"}]}, r"the name of the model 'a\nb' holds a character that ends a line"),
        ({"models": [{"name": " "}]}, "the name of a model has 1 to 256 characters"),
        ({"experiments": [{"name": "x" * 257}]}, "the name of an experiment has 1 to 256 characters, not 257"),
        ({"experiments": [{"name": "a", "artifact_location": "here"}]}, "it must be an address such as"),
        ({"experiments": [{"name": "a", "tags": {"it's": "x"}}]}, 'experiments: a: tags: "it\'s": a tag has 1 to 250'),
        ({"models": [{"name": "a", "tags": {"x": "y" * 5001}}]}, "it has 5001 characters, and MLflow keeps 5000"),
        ({"models": [{"name": "a", "description": "a\0b"}]}, "models: a: description: it holds a character"),
        ({"models": [{"name": "a", "aliases": {"Latest": 1}}]}, "MLflow keeps the alias Latest to itself"),
        ({"models": [{"name": "a", "aliases": {"v1": 1}}]}, "MLflow keeps the alias v1 to itself"),
        ({"models": [{"name": "a", "aliases": {"x": "three"}}]}, "x: it must be the number of a version, or null"),
        ({"models": [{"name": "a", "aliases": {"x": True}}]}, "x: it must be the number of a version, or null"),
        ({"models": [{"name": "a", "versions": [{"version": 0}]}]}, "0 is no number of a version"),
        (
            {"models": [{"name": "a", "aliases": {"x": 1}, "versions": [{"version": 1, "state": "archived"}]}]},
            "x: it cannot name version 1, which is to leave",
        ),
    ],
)
def test_what_can_be_used_nowhere_is_refused_before_the_server_is_asked(
    server: FakeMlflow, run: Run, given: Given, why: str
) -> None:
    failed = run(**given)
    assert failed["failed"] is True
    assert why in failed["msg"]
    assert (server.reads, server.writes) == ([], [])


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("sqlite:///mlflow.db", "tracking_uri: it must be an address such as"),
        ("databricks", "tracking_uri: it must be an address such as"),
        ("http://", "tracking_uri: it must be an address such as"),
        ("http://mlflow:70000", "tracking_uri: it must be an address such as"),
        ("http://mlflow/?x=1", "neither a query nor a fragment"),
    ],
)
def test_an_address_that_is_none_is_refused(run: Run, uri: str, why: str) -> None:
    assert why in run(tracking_uri=uri)["msg"]


def test_authorities_that_are_not_there_are_missed(run: Run) -> None:
    assert run(ca_path="/nowhere/ca.pem")["msg"] == "ca_path: there is no file /nowhere/ca.pem"


def test_where_the_server_is_can_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path
) -> None:
    seen = []
    authorities = tmp_path / "ca.pem"
    authorities.touch()

    def client(connection: t.Any) -> FakeMlflow:
        seen.append(connection)
        return FakeMlflow()

    monkeypatch.setattr(mlflow_registry, "MlflowClient", client)
    for name, value in {
        "URI": "https://mlflow.example.com/",
        "USERNAME": "someone",
        "PASSWORD": SECRET,
        "TOKEN": SECRET,
        "SERVER_CERT_PATH": str(authorities),
    }.items():
        monkeypatch.setenv(f"MLFLOW_TRACKING_{name}", value)
    assert modules.run(mlflow_registry.main, capsys)["changed"] is False
    (connection,) = seen
    assert (connection.tracking_uri, connection.username) == ("https://mlflow.example.com", "someone")
    assert (connection.password, connection.token, connection.verify) == (SECRET, SECRET, str(authorities))
    assert SECRET not in repr(connection)
