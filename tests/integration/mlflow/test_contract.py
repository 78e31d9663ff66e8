# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""One contract, every registry: the fake that unit tests trust, and MLflow's own server with and without users."""

from __future__ import annotations

import typing as t

import hypothesis
import pytest
from hypothesis import strategies as st

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow import limits
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.client import MlflowClient
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.entities import ModelVersion, RegisteredModel
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.registry import Registry
from ansible_collections.baremetal.mlops.tests.unit.fakes.mlflow import FakeMlflow
from tests.integration.mlflow.registry import connect, new_name, train

Client = MlflowClient | FakeMlflow
REAL = ["mlflow_open_server", "mlflow_server"]
SLOW = hypothesis.settings(
    max_examples=50, deadline=None, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture]
)
# Names of up to their longest, of characters that were trouble somewhere.
HOSTILE = st.text(st.one_of(st.sampled_from("'\"`\\;%&?#+,()[]{}<>|$-. é💥\u202e"), st.characters()), max_size=300)


@pytest.fixture(params=["fake", *REAL])
def client(request: pytest.FixtureRequest) -> Client:
    return FakeMlflow() if request.param == "fake" else connect(request.getfixturevalue(request.param))


@pytest.fixture(params=["fake", REAL[0]])
def open_client(request: pytest.FixtureRequest) -> Client:
    """Without users: each request of a user costs the server a hash of the password."""
    return FakeMlflow() if request.param == "fake" else connect(request.getfixturevalue(request.param))


def test_an_experiment_lives_is_archived_and_restored(client: Client) -> None:
    name = new_name()
    assert client.experiments([name]) == {}
    client.create_experiment(name, "s3://mlflow/x", {"a": "1", "b": "2"})
    experiment = client.experiments([name])[name]
    assert (experiment.archived, experiment.artifact_location) == (False, "s3://mlflow/x")
    client.set_experiment_tag(experiment, "a", "3")
    client.delete_experiment_tag(experiment, "b")
    assert client.experiments([name])[name].tags == {"a": "3"}
    client.archive_experiment(experiment)
    assert client.experiments([name, "none"])[name].archived is True
    with pytest.raises(ItemError, match="'active' state"):
        client.set_experiment_tag(experiment, "a", "4")
    with pytest.raises(ItemError, match="archived meanwhile"):
        client.create_experiment(name, "", {})
    client.restore_experiment(experiment)
    assert client.experiments([name])[name].archived is False


def test_the_server_chooses_where_artifacts_are_unless_told(client: Client) -> None:
    name = new_name()
    client.create_experiment(name, "", {})
    assert client.experiments()[name].artifact_location.startswith("mlflow-artifacts:/")


def test_what_another_run_made_meanwhile_ends_as_wanted(client: Client) -> None:
    name = new_name()
    for tags in ({"a": "1", "mine": "x"}, {"a": "2"}):
        client.create_experiment(name, "", tags)
        client.create_model(name, f"of {tags['a']}", tags)
    assert client.experiments([name])[name].tags == {"a": "2", "mine": "x"}
    assert client.models([name]) == {name: RegisteredModel(name, "of 2", {"a": "2", "mine": "x"})}


def test_a_model_lives_and_dies(client: Client) -> None:
    name = new_name()
    assert (client.models([name]), client.model(name)) == ({}, None)
    client.create_model(name, "one", {"a": "1", "b": ""})
    client.set_description(name, "two\nlines")
    client.set_tag(name, "a", "3\n'\"")
    client.delete_tag(name, "b")
    client.delete_tag(name, "never-set")
    wanted = RegisteredModel(name, "two\nlines", {"a": "3\n'\""})
    assert client.models([name, "none"]) == {name: wanted}
    assert client.models()[name] == client.model(name) == wanted
    client.set_description(name, "")
    assert client.models([name])[name].description == ""
    client.delete_model(name)
    client.delete_model(name)
    assert client.models([name]) == {}


