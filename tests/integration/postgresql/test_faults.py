# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""A server that is silent, gone, locked or somebody else: one clear line, in time."""

from __future__ import annotations

import time
import typing as t
import urllib.parse

import psycopg
import pytest

from ansible_collections.baremetal.mlops.tests.unit.fakes.api_server import api_server, pod
from tests.integration import faults
from tests.integration.modules.wire import postgresql_tls, wire

if t.TYPE_CHECKING:
    import pathlib

    from tests.integration.postgresql.conftest import Answer, Module
    from tests.services import Database

NEW = {"roles": [{"name": "a", "login": True, "password": "pw"}], "databases": [{"name": "d", "owner": "a"}]}
# Attempts that a login may have left in the server's log.
REFUSED = "FATAL:  password authentication failed"


def at(address: str) -> dict[str, t.Any]:
    """The options for an address."""
    parts = urllib.parse.urlsplit(address)
    return {"login_host": parts.hostname, "login_port": parts.port}


def failure(answer: Answer) -> str:
    assert answer["failed"] is True
    assert "\n" not in answer["msg"]
    return str(answer["msg"])


def test_a_server_that_never_answers_is_given_up(run: Module) -> None:
    with faults.silent_server() as address:
        started = time.monotonic()
        said = failure(run(**{**NEW, **at(address), "timeout": 2}))
        assert time.monotonic() - started < 3
        assert said == f"PostgreSQL at {address.removeprefix('http://')} does not answer within 2 seconds"


@pytest.mark.parametrize("heard", [4, 6, 8, 10, 12, 14])
def test_a_server_that_falls_silent_is_given_up(run: Module, heard: int) -> None:
    """Of all that the module says only the first messages reach the server."""
    upstream = f"http://127.0.0.1:{run.server.port}"
    with wire(upstream, watch=lambda number: number <= heard) as line:
        started = time.monotonic()
        said = failure(run(**{**NEW, **at(line.address), "timeout": 2}))
        assert time.monotonic() - started < 3.5
        assert "does not answer within 2 seconds" in said
    assert not run(**NEW).get("failed")
    assert run(**NEW)["changed"] is False


def test_a_closed_port_fails_soon(run: Module) -> None:
    address = faults.closed_port()
    started = time.monotonic()
    said = failure(run(**{**NEW, **at(address)}))
    assert time.monotonic() - started < 5
    assert said == f"PostgreSQL at {address.removeprefix('http://')} cannot be reached: Connection refused"


def test_a_name_that_is_not_known_fails_soon(run: Module) -> None:
    said = failure(run(**{**NEW, "login_host": "nowhere.invalid"}))
    assert said.startswith("the name of PostgreSQL at nowhere.invalid:")


def test_a_connection_that_is_broken_is_made_again(run: Module) -> None:
    with wire(f"http://127.0.0.1:{run.server.port}", resets=2) as line:
        assert not run(**{**NEW, **at(line.address)}).get("failed")


@pytest.mark.parametrize(
    ("host", "mode"),
    [
        ("127.0.0.1", "verify-full"),
        ("localhost", "verify-full"),
        ("127.0.0.1", "prefer"),
        ("127.0.0.1", "allow"),
        ("127.0.0.1", "require"),
        ("127.0.0.1", "disable"),
    ],
)
def test_wrong_credentials_are_tried_once(run: Module, host: str, mode: str) -> None:
    before = run.server.log.stat().st_size
    wrong = {"login_host": host, "ssl_mode": mode, "login_password": "wr0ng-canary"}
    said = failure(run(**{**NEW, **wrong}))
    assert said.endswith('refuses the login of postgres: password authentication failed for user "postgres"')
    assert "wr0ng-canary" not in said
    assert run.server.log.read_bytes()[before:].decode().count(REFUSED) == 1


