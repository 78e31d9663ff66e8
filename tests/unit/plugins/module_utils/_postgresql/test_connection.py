# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""How messages name a server, and what is refused before it is asked."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import PlatformError
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql.connection import Connection

PARAMS = {
    "login_host": "db",
    "login_port": 5432,
    "login_user": "postgres",
    "login_password": "s3cr3t-canary",
    "login_db": "postgres",
    "ssl_mode": "verify-full",
    "ca_cert": None,
    "connect_timeout": 10,
    "timeout": 30,
    "kubernetes": None,
}
POD = {"kubeconfig": "k", "namespace": "data", "selector": "app=db", "port": 5432}


def connection(**params: t.Any) -> Connection:
    return Connection.from_params({**PARAMS, **params})


def test_a_password_is_in_no_representation() -> None:
    assert "s3cr3t-canary" not in repr(connection())


@pytest.mark.parametrize(
    ("params", "address"),
    [
        ({}, "PostgreSQL at db:5432"),
        ({"login_host": "/run/postgresql"}, "PostgreSQL at /run/postgresql"),
        ({"kubernetes": POD}, "PostgreSQL in data (app=db)"),
    ],
)
def test_an_address_says_where_the_server_is(params: dict[str, t.Any], address: str) -> None:
    assert connection(**params).address == address


def test_a_way_through_kubernetes_keeps_the_name_of_the_certificate() -> None:
    through = connection(kubernetes=POD).through(40000)
    assert (through.host, through.hostaddr, through.port) == ("db", "127.0.0.1", 40000)
    assert through.address == "PostgreSQL in data (app=db)"


def test_a_connection_is_not_waited_for_longer_than_a_statement() -> None:
    assert connection(timeout=3).connect_timeout == 3


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"timeout": 0}, "timeout is 0"),
        ({"connect_timeout": -1}, "connect_timeout is -1"),
        ({"login_port": 0}, "login_port is 0"),
        ({"kubernetes": {**POD, "port": 99999}}, "kubernetes.port is 99999"),
        ({"login_user": ""}, "login_user is empty"),
        ({"login_host": "/run/postgresql", "kubernetes": POD}, "login_host is a socket"),
    ],
)
def test_what_no_server_could_be_is_refused(params: dict[str, t.Any], reason: str) -> None:
    with pytest.raises(PlatformError, match=reason):
        connection(**params)
