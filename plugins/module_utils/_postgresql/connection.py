# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Where a PostgreSQL server is and how to log in: the options that all its modules share.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible.module_utils.basic import env_fallback

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import PlatformError

if t.TYPE_CHECKING:
    from collections.abc import Mapping

SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
LAST_PORT = 65535

OPTIONS: Mapping[str, Mapping[str, t.Any]] = {
    "login_host": {"type": "str", "default": "localhost", "fallback": (env_fallback, ["PGHOST"])},
    "login_port": {"type": "int", "default": 5432, "fallback": (env_fallback, ["PGPORT"])},
    "login_user": {"type": "str", "default": "postgres", "fallback": (env_fallback, ["PGUSER"])},
    "login_password": {"type": "str", "no_log": True, "fallback": (env_fallback, ["PGPASSWORD"])},
    "login_db": {"type": "str", "default": "postgres", "fallback": (env_fallback, ["PGDATABASE"])},
    "ssl_mode": {
        "type": "str",
        "choices": list(SSL_MODES),
        "default": "verify-full",
        "fallback": (env_fallback, ["PGSSLMODE"]),
    },
    "ca_cert": {"type": "path", "fallback": (env_fallback, ["PGSSLROOTCERT"])},
    "connect_timeout": {"type": "int", "default": 10},
    "timeout": {"type": "int", "default": 30},
    "kubernetes": {
        "type": "dict",
        "options": {
            "kubeconfig": {"type": "path", "required": True},
            "namespace": {"type": "str", "required": True},
            "selector": {"type": "str", "required": True},
            "port": {"type": "int", "default": 5432},
        },
    },
}


@dataclasses.dataclass(frozen=True)
class Kubernetes:
    """A pod that is reached through the API server."""

    kubeconfig: str
    namespace: str
    selector: str
    port: int


@dataclasses.dataclass(frozen=True)
class Connection:
    """``hostaddr`` is where the host really is, if not where its name says. Times are in seconds."""

    host: str
    port: int
    user: str
    password: str | None = dataclasses.field(repr=False)
    database: str
    ssl_mode: str
    ca_cert: str | None
    connect_timeout: int
    timeout: int
    kubernetes: Kubernetes | None = None
    hostaddr: str = ""

    @classmethod
    def from_params(cls, params: Mapping[str, t.Any]) -> Connection:
        """Out of a module's parameters."""
        _check(params)
        return cls(
            host=params["login_host"],
            port=params["login_port"],
            user=params["login_user"],
            password=params["login_password"],
            database=params["login_db"],
            ssl_mode=params["ssl_mode"],
            ca_cert=params["ca_cert"],
            connect_timeout=min(params["connect_timeout"], params["timeout"]),
            timeout=params["timeout"],
            kubernetes=Kubernetes(**params["kubernetes"]) if params["kubernetes"] else None,
        )

    @property
    def address(self) -> str:
        """How messages name the server."""
        if self.kubernetes is not None:
            return f"PostgreSQL in {self.kubernetes.namespace} ({self.kubernetes.selector})"
        return f"PostgreSQL at {self.host}" if self.is_socket else f"PostgreSQL at {self.host}:{self.port}"

    @property
    def is_socket(self) -> bool:
        """Whether the host is the folder of a socket."""
        return self.host.startswith(("/", "@"))

    def through(self, port: int) -> Connection:
        """The same server, reached by a port of this machine. Its certificate is still that of its host."""
        return dataclasses.replace(self, hostaddr="127.0.0.1", port=port)


def _check(params: Mapping[str, t.Any]) -> None:
    for name in ("connect_timeout", "timeout"):
        if params[name] < 1:
            raise PlatformError(f"{name} is {params[name]}, but has to be at least 1 second")
    ports = {"login_port": params["login_port"]}
    if params["kubernetes"]:
        ports["kubernetes.port"] = params["kubernetes"]["port"]
    for name, port in ports.items():
        if not 0 < port <= LAST_PORT:
            raise PlatformError(f"{name} is {port}, but has to be between 1 and {LAST_PORT}")
    for name in ("login_host", "login_user", "login_db"):
        if not params[name] or "\0" in params[name]:
            raise PlatformError(f"{name} is empty or holds a zero byte")
    if params["kubernetes"] and params["login_host"].startswith(("/", "@")):
        raise PlatformError("login_host is a socket, but with kubernetes it has to be the name in the certificate")
