# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Two runs at once, runs and servers that are killed, and others who write at the same time."""

from __future__ import annotations

import json
import pathlib
import random
import subprocess
import sys
import threading
import time
import typing as t

import psycopg

from tests import services

if t.TYPE_CHECKING:
    from tests.integration.postgresql.conftest import Answer, Module
    from tests.services import Database

ROOT = pathlib.Path(__file__).parents[3]
COUNT = 12
EXISTS = (psycopg.errors.DuplicateObject, psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation)
END_OUR_SESSIONS = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'baremetal.mlops'"
ALONE = """
import json, sys
from ansible.module_utils.testing import patch_module_args
from ansible_collections.baremetal.mlops.plugins.modules import postgresql_databases
with patch_module_args(json.load(sys.stdin)):
    postgresql_databases.main()
"""


def spec(count: int = COUNT) -> dict[str, t.Any]:
    """Roles and databases with all that the module can make."""
    names = [f"n{number}" for number in range(count)]
    readers = {"role": "readers"}
    schema = {"name": "reports", "grants": [{**readers, "privileges": ["USAGE"]}]}
    return {
        "roles": [
            {"name": "readers"},
            *({"name": name, "login": True, "password": f"secret-{name}", "member_of": ["readers"]} for name in names),
        ],
        "databases": [
            {
                "name": name,
                "owner": name,
                "public_connect": False,
                "grants": [{**readers, "privileges": ["CONNECT"]}],
                "schemas": [{**schema, "owner": name}],
                "extensions": [{"name": "hstore", "schema": "reports"}],
            }
            for name in names
        ],
    }


def start(module: Module, **args: t.Any) -> subprocess.Popen[bytes]:
    """The module in a process of its own, given its arguments."""
    process = subprocess.Popen(
        [sys.executable, "-c", ALONE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": str(ROOT / ".collections")},
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps({**module.login, **args}).encode())
    process.stdin.close()
    return process


def answer(process: subprocess.Popen[bytes]) -> Answer:
    assert process.stdout is not None
    with process:
        found: Answer = json.loads(process.stdout.read())
        return found


def test_two_runs_at_once_converge(each: Module) -> None:
    args = spec()
    answers = [answer(process) for process in [start(each, **args) for _number in range(3)]]
    assert not [found["msg"] for found in answers if found.get("failed")]
    # One of them made everything, and the others, which waited for it, nothing.
    assert sorted(len(found["actions"]) for found in answers) == [0, 0, 1 + 5 * COUNT]
    assert each(**args)["changed"] is False


def test_a_run_that_does_not_end_is_not_waited_for_forever(each: Module, clean: Database) -> None:
    with psycopg.connect(each.server.dsn()) as other:
        other.execute("select pg_advisory_xact_lock(%s)", [0x6D6C6F7073])
        started = time.monotonic()
        failed = each(roles=[{"name": "a"}], timeout=2)
        assert time.monotonic() - started < 4
        assert "another run of this module is at work there: it has not ended within 2 seconds" in failed["msg"]
        assert each(roles=[{"name": "postgres"}], timeout=2)["changed"] is False
    assert each(roles=[{"name": "a"}])["changed"] is True


def test_a_run_that_is_killed_is_completed_by_the_next(each: Module) -> None:
    args = spec()
    for seed in range(6):
        process = start(each, **args)
        time.sleep(0.4 + random.Random(seed).random())
        process.kill()
        process.wait()
    assert not each(**args).get("failed")
    assert each(**args)["changed"] is False


def test_others_who_grant_at_the_same_time_do_no_harm(run: Module, clean: Database) -> None:
    """PostgreSQL refuses one of two writes to the same row of a catalog."""
    run(roles=[{"name": "a"}, {"name": "b"}], databases=[{"name": "d"}])
    end = threading.Event()

    def keep_granting() -> None:
        with psycopg.connect(clean.dsn(), autocommit=True) as other:
            while not end.is_set():
                try:
                    other.execute("grant create on database d to b")
                    other.execute("revoke create on database d from b")
                except psycopg.errors.InternalError_:
                    continue

    threads = [threading.Thread(target=keep_granting) for _number in range(2)]
    for thread in threads:
        thread.start()
    try:
        for privileges in [["CONNECT"], []] * 20:
            grants = [{"role": "a", "privileges": privileges}]
            assert "msg" not in run(databases=[{"name": "d", "grants": grants}])
    finally:
        end.set()
        for thread in threads:
            thread.join()


def test_somebody_elses_creations_are_made_as_wanted(run: Module, clean: Database) -> None:
    """Every second object is made by somebody else while the module is at work."""
    args = spec(8)
    process = start(run, **args)
    with psycopg.connect(clean.dsn(), autocommit=True) as other:
        for number in range(7, -1, -1):
            for statement in (f"create role n{number}", f"create database n{number}"):
                try:
                    other.execute(statement.encode())
                except (
                    psycopg.errors.DuplicateObject,
                    psycopg.errors.DuplicateDatabase,
                    psycopg.errors.UniqueViolation,
                ):
                    continue
    assert not answer(process).get("failed")
    assert run(**args)["changed"] is False


def test_a_server_that_is_killed_is_completed_by_the_next_run(tmp_path: pathlib.Path, run: Module) -> None:
    """Its data stay; the run that loses it says so in one line, and the rerun ends as wanted."""
    args = spec(30)
    with services.postgresql(tmp_path / "server") as server:
        login = {"login_port": server.port, "login_password": server.password, "ca_cert": server.ca_cert}
        process = start(run, **{**args, **login})
        while int(server.query("select count(*) from pg_database")[0][0]) < 9:
            time.sleep(0.02)
        server.query(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'baremetal.mlops'"
        )
        failed = answer(process)
        assert failed["failed"] is True
        assert "\n" not in failed["msg"]
        assert len(failed["actions"]) > 30
        assert not run(**{**args, **login}).get("failed")
        assert run(**{**args, **login})["changed"] is False