def test_an_alias_moves_and_goes(client: Client) -> None:
    name = new_name()
    client.create_model(name, "", {})
    train(client, name, 2)
    client.set_alias(name, "champion", 1)
    client.set_alias(name, "challenger", 1)
    client.set_alias(name, "champion", 2)
    assert client.models([name])[name].aliases == {"champion": 2, "challenger": 1}
    assert client.models([name])[name].has_versions is True
    client.delete_alias(name, "challenger")
    client.delete_alias(name, "challenger")
    assert client.models([name])[name].aliases == {"champion": 2}
    with pytest.raises(ItemError, match="not found"):
        client.set_alias(name, "champion", 9)
    with pytest.raises(ItemError, match="not found"):
        client.set_alias(new_name(), "champion", 1)


def test_versions_are_described_archived_restored_and_deleted(client: Client) -> None:
    name, other = new_name(), new_name()
    for model in (name, other):
        client.create_model(model, "", {})
        train(client, model, 3)
    client.set_version_description(name, 2, "better")
    client.set_version_tag(name, 2, "a", "1")
    client.set_version_tag(name, 2, "b", "2")
    client.delete_version_tag(name, 2, "b")
    client.archive_version(name, 2)
    found = client.versions({name: [2, 9], other: [1]})
    source = f"s3://models/{name}/2"
    assert found[name] == {2: ModelVersion(name, 2, "better", {"a": "1"}, archived=True, source=source)}
    assert list(found[other]) == [1]
    client.restore_version(name, 2)
    client.set_alias(name, "champion", 2)
    assert client.versions({name: [2]})[name][2].archived is False
    client.delete_version(name, 2)
    client.delete_version(name, 2)
    assert sorted(client.versions({name: []})[name]) == [1, 3]
    assert client.models([name])[name].aliases == {}
    with pytest.raises(ItemError, match="not found"):
        client.set_version_tag(name, 2, "a", "1")


def test_where_the_files_of_a_version_lie_is_told(client: Client) -> None:
    name = new_name()
    client.create_model(name, "", {})
    train(client, name, 1)
    assert client.download_uri(name, 1) == f"s3://models/{name}/1"
    with pytest.raises(ItemError, match="not found"):
        client.download_uri(name, 2)


def test_a_run_that_does_not_exist_is_none(client: Client) -> None:
    assert client.run("0" * 32) is None


@pytest.mark.parametrize("kind", REAL)
def test_a_prompt_is_no_model(request: pytest.FixtureRequest, kind: str) -> None:
    client = connect(request.getfixturevalue(kind))
    name = new_name()
    prompt = {"name": name, "tags": [{"key": "mlflow.prompt.is_prompt", "value": "true"}]}
    client._call("POST", "registered-models/create", "make a prompt", body=prompt)
    assert (client.models([name]), client.model(name)) == ({}, None)
    with pytest.raises(ItemError, match=f"cannot create model {name}: a prompt has that name"):
        client.create_model(name, "", {})


@SLOW
@hypothesis.given(name=HOSTILE, others=st.lists(HOSTILE, max_size=2))
def test_a_name_that_is_not_refused_is_kept_and_found(open_client: Client, name: str, others: list[str]) -> None:
    """Whatever quotes, commas, slashes or letters of far away it has; and nothing else is found for it."""
    if limits.model_name(name) is None:
        open_client.create_model(name, name[:100], {"a": name})
        wanted = RegisteredModel(name, name[:100], {"a": name})
        assert open_client.models([name])[name] == wanted
        assert open_client.models([name, "none"]) == {name: wanted}
        assert set(open_client.models([name, *others])) <= {name, *others}
        open_client.delete_model(name)
        assert name not in open_client.models([name])
    unique = f"{name[:200]}{new_name()}"  # No experiment is ever gone: another example may have had the name.
    if limits.experiment_name(unique) is None:
        open_client.create_experiment(unique, "", {"a": name})
        assert open_client.experiments([unique])[unique].tags == {"a": name}


