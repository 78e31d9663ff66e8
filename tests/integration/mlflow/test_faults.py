# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What MLflow's client says when the server is silent, gone, flaky, somebody else, or does not want to speak to us."""

from __future__ import annotations

import json
import time
import typing as t

import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError, ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.client import MlflowClient
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.connection import Connection
from tests.integration import faults
from tests.integration.mlflow.registry import Log, connect, new_name

if t.TYPE_CHECKING:
    from tests.services import ModelRegistry

SECRET = "s3cr3t-canary"
NO_MODELS = b'{"registered_models": []}'


def client(address: str, timeout: int = 3, **rest: t.Any) -> MlflowClient:
    return MlflowClient(Connection(address, username="someone", password=SECRET, timeout=timeout, **rest))


def refused(asked: MlflowClient) -> str:
    with pytest.raises(ApiError) as caught:
        asked.models(["fraud"])
    said = json.dumps([caught.value.msg, caught.value.details])
    assert SECRET not in said
    assert "\\n" not in said
    assert not isinstance(caught.value, ItemError)
    return caught.value.msg


# Nobody there


def test_a_server_that_never_answers_is_given_up_in_time() -> None:
    with faults.silent_server() as address:
        started = time.monotonic()
        said = refused(client(address, timeout=3))
        assert time.monotonic() - started < 4
    assert said == f"MLflow: cannot read the models: {address} does not answer within 3 seconds"


def test_a_closed_port_fails_at_once() -> None:
    started = time.monotonic()
    address = faults.closed_port()
    assert (
        refused(client(address, 30))
        == f"MLflow: cannot read the models: {address} cannot be reached: Connection refused"
    )
    assert time.monotonic() - started < 5


def test_a_name_that_nobody_knows_is_said() -> None:
    assert "the name of http://mlflow.invalid is not known" in refused(client("http://mlflow.invalid"))


# Certificates


@pytest.mark.parametrize(
    ("which", "why"),
    [
        ("expired", "certificate has expired"),
        ("early", "certificate is not yet valid"),
        ("elsewhere", "(it is for elsewhere.example.com, valid "),
        ("stranger", "unable to get local issuer certificate"),
    ],
)
def test_a_wrong_certificate_is_refused_with_the_reason(
    certificates: faults.Certificates, which: str, why: str
) -> None:
    with faults.tls_server(getattr(certificates, which), NO_MODELS) as server:
        said = refused(client(server.address, verify=certificates.ca_path))
        assert said.startswith(f"MLflow: cannot read the models: the certificate of {server.address} is refused: ")
        assert why in said
        assert "valid 20" in said
        assert server.requests == []


def test_a_right_certificate_is_accepted_and_any_if_told_so(certificates: faults.Certificates) -> None:
    with faults.tls_server(certificates.good, NO_MODELS) as server:
        assert client(server.address, verify=certificates.ca_path).models() == {}
        assert "unable to get local issuer certificate" in refused(client(server.address))
    with faults.tls_server(certificates.stranger, NO_MODELS) as server:
        assert client(server.address, verify=False).models() == {}


# Somebody else


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((200, {"Content-Type": "text/html"}, b"<html>Welcome</html>"), "there is no MLflow at {0}: "),
        ((200, {}, b'["json", "but not ours"]'), "there is no MLflow at {0}: "),
        ((404, {"Content-Type": "text/html"}, b"<html>Not found</html>"), "answers 404, which is not its API"),
        ((404, {}, b'{"detail": "Not Found"}'), "answers 404, which is not its API"),
        ((302, {"Location": "https://login.example.com/"}, b""), "{0} points to https://login.example.com/: set "),
        ((500, {}, b"Internal Server Error"), "answers 500, which is not its API"),
        ((500, {}, b'{"error_code": "INTERNAL_ERROR", "message": "no\\ndatabase"}'), "cannot read the models: no"),
    ],
)
def test_a_server_that_is_no_mlflow_is_said_to_be_none(answer: faults.Answer, why: str) -> None:
    with faults.answering_server(lambda _method, _path: answer) as server:
        assert why.format(server.address) in refused(client(server.address))
        assert len(server.requests) == 1


# Not now


@pytest.mark.parametrize("fault", [429, 502, 503, 504, faults.RESET])
def test_a_fault_that_passes_is_not_noticed(mlflow_open_server: ModelRegistry, fault: faults.Fault) -> None:
    with faults.flaky_server(mlflow_open_server.tracking_uri, [fault, fault]) as server:
        assert connect(mlflow_open_server, tracking_uri=server.address).models([new_name()]) == {}
        assert len(server.requests) == 3


def test_a_fault_that_stays_ends_after_three_attempts(mlflow_open_server: ModelRegistry) -> None:
    with faults.flaky_server(mlflow_open_server.tracking_uri, [503] * 9) as server:
        assert refused(client(server.address)) == "MLflow: cannot read the models: the server answers 503"
        assert len(server.requests) == 3


def test_writes_whose_answers_are_lost_end_as_wanted(mlflow_open_server: ModelRegistry) -> None:
    """The second attempt meets what the first one did."""
    name = new_name()
    direct = connect(mlflow_open_server)

    def lossy(write: t.Callable[[MlflowClient], None]) -> None:
        with faults.flaky_server(mlflow_open_server.tracking_uri, [faults.LOST]) as server:
            write(connect(mlflow_open_server, tracking_uri=server.address))

    lossy(lambda client: client.create_model(name, "text", {"a": "1"}))
    lossy(lambda client: client.create_experiment(name, "s3://b/x", {"a": "1"}))
    model, experiment = direct.models([name])[name], direct.experiments([name])[name]
    assert (model.description, model.tags, experiment.tags) == ("text", {"a": "1"}, {"a": "1"})
    lossy(lambda client: client.archive_experiment(experiment))
    assert direct.experiments([name])[name].archived is True
    lossy(lambda client: client.delete_model(name))
    assert direct.models([name]) == {}


# Not you


def test_a_wrong_password_is_tried_once(mlflow_server: ModelRegistry) -> None:
    log = Log(mlflow_server)
    assert refused(connect(mlflow_server, password=SECRET)) == (
        "MLflow refuses user admin: wrong user name or password"
    )
    assert len(log.requests()) == 1


def test_a_server_with_users_wants_to_know_who_asks(mlflow_server: ModelRegistry) -> None:
    assert refused(connect(mlflow_server, username="", password="")) == (
        "MLflow wants to know who asks: give username and password, or token"
    )
    assert refused(connect(mlflow_server, username="", password="", token=SECRET)) == "MLflow refuses the token"


def test_what_a_user_may_not_concerns_one_object(mlflow_server: ModelRegistry) -> None:
    admin = connect(mlflow_server)
    name, user = new_name(), new_name("user")
    admin.create_model(name, "", {})
    admin._call("POST", "users/create", "make a user", body={"username": user, "password": f"{SECRET}-of-{user}"})
    limited = connect(mlflow_server, username=user, password=f"{SECRET}-of-{user}")
    assert limited.models([name])[name].description == ""
    with pytest.raises(ItemError, match=f"cannot set tag a of model {name}: user {user} may not: Permission denied"):
        limited.set_tag(name, "a", "1")


def test_the_secret_may_be_of_any_letters(certificates: faults.Certificates) -> None:
    with faults.tls_server(certificates.good, NO_MODELS) as server:
        odd = Connection(server.address, username="jürgen", password="пароль:€", verify=certificates.ca_path)
        assert MlflowClient(odd).models() == {}
