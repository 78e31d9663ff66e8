# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""MLflow's own server from the root file system of the lab's image, with PostgreSQL behind it."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import typing as t
import urllib.parse
from dataclasses import dataclass, field

from .process import INSIDE, Program, Root, answers_well, free_ports, own_folder, write_secret

if t.TYPE_CHECKING:
    import pathlib

    from .database import Database

MLFLOW = Root("mlflow", 1000)
PROGRAM = "/opt/mlflow/bin/mlflow"
# As the role has it.
AUTH = """\
[mlflow]
default_permission = READ
database_uri = {uri}
admin_username = {username}
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
"""


@dataclass(frozen=True)
class ModelRegistry:
    """An MLflow server, and its administrator if it asks for one."""

    tracking_uri: str
    username: str | None
    password: str | None = field(repr=False)
    log: pathlib.Path


@contextlib.contextmanager
def mlflow(
    folder: pathlib.Path, database: Database, auth: bool = True, workers: int = 1, port: int | None = None
) -> t.Iterator[ModelRegistry]:
    """MLflow's server with databases of its own; each request is a line of its log."""
    folder = own_folder(folder, MLFLOW.uid)
    port = port or free_ports()[0]
    found = ModelRegistry(
        tracking_uri=f"http://127.0.0.1:{port}",
        username="admin" if auth else None,
        password=secrets.token_urlsafe(24) if auth else None,
        log=folder / "mlflow.log",
    )
    shutil.copy(database.ca_cert, folder / "ca.pem")
    env = {
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        # At any port: tests put something between.
        "MLFLOW_SERVER_ALLOWED_HOSTS": "127.0.0.1:*,localhost:*",
        "MLFLOW_BACKEND_STORE_URI": _database(database, "mlflow"),
    }
    options = [
        "--host=127.0.0.1",
        f"--port={port}",
        f"--workers={workers}",
        f"--artifacts-destination={INSIDE}/artifacts",
    ]
    if auth:
        write_secret(
            folder / "auth.ini",
            AUTH.format(uri=_database(database, "mlflow_auth"), username=found.username),
            MLFLOW.uid,
        )
        env["MLFLOW_AUTH_CONFIG_PATH"] = f"{INSIDE}/auth.ini"
        env["MLFLOW_AUTH_ADMIN_PASSWORD"] = str(found.password)
        env["MLFLOW_FLASK_SERVER_SECRET_KEY"] = secrets.token_urlsafe(32)
        options.append("--app-name=basic-auth")
    program = Program("mlflow", folder, (PROGRAM, "server", *options), env=env, root=MLFLOW)
    with program.running(lambda: answers_well(f"{found.tracking_uri}/health")):
        yield found


def _database(server: Database, prefix: str) -> str:
    """Make a database and its owner; how SQLAlchemy reaches it."""
    name, password = f"{prefix}_{secrets.token_hex(4)}", secrets.token_urlsafe(24)
    server.query(f"create role {name} login password '{password}'")
    server.query(f"create database {name} owner {name}")
    options = urllib.parse.urlencode({"sslmode": "verify-full", "sslrootcert": f"{INSIDE}/ca.pem"})
    return f"postgresql+psycopg2://{name}:{password}@{server.host}:{server.port}/{name}?{options}".replace("%2F", "/")