def test_a_password_that_is_missing_is_told(run: Module, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/nonexistent")
    said = failure(run(**{**NEW, "login_password": None}))
    assert said.endswith("login_password is not given, and the server wants one")


def test_a_database_that_is_missing_is_told(each: Module) -> None:
    assert "nowhere" in failure(each(**{**NEW, "login_db": "nowhere"}))


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("expired", "its certificate is refused: certificate has expired (it is for localhost, 127.0.0.1, valid "),
        ("early", "its certificate is refused: certificate is not yet valid (it is for localhost, 127.0.0.1, valid "),
        ("stranger", "its certificate is refused: unable to get local issuer certificate (it is for "),
        ("elsewhere", "(it is for elsewhere.example.com, valid "),
    ],
)
def test_a_certificate_is_refused_with_the_reason(run: Module, tmp_path: pathlib.Path, kind: str, reason: str) -> None:
    certificates = faults.certificates(tmp_path)
    with postgresql_tls(getattr(certificates, kind)) as address:
        said = failure(run(**{**NEW, **at(address), "ca_cert": certificates.ca_path}))
    assert reason in said
    assert said.startswith(f"PostgreSQL at {address.removeprefix('http://')} gives no connection: ")


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer", "require", "verify-ca"])
def test_each_mode_of_encryption_works(run: Module, mode: str) -> None:
    assert not run(**{**NEW, "ssl_mode": mode}).get("failed")


def test_the_own_password_can_be_changed(each: Module, clean: Database) -> None:
    """Databases are entered after that, as the same role."""
    clean.query("create role chief superuser login password 'former'")
    spec: dict[str, t.Any] = {
        "roles": [{"name": "chief", "password": "present"}],
        "databases": [{"name": "d", "schemas": [{"name": "s"}]}],
    }
    assert not run_as(each, "former", spec).get("failed")
    assert run_as(each, "present", spec)["changed"] is False


def run_as(module: Module, password: str, spec: dict[str, t.Any]) -> Answer:
    return module(**{**spec, "login_user": "chief", "login_password": password})


def test_what_is_locked_is_given_up_and_the_rest_is_made(each: Module, clean: Database) -> None:
    each(roles=[{"name": "a"}, {"name": "c"}], databases=[{"name": "d"}, {"name": "e"}])
    with psycopg.connect(clean.dsn()) as other:
        other.execute("alter role a createdb")
        other.execute("comment on database d is 'locked'")
        started = time.monotonic()
        failed = each(
            roles=[{"name": "a", "login": True}, {"name": "b"}],
            databases=[
                {"name": "d", "state": "absent", "force_drop": True},
                {"name": "e", "connection_limit": 3},
            ],
            timeout=2,
        )
        assert time.monotonic() - started < 6
        other.rollback()
    assert [one["item"] for one in failed["failures"]] == ["roles.a", "databases.d"]
    assert "cannot change role a: login: it is locked by another session, or takes longer than" in failure(failed)
    assert failed["actions"] == ["create role b", "change database e: connection limit 3"]


def test_a_server_that_only_reads_is_told(run: Module, clean: Database) -> None:
    clean.query("create role reader superuser login password 'pw'")
    clean.query("alter role reader set default_transaction_read_only to on")
    said = failure(run(**{**NEW, "login_user": "reader", "login_password": "pw"}))
    assert "cannot execute SELECT FOR UPDATE" in said or "read-only transaction (is it a standby?)" in said


def test_what_the_login_may_not_do_fails_for_the_item(each: Module, clean: Database) -> None:
    clean.query("create role weak login password 'pw'")
    clean.query("create database d")
    login = {"login_user": "weak", "login_password": "pw"}
    failed = each(**{"roles": [{"name": "a"}], "databases": [{"name": "d", "connection_limit": 4}], **login})
    said = failure(failed)
    assert "cannot create role a: permission denied to create role" in said
    assert "must be owner of database d" in said
    assert [one["item"] for one in failed["failures"]] == ["roles.a", "databases.d.settings"]


