# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""A run that is killed, and two runs at once: in the end all objects are there, whole and once."""

from __future__ import annotations

import concurrent.futures
import random
import secrets
import signal
import threading
import typing as t

import boto3
import pytest

from ansible_collections.baremetal.mlops.tests.unit.fakes import modules
from tests.integration.mlflow import registry
from tests.integration.modules import scenarios
from tests.integration.modules.playbook import Case, Options, Playbook
from tests.integration.modules.scenarios import SCENARIOS, Servers
from tests.integration.modules.wire import wire
from tests.integration.started import started

if t.TYPE_CHECKING:
    import pathlib

SEEDS, OBJECTS, OBJECTS_AT_ONCE = range(12), 50, 30
RUN_LIMIT_SECONDS = 60


def _buckets(servers: Servers) -> list[str]:
    server = servers.minio
    client = boto3.client(
        "s3",
        endpoint_url=server.endpoint_url,
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
        region_name="us-east-1",
        verify=server.ca_path,
    )
    return [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]


def _roles_and_databases(servers: Servers) -> list[str]:
    query = "select rolname from pg_roles union all select datname from pg_database"
    return [name for (name,) in servers.postgresql.query(query)]


def _experiments_and_models(servers: Servers) -> list[str]:
    client = registry.connect(servers.mlflow_open)
    return [*client.experiments(), *client.models()]


# What makes objects, and all that is there by the account of another client where names are not unique by themselves.
WRITERS: dict[str, t.Callable[[Servers], list[str]]] = {
    "s3_buckets": _buckets,
    "postgresql_databases": _roles_and_databases,
    "mlflow_registry": _experiments_and_models,
}


def _names(options: Options) -> list[str]:
    return sorted(item["name"] for items in options.values() for item in items)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", WRITERS)
def test_a_killed_run_is_completed(name: str, seed: int, servers: Servers, capsys: pytest.CaptureFixture[str]) -> None:
    """It is killed when it sends a certain message, which the server gets or does not get."""
    chance = random.Random(seed)
    moment, arrives = chance.randint(2, OBJECTS), chance.random() < 0.5
    area = SCENARIOS[name].area
    door = area.doors(servers)[-1]
    objects = scenarios.many(name, f"killed-{secrets.token_hex(4)}", OBJECTS)
    begun = threading.Event()

    def watch(number: int) -> bool:
        begun.wait()
        if number == moment:
            process.send_signal(signal.SIGKILL)
        return number < moment or (number == moment and arrives)

    with wire(door.address, watch=watch) as line:
        options = {**area.reach(door, line.address, door.authority), **objects}
        with started(name, options) as process:
            begun.set()
            process.wait(RUN_LIMIT_SECONDS)
    assert process.returncode == -signal.SIGKILL
    main = scenarios.main(name)
    rerun, third = (modules.run(main, capsys, **area.reach(door), **objects) for _unused in range(2))
    assert not rerun.get("failed"), rerun["msg"]
    assert rerun["changed"] is True
    assert (third.get("failed"), third["changed"]) == (None, False)
    wanted = _names(objects)
    assert sorted(found for found in WRITERS[name](servers) if found in wanted) == wanted


@pytest.mark.parametrize("name", WRITERS)
def test_two_runs_at_once_make_all_of_it_once(
    name: str, servers: Servers, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first message of either is held until the other one has one to send."""
    area = SCENARIOS[name].area
    door = area.doors(servers)[-1]
    objects = scenarios.many(name, f"twice-{secrets.token_hex(4)}", OBJECTS_AT_ONCE)
    together = threading.Barrier(2, timeout=RUN_LIMIT_SECONDS)

    def watch(number: int) -> bool:
        if number == 1:
            together.wait()
        return True

    def run(side: str) -> dict[str, t.Any]:
        with wire(door.address, watch=watch) as line:
            case = Case(name, side)
            options = {**area.reach(door, line.address, door.authority), **objects}
            return Playbook(tmp_path / side).run({case: options}).results[case]

    with concurrent.futures.ThreadPoolExecutor() as pool:
        results = list(pool.map(run, ("left", "right")))
    assert not all(result["failed"] for result in results), results
    for result in results:
        assert not result["failed"] or "\n" not in result["msg"]
    third = modules.run(scenarios.main(name), capsys, **area.reach(door), **objects)
    assert (third.get("failed"), third["changed"]) == (None, False)
    wanted = _names(objects)
    assert sorted(found for found in WRITERS[name](servers) if found in wanted) == wanted
