# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Models with three aliases in MLflow's registry, with and without authentication. Read from the database behind it."""

from __future__ import annotations

import base64
import contextlib
import re
import typing as t
from dataclasses import dataclass

import urllib3
import yaml

from tests.services import mlflow, postgresql

from .commands import ROOT
from .subject import Requests, closed_port, names

if t.TYPE_CHECKING:
    import pathlib

    from tests.services.database import Database
    from tests.services.model_registry import ModelRegistry

ALIASES = {"champion": 3, "challenger": 2, "former": 1}
API = "/api/2.0/mlflow"
REQUEST = re.compile(r'"(GET|HEAD|POST|PUT|PATCH|DELETE) (\S+) HTTP', re.MULTILINE)
# The tables of one model; each row of the first model is copied under the other names.
TABLES = ("registered_models", "model_versions", "registered_model_aliases")
COPY = """
insert into {table}
select (jsonb_populate_record(first, jsonb_build_object('name', 'bench-' || lpad(number::text, 5, '0')))).*
from {table} first, generate_series({start}, {end}) number where first.name = '{name}'
"""


@contextlib.contextmanager
def without_authentication(folder: pathlib.Path) -> t.Iterator[Models]:
    """An open server."""
    with postgresql(folder / "database", durable=True) as database, _server(folder, database, auth=False) as server:
        yield Models(server, database, folder)


@contextlib.contextmanager
def with_authentication(folder: pathlib.Path) -> t.Iterator[Models]:
    """A server that checks a password at each request."""
    with postgresql(folder / "database", durable=True) as database, _server(folder, database, auth=True) as server:
        yield Models(server, database, folder)


def _server(folder: pathlib.Path, database: Database, auth: bool) -> contextlib.AbstractContextManager[ModelRegistry]:
    """As many workers as the role starts."""
    defaults = yaml.safe_load((ROOT / "roles/mlflow/defaults/main.yml").read_text())
    return mlflow(folder / "server", database, auth=auth, workers=defaults["mlflow_workers"])


@dataclass(frozen=True)
class Models:
    """Models of the benchmark on one server."""

    server: ModelRegistry
    database: Database
    folder: pathlib.Path

    module = "mlflow_registry"

    @property
    def version(self) -> str:
        answer = urllib3.request("GET", f"{self.server.tracking_uri}/version", headers=self._headers())
        return f"MLflow {answer.data.decode()}"

    def options(self, count: int) -> dict[str, t.Any]:
        return {
            "tracking_uri": self.server.tracking_uri,
            "username": self.server.username,
            "password": self.server.password,
            "models": [{"name": name, "aliases": ALIASES} for name in names(count)],
        }

    def nowhere(self) -> dict[str, t.Any]:
        return {"tracking_uri": f"http://127.0.0.1:{closed_port()}"}

    def keep_alive(self, count: int) -> dict[str, t.Any]:
        """What the bare client reads."""
        wanted = dict.fromkeys(names(count), ALIASES)
        return {"address": self.server.tracking_uri, "headers": self._headers(), "models": wanted}

    def clean(self) -> None:
        for table in reversed(TABLES):
            self._sql(f"delete from {table} where name like 'bench-%'")

    def fill(self, count: int) -> None:
        """The first by the API, the others as copies of its rows: a request would take fifty milliseconds."""
        there = int(self._sql("select count(*) from registered_models")[0][0])
        first = names(1)[0]
        if not there:
            self._make(first)
        for table in TABLES:
            self._sql(COPY.format(table=table, start=max(1, there), end=count - 1, name=first))
        # PostgreSQL would do so by itself within a minute; until then it plans for empty tables.
        self._sql("analyze")

    def state(self, count: int) -> object:
        rows = self._sql("select name, alias, version from registered_model_aliases order by 1, 2")
        found: dict[str, dict[str, int]] = {}
        for name, alias, version in rows:
            found.setdefault(name, {})[alias] = int(version)
        return found

    def requests(self) -> Requests:
        asked = REQUEST.findall(self.server.log.read_text(errors="replace"))
        asked = [(verb, path) for verb, path in asked if path.startswith("/api/")]
        reads = sum(verb in {"GET", "HEAD"} or path.endswith("/search") for verb, path in asked)
        return Requests(reads, len(asked) - reads)

    def _make(self, name: str) -> None:
        self._call("POST", "registered-models/create", name=name)
        for version in sorted(ALIASES.values()):
            self._call("POST", "model-versions/create", name=name, source=f"s3://models/{name}/{version}")
        for alias, version in ALIASES.items():
            self._call("POST", "registered-models/alias", name=name, alias=alias, version=str(version))

    def _call(self, method: str, path: str, **body: str) -> None:
        address = f"{self.server.tracking_uri}{API}/{path}"
        answer = urllib3.request(method, address, json=body, headers=self._headers())
        if answer.status >= 400:
            raise RuntimeError(f"{path}: {answer.status} {answer.data.decode()}")

    def _headers(self) -> dict[str, str]:
        if self.server.username is None:
            return {}
        pair = base64.b64encode(f"{self.server.username}:{self.server.password}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}

    def _sql(self, statement: str) -> list[tuple[t.Any, ...]]:
        return self.database.query(statement, self._registry)

    @property
    def _registry(self) -> str:
        rows = self.database.query("select datname from pg_database where datname ~ '^mlflow_[0-9a-f]+$'")
        return str(rows[0][0])