@SLOW
@hypothesis.given(alias=st.text(max_size=12), key=st.text(max_size=12), value=st.text(max_size=40))
def test_an_alias_or_a_tag_that_is_not_refused_is_kept(open_client: Client, alias: str, key: str, value: str) -> None:
    name = new_name()
    open_client.create_model(name, "", {})
    train(open_client, name, 1)
    if limits.alias(alias) is None:
        open_client.set_alias(name, alias, 1)
        assert open_client.models([name])[name].aliases == {alias: 1}
    if limits.tag_key(key) is None and limits.text(value, limits.MODEL_TAG) is None:
        open_client.set_tag(name, key, value)
        open_client.set_version_tag(name, 1, key, value)
        assert open_client.models([name])[name].tags == open_client.versions({name: [1]})[name][1].tags == {key: value}


@pytest.mark.parametrize(
    ("longest", "write"),
    [
        (limits.DESCRIPTION, lambda client, name, text: client.set_description(name, text)),
        (limits.DESCRIPTION, lambda client, name, text: client.set_version_description(name, 1, text)),
        (limits.MODEL_TAG, lambda client, name, text: client.set_tag(name, "a", text)),
        (limits.VERSION_TAG, lambda client, name, text: client.set_version_tag(name, 1, "a", text)),
        (limits.TAG_KEY, lambda client, name, text: client.set_tag(name, text, "a")),
        (limits.ALIAS, lambda client, name, text: client.set_alias(name, text, 1)),
        (limits.NAME, lambda client, _name, text: client.create_model(f"{new_name()}{text}"[: len(text)], "", {})),
        (limits.NAME, lambda client, _name, text: client.create_experiment(f"{new_name()}{text}"[: len(text)], "", {})),
        (
            limits.LOCATION,
            lambda client, _name, text: client.create_experiment(new_name(), f"s3://b/{text}"[: len(text)], {}),
        ),
    ],
)
def test_our_limits_are_those_of_the_server(
    mlflow_open_server: t.Any, longest: int, write: t.Callable[[MlflowClient, str, str], None]
) -> None:
    """Each text may be as long as we say, and no longer."""
    client = connect(mlflow_open_server)
    name = new_name()
    client.create_model(name, "", {})
    train(client, name, 1)
    write(client, name, "é" * longest)
    with pytest.raises(ItemError):
        write(client, name, "é" * (longest + 1))


def test_a_plan_converges(client: Client) -> None:
    name, gone = new_name(), new_name()
    client.create_model(name, "", {"old": "x"})
    train(client, name, 3)
    client.set_alias(name, "champion", 1)
    client.create_experiment(gone, "", {})
    version = {"description": None, "tags": None, "purge_tags": False, "force_delete": True}
    registry = Registry(
        {
            "experiments": [
                {"name": name, "state": "present", "artifact_location": None, "tags": {"a": 1}, "purge_tags": False},
                {"name": gone, "state": "archived", "artifact_location": None, "tags": {"a": 1}, "purge_tags": False},
            ],
            "models": [
                {
                    "name": name,
                    "state": "present",
                    "description": "new",
                    "tags": {"a": True},
                    "purge_tags": True,
                    "aliases": {"champion": 3, "shadow": 3},
                    "purge_aliases": True,
                    "force_delete": False,
                    "versions": [
                        {**version, "version": 1, "state": "archived"},
                        {**version, "version": 2, "state": "absent"},
                        {**version, "version": 3, "state": "present", "tags": {"ready": "yes"}},
                    ],
                }
            ],
        }
    )
    first = registry.plan(client)
    for step in first.steps:
        step.apply()
    assert (first.failures, registry.read(client, first)) == ([], first.after)
    second = registry.plan(client)
    assert (second.steps, second.before) == ([], first.after)
