# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""One contract: what the module does to the server in memory it does to a real one, directly and through PgBouncer."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.baremetal.mlops.plugins.modules import postgresql_databases, postgresql_databases_info
from ansible_collections.baremetal.mlops.tests.unit.fakes import modules
from ansible_collections.baremetal.mlops.tests.unit.fakes.postgresql_cases import CASES, SECRET, Spec, grant

if t.TYPE_CHECKING:
    from tests.integration.postgresql.conftest import Module
    from tests.services import Database

WRITES = ("create", "alter", "drop", "grant", "revoke", "set ")


def written(server: Database, since: int) -> list[str]:
    """Statements in the server's own log that could change something."""
    lines = server.log.read_bytes()[since:].decode().splitlines()
    said = [line.partition("LOG:  statement: ")[2].lower() for line in lines if "baremetal.mlops LOG:" in line]
    return [line for line in said if any(word in line for word in WRITES)]


@pytest.mark.parametrize(("start", "spec", "actions"), CASES)
def test_check_mode_predicts_and_a_second_run_does_nothing(
    each: Module, clean: Database, start: Spec, spec: Spec, actions: list[str] | None
) -> None:
    each.secrets.append(SECRET)
    assert not each(**start).get("failed")
    if actions is None:
        failed = each(**spec)
        assert "it has privileges on database d" in failed["msg"]
        assert each(**spec, _ansible_check_mode=True)["msg"] == failed["msg"]
        return
    before = clean.log.stat().st_size
    checked = each(**spec, _ansible_check_mode=True)
    assert written(clean, before) == []
    assert modules.four_claims(postgresql_databases.main, each.capsys, **each.login, **spec) == actions
    # One message of the protocol, and so one transaction, for each action.
    assert len(written(clean, before)) == len(actions)
    before = clean.log.stat().st_size
    again = each(**spec)
    assert (again["roles"], again["databases"]) == (checked["roles"], checked["databases"])
    assert again["changed"] is False
    assert written(clean, before) == []


def test_what_info_says_is_what_the_module_takes(each: Module, clean: Database) -> None:
    spec: Spec = {
        "roles": [
            {"name": "readers"},
            {"name": "mlflow", "login": True, "password": SECRET, "connection_limit": 9, "member_of": ["readers"]},
        ],
        "databases": [
            {
                "name": "mlflow",
                "owner": "mlflow",
                "public_connect": False,
                "grants": [grant("readers", "CONNECT", "TEMPORARY")],
                "extensions": [{"name": "hstore", "schema": "reports"}],
                "schemas": [{"name": "reports", "owner": "mlflow", "grants": [grant("readers", "USAGE")]}],
            }
        ],
    }
    each.secrets.append(SECRET)
    each(**spec)
    found = each(postgresql_databases_info.main)
    assert found["has_password"] == {"mlflow": True, "postgres": True, "readers": False}
    assert [item["name"] for item in found["databases"]] == ["mlflow", "postgres"]
    (mlflow,) = (item for item in found["databases"] if item["name"] == "mlflow")
    assert mlflow["grants"] == [grant("readers", "CONNECT", "TEMPORARY")]
    before = clean.log.stat().st_size
    assert each(roles=found["roles"], databases=found["databases"])["changed"] is False
    assert written(clean, before) == []
    clean.query("drop database mlflow with (force)")
    clean.query("drop role mlflow, readers")
    assert not each(roles=found["roles"], databases=found["databases"]).get("failed")
    again = each(postgresql_databases_info.main)
    assert (again["roles"], again["databases"]) == (found["roles"], found["databases"])


def test_info_reads_only_what_is_named(each: Module, clean: Database) -> None:
    none = each(postgresql_databases_info.main, roles=[], databases=[])
    assert (none["roles"], none["databases"]) == ([], [])
    clean.query("create database closed allow_connections false")
    named = each(postgresql_databases_info.main, roles=["postgres", "nobody"], databases=["closed"])
    assert [role["name"] for role in named["roles"]] == ["postgres"]
    assert "schemas" not in named["databases"][0]
    assert "closed" in str(named["warnings"])
