# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What the tests on real Triton servers share: connections, names nobody else uses, models, and questions to them."""

from __future__ import annotations

import json
import typing as t
import urllib.error
import urllib.request
import uuid

from ansible_collections.baremetal.mlops.plugins.module_utils._s3 import connection as s3
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.objects import Objects
from ansible_collections.baremetal.mlops.plugins.module_utils._triton.client import TritonClient
from ansible_collections.baremetal.mlops.plugins.module_utils._triton.connection import Connection

if t.TYPE_CHECKING:
    import pathlib

    from tests.services import Triton

X = {"name": "x", "data_type": "TYPE_FP32", "dims": [1]}
Y = {**X, "name": "y"}
PYTHON: dict[str, t.Any] = {"backend": "python", "max_batch_size": 8, "input": [X], "output": [Y]}
# Adds a number, after something that is done when it is loaded.
MODEL = """\
import json
import time
import triton_python_backend_utils as pb_utils

class TritonPythonModel:
    def initialize(self, args):
        {start}

    def execute(self, requests):
        {execute}
        return [
            pb_utils.InferenceResponse(
                [pb_utils.Tensor("y", pb_utils.get_input_tensor_by_name(request, "x").as_numpy() + {add})]
            )
            for request in requests
        ]
"""


def where(server: Triton, **changes: t.Any) -> dict[str, t.Any]:
    """The options that say where a server and its repository are."""
    given = {
        "endpoint_url": server.storage.endpoint_url,
        "access_key": server.storage.access_key,
        "secret_key": server.storage.secret_key,
        "ca_path": server.storage.ca_path,
        "repository": server.repository,
        "server_url": server.server_url,
        "admin_key": server.admin_key,
    }
    return {**given, **changes}


def params(server: Triton, **changes: t.Any) -> dict[str, t.Any]:
    rest = {"region": "us-east-1", "validate_certs": True, "timeout": 30, "kubernetes": None}
    return {**rest, "admin_header": "triton-admin", **where(server, **changes)}


def connect(server: Triton, **changes: t.Any) -> TritonClient:
    connection = Connection.from_params(params(server, **changes))
    return TritonClient(connection, connection.server_url)


def store(server: Triton) -> Objects:
    return Objects(s3.Connection.from_params(params(server)))


def new_name(kind: str = "m") -> str:
    return f"{kind}-{uuid.uuid4().hex[:8]}"


def program(add: float = 1, start: str = "pass", execute: str = "pass") -> str:
    return MODEL.format(add=add, start=start, execute=execute)


def version(folder: pathlib.Path, number: int, text: str) -> dict[str, t.Any]:
    """An item of the module's option, with its files."""
    source = folder / uuid.uuid4().hex
    source.mkdir()
    (source / "model.py").write_text(text)
    return {"version": number, "source": str(source)}


def ask(server: Triton, path: str, body: object = None, limit: float = 30) -> tuple[int, t.Any]:
    """Status and answer of a question that any client may ask."""
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(f"{server.server_url}/v2/{path}", data, limit) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text else None
    except urllib.error.HTTPError as error:
        text = error.read()
        return error.code, json.loads(text) if text else None


def predict(server: Triton, name: str, value: float = 1, tensor: str = "x") -> t.Any:
    """What a model makes of one number."""
    body = {"inputs": [{"name": tensor, "datatype": "FP32", "shape": [1, 1], "data": [value]}]}
    status, answer = ask(server, f"models/{name}/infer", body)
    return answer["outputs"][0]["data"][0] if status == 200 else answer["error"]