def test_a_role_that_owns_something_is_kept_and_it_is_said_what(run: Module, clean: Database) -> None:
    clean.query("create role a")
    clean.query("create database d")
    clean.query("create table t()", "d")
    clean.query("create table u()", "d")
    clean.query("alter table t owner to a; alter table u owner to a", "d")
    clean.query("create database e owner a")
    gone = [{"name": "a", "state": "absent"}]
    checked = failure(run(roles=gone, _ansible_check_mode=True))
    said = failure(run(roles=gone))
    assert said == checked
    assert "role a is not dropped: it owns 2 objects in d, it owns database e: give that to another role first" in said
    # What the plan cannot know the server says.
    clean.query("create schema s authorization a", "d")
    clean.query("alter database e owner to postgres")
    moved = {"name": "d", "schemas": [{"name": "s", "owner": "postgres"}]}
    said = failure(run(roles=gone, databases=[moved]))
    assert 'cannot drop role a: role "a" cannot be dropped because some objects depend on it; 2 objects in' in said


def test_sessions_are_counted_before_a_database_is_dropped(run: Module, clean: Database) -> None:
    clean.query("create database d")
    gone = {"name": "d", "state": "absent"}
    with psycopg.connect(clean.dsn("d")):
        said = failure(run(databases=[gone]))
        assert "database d: it is not dropped: its data would be lost and 1 sessions in it would be ended" in said
        assert run(databases=[{**gone, "force_drop": True}])["changed"] is True


def test_a_database_whose_deletion_was_interrupted_is_told(run: Module, clean: Database) -> None:
    clean.query("create database d")
    clean.query("update pg_database set datconnlimit = -2 where datname = 'd'")
    assert "its deletion was interrupted" in failure(run(databases=[{"name": "d", "extensions": ["hstore"]}]))
    assert run(databases=[{"name": "d", "state": "absent", "force_drop": True}])["changed"] is True
    assert run(databases=[{"name": "d"}])["changed"] is True


def test_no_password_reaches_the_server(each: Module, clean: Database) -> None:
    """Not even its own log, which has all statements."""
    secret = "s3cr3t-canary"
    before = clean.log.stat().st_size
    each(roles=[{"name": "a", "login": True, "password": secret}])
    each(roles=[{"name": "a", "password": f"{secret}-2"}])
    said = clean.log.read_bytes()[before:].decode()
    assert "SCRAM-SHA-256$" in said
    assert secret not in said


def test_through_kubernetes(clean: Database, run: Module, tmp_path: pathlib.Path) -> None:
    labels = "cnpg.io/cluster=platform,cnpg.io/instanceRole=primary"
    with api_server(tmp_path, faults.certificates(tmp_path)) as kubernetes:
        kubernetes.pods = [pod("platform-1", labels)]
        kubernetes.target = (clean.host, clean.port)
        way = {"kubeconfig": kubernetes.kubeconfig, "namespace": "postgresql", "selector": labels}
        # The certificate is for localhost, whatever the way.
        args = {**NEW, "kubernetes": way, "login_host": "localhost", "login_port": 1}
        assert not run(**args).get("failed")
        assert run(**args)["changed"] is False
        deadline = time.monotonic() + 5
        while kubernetes.open and time.monotonic() < deadline:
            time.sleep(0.02)
        assert kubernetes.open == 0
        said = failure(run(**{**args, "login_host": "elsewhere.example.com"}))
        assert "Hostname mismatch" in said or "does not match host name" in said
        said = failure(run(**{**args, "login_password": "wrong"}))
        assert said.startswith(f"PostgreSQL in postgresql ({labels}) refuses the login of postgres: password")
        kubernetes.target = None
        said = failure(run(**args))
        assert "no way to postgresql/platform-1:5432: an error occurred forwarding" in said
        kubernetes.pods = []
        assert failure(run(**args)) == f"Kubernetes: there is no pod in postgresql with {labels}"
