# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What the tests on real MLflow servers share: names nobody else uses, versions as training makes them, the log."""

from __future__ import annotations

import re
import time
import typing as t
import urllib.request
import uuid

from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.client import MlflowClient
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.connection import Connection
from ansible_collections.baremetal.mlops.tests.unit.fakes.mlflow import FakeMlflow

if t.TYPE_CHECKING:
    from tests.services import ModelRegistry

LOG_LIMIT_SECONDS = 10
READS = ("GET /", "POST /api/2.0/mlflow/experiments/search")


def connect(server: ModelRegistry, **changes: t.Any) -> MlflowClient:
    return MlflowClient(Connection(**{**where(server), **changes}))


def where(server: ModelRegistry) -> dict[str, t.Any]:
    """The options that say where a server is."""
    given = {"tracking_uri": server.tracking_uri, "username": server.username, "password": server.password}
    return {name: value for name, value in given.items() if value is not None}


def new_name(kind: str = "contract") -> str:
    return f"{kind}-{uuid.uuid4().hex[:8]}"


def train(client: MlflowClient | FakeMlflow, name: str, versions: int) -> None:
    """Make versions of a model that exists, as a training run does."""
    for number in range(1, versions + 1):
        if isinstance(client, FakeMlflow):
            client.add_version(name)
        else:
            body = {"name": name, "source": f"s3://models/{name}/{number}"}
            client._call("POST", "model-versions/create", f"make a version of {name}", body=body)


class Log:
    """The requests that a server writes down from now on."""

    def __init__(self, server: ModelRegistry) -> None:
        self._server = server
        self._start = self._end()

    def requests(self) -> list[str]:
        text = self._server.log.read_bytes()[self._start : self._end()].decode()
        return [line for line in re.findall(r'"([A-Z]+ \S+) HTTP/1\.1"', text) if not line.startswith("GET /health")]

    def writes(self) -> list[str]:
        return [request for request in self.requests() if not request.startswith(READS)]

    def _end(self) -> int:
        """Where the log ends, once all before now is written down."""
        mark = uuid.uuid4().hex
        with urllib.request.urlopen(f"{self._server.tracking_uri}/health?{mark}", timeout=LOG_LIMIT_SECONDS):
            pass
        deadline = time.monotonic() + LOG_LIMIT_SECONDS
        while (place := self._server.log.read_bytes().find(mark.encode())) < 0:
            assert time.monotonic() < deadline, f"{self._server.log} tells of no request"
            time.sleep(0.02)
        return place
