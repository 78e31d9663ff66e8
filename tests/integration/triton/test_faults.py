# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Servers that misbehave, runs that are killed, and two runs at once."""

from __future__ import annotations

import concurrent.futures
import json
import random
import signal
import subprocess
import threading
import time
import typing as t

import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError, ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._triton.client import TritonClient
from ansible_collections.baremetal.mlops.plugins.module_utils._triton.connection import Connection, Place
from ansible_collections.baremetal.mlops.plugins.modules import triton_models
from ansible_collections.baremetal.mlops.tests.unit.fakes.modules import run
from tests.integration import faults
from tests.integration.modules.wire import wire
from tests.integration.started import started
from tests.integration.triton.serving import PYTHON, new_name, predict, program, version, where

if t.TYPE_CHECKING:
    import pathlib

    from tests.services import Triton

SECRET = "s3cr3t-canary"
SEEDS, MODELS = range(4), 6
RUN_LIMIT_SECONDS = 120
JSON = {"Content-Type": "application/json"}


def client(address: str, timeout: int = 3, verify: bool | str = True) -> TritonClient:
    where = Connection(Place("models", ""), address, header="triton-admin", key=SECRET, verify=verify, timeout=timeout)
    return TritonClient(where, address)


def refused(asked: TritonClient) -> str:
    with pytest.raises(ApiError) as caught:
        asked.index()
    said = json.dumps([caught.value.msg, caught.value.details])
    assert SECRET not in said
    assert "\\n" not in said
    assert not isinstance(caught.value, ItemError)
    return caught.value.msg


def test_a_server_that_never_answers_is_given_up_in_time() -> None:
    with faults.silent_server() as address:
        started = time.monotonic()
        said = refused(client(address, timeout=3))
        assert time.monotonic() - started < 4
    assert said == f"Triton: cannot read what is served: {address} does not answer within 3 seconds"


def test_a_load_that_is_not_answered_is_asked_once_and_given_up() -> None:
    with faults.silent_server() as address:
        started = time.monotonic()
        with pytest.raises(ItemError, match=r"cannot load model one: .* does not answer within 2 seconds"):
            client(address).load("one", 2)
        assert time.monotonic() - started < 3


def test_a_closed_port_fails_at_once() -> None:
    address = faults.closed_port()
    started = time.monotonic()
    assert refused(client(address, 30)).endswith(f"{address} cannot be reached: Connection refused")
    assert time.monotonic() - started < 5


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
    with faults.tls_server(getattr(certificates, which), b"[]") as server:
        said = refused(client(server.address, verify=certificates.ca_path))
        assert said.startswith(f"Triton: cannot read what is served: the certificate of {server.address} is refused: ")
        assert why in said
        assert server.requests == []


def test_a_right_certificate_is_accepted(certificates: faults.Certificates) -> None:
    with faults.tls_server(certificates.good, b"[]") as server:
        assert client(server.address, verify=certificates.ca_path).index() == {}


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((200, JSON, b"{}"), "there is no Triton at {0}"),
        ((200, {}, b"<html>Welcome</html>"), "there is no Triton at {0}"),
        ((404, {}, b"404 page not found"), "there is no Triton at {0}: it answers 404"),
        ((302, {"Location": "https://login.example.com/"}, b""), "{0} points to https://login.example.com/: set "),
        ((503, {}, b"no server"), "cannot read what is served: the server answers 503"),
        ((403, JSON, b'{"error": "This API is restricted"}'), "the server wants another admin_key"),
    ],
)
def test_who_is_no_triton_is_said_to_be_none(answer: faults.Answer, why: str) -> None:
    with faults.answering_server(lambda _method, _path: answer) as server:
        assert why.format(server.address) in refused(client(server.address))


@pytest.mark.parametrize("fault", [429, 503, faults.RESET])
def test_a_fault_that_passes_is_not_noticed(triton_server: Triton, fault: faults.Fault) -> None:
    with faults.flaky_server(triton_server.server_url, [fault, fault]) as server:
        connection = Connection(Place("x", ""), server.address, header="triton-admin", key=triton_server.admin_key)
        assert isinstance(TritonClient(connection, server.address).index(), dict)


def test_a_silent_s3_ends_the_module_in_time(triton_server: Triton, capsys: pytest.CaptureFixture[str]) -> None:
    with faults.silent_server() as address:
        started = time.monotonic()
        options = where(triton_server, endpoint_url=address, timeout=6)
        failed = run(triton_models.main, capsys, **options, models=[{"name": "one", "config": PYTHON}])
        assert time.monotonic() - started < 8
    assert failed["msg"].endswith(f"{address} does not answer within 6 seconds")


def many(folder: pathlib.Path, name: str) -> list[dict[str, t.Any]]:
    source = version(folder, 1, program())
    return [{"name": f"{name}-{number}", "config": PYTHON, "versions": [source]} for number in range(MODELS)]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("side", ["endpoint_url", "server_url"])
def test_a_killed_run_is_completed(
    triton_server: Triton, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str], side: str, seed: int
) -> None:
    """It is killed when it sends a certain message, which the service gets or does not get."""
    chance = random.Random(seed)
    moment, arrives = chance.randint(3, MODELS), chance.random() < 0.5
    models, begun = many(tmp_path, new_name("killed")), threading.Event()

    def watch(number: int) -> bool:
        begun.wait()
        if number == moment:
            process.send_signal(signal.SIGKILL)
        return number < moment or (number == moment and arrives)

    options = where(triton_server)
    with (
        wire(options[side], watch=watch) as line,
        started("triton_models", {**options, side: line.address, "models": models}) as process,
    ):
        begun.set()
        process.wait(RUN_LIMIT_SECONDS)
    assert process.returncode == -signal.SIGKILL
    rerun, third = (run(triton_models.main, capsys, **options, models=models) for _unused in range(2))
    assert not rerun.get("failed"), rerun["msg"]
    assert (rerun["changed"], third.get("failed"), third["changed"]) == (True, None, False)
    assert [predict(triton_server, model["name"]) for model in models] == [2] * MODELS


def test_two_runs_at_once_end_as_one(
    triton_server: Triton, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    models, options = many(tmp_path, new_name("twice")), where(triton_server)

    def answer(_side: int) -> dict[str, t.Any]:
        with started("triton_models", {**options, "models": models}, subprocess.PIPE) as process:
            assert process.stdout is not None
            found: dict[str, t.Any] = json.loads(process.stdout.read())
            return found

    with concurrent.futures.ThreadPoolExecutor() as pool:
        results = list(pool.map(answer, range(2)))
    assert [result.get("failed") for result in results] == [None, None], results
    third = run(triton_models.main, capsys, **options, models=models)
    assert (third.get("failed"), third["changed"]) == (None, False)
    assert [predict(triton_server, model["name"]) for model in models] == [2] * MODELS
