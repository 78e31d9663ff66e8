"""Serve one model of MLflow's format by the Open Inference Protocol, version 2, over HTTP.

Runs in MLflow's own image, so that the MLflow which reads a model is the one that wrote it. Asks nobody: the model is
in a folder already. Reads INFERENCE_SERVICE_NAME, or MODEL_NAME for another name than that, MODEL_DIR, HOST and PORT.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import json
import logging
import math
import os
import sys
import typing as t

import mlflow.pyfunc
import numpy as np
import pandas as pd
import prometheus_client
import uvicorn
from fastapi import FastAPI, Request, Response
from mlflow.exceptions import MlflowException

LOG = logging.getLogger("mlflow_server")
NUMBERS = {
    "BOOL": "bool",
    "UINT8": "uint8",
    "UINT16": "uint16",
    "UINT32": "uint32",
    "UINT64": "uint64",
    "INT8": "int8",
    "INT16": "int16",
    "INT32": "int32",
    "INT64": "int64",
    "FP16": "float16",
    "FP32": "float32",
    "FP64": "float64",
}
DATATYPES = {name: datatype for datatype, name in NUMBERS.items()}
# As KServe's own servers name it.
SECONDS = prometheus_client.Histogram("request_predict_seconds", "Time of a prediction", ["model_name"])
FAILURES = prometheus_client.Counter("request_predict_failures", "Predictions that failed", ["model_name", "status"])


class RequestError(Exception):
    """The request is wrong, and this says how."""


def array(item: t.Any) -> np.ndarray:
    """One tensor of a request."""
    if not isinstance(item, dict) or not isinstance(item.get("name"), str):
        raise RequestError("each of the inputs has to be an object with a name, a shape, a datatype and data")
    name, datatype = item["name"], item.get("datatype")
    if "data" not in item:
        raise RequestError(f"input {name} has no data: tensors are taken as JSON only")
    if datatype not in (*NUMBERS, "BYTES"):
        raise RequestError(f"input {name} has the datatype {datatype}: known are {', '.join((*NUMBERS, 'BYTES'))}")
    try:
        found = np.array(item["data"], dtype=NUMBERS.get(datatype, "object"))
        return found.reshape([int(size) for size in item["shape"]])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise RequestError(f"input {name} is not {datatype} of the shape {item.get('shape')}: {error}") from error


def columns(tensors: dict[str, np.ndarray]) -> pd.DataFrame:
    """Tensors as columns of one table."""
    rows = {name: found.size for name, found in tensors.items()}
    if len(set(rows.values())) > 1:
        raise RequestError(f"the inputs differ in their number of rows: {rows}")
    return pd.DataFrame({name: found.ravel() for name, found in tensors.items()})


def model_input(tensors: dict[str, np.ndarray], schema: t.Any) -> t.Any:
    """What the model is given: the table, the array or the arrays that its signature asks for."""
    only = next(iter(tensors.values())) if len(tensors) == 1 else None
    named = schema is not None and schema.has_input_names()
    if schema is not None and schema.is_tensor_spec():
        return tensors if named or only is None else only
    if named and only is not None and set(tensors) != set(schema.input_names()):
        names = schema.input_names()
        if only.shape[1:] != (len(names),):
            raise RequestError(
                f"the model takes the columns {', '.join(names)}: give one input of two dimensions with {len(names)}"
                " columns, or one input a column"
            )
        return pd.DataFrame(only, columns=names)
    if only is not None and not named:
        return only
    return columns(tensors)


def tensor(name: str, value: t.Any) -> dict[str, t.Any]:
    """One tensor of an answer. Numbers that JSON does not have are null."""
    found = np.asarray(value)
    datatype = DATATYPES.get(str(found.dtype), "BYTES")
    data = found.ravel().tolist()
    if datatype == "BYTES":
        data = [item.decode(errors="replace") if isinstance(item, bytes) else str(item) for item in data]
    elif found.dtype.kind == "f":
        data = [item if math.isfinite(item) else None for item in data]
    return {"name": name, "shape": list(found.shape), "datatype": datatype, "data": data}


def outputs(result: t.Any) -> list[dict[str, t.Any]]:
    """What the model gave, one tensor for a result and one a column for a table."""
    if isinstance(result, pd.DataFrame):
        return [tensor(str(name), result[name].to_numpy()) for name in result.columns]
    if isinstance(result, dict):
        return [tensor(str(name), value) for name, value in result.items()]
    return [tensor("output-0", result)]


class Server:
    """The model and its answers."""

    def __init__(self, name: str, folder: str) -> None:
        self.name = name
        self.model = mlflow.pyfunc.load_model(folder)
        self.schema = self.model.metadata.get_input_schema()
        # Models are not made to be asked by two threads at once.
        self.worker = concurrent.futures.ThreadPoolExecutor(1)

    def described(self) -> dict[str, t.Any]:
        """What the model says of itself."""
        version = mlflow.__version__
        about = {"name": self.name, "platform": f"mlflow-{version}", "versions": [], "inputs": [], "outputs": []}
        sides = {"inputs": self.schema, "outputs": self.model.metadata.get_output_schema()}
        for side, schema in sides.items():
            for number, spec in enumerate(schema.inputs if schema is not None else []):
                kind = spec.type
                wanted = kind.to_numpy() if hasattr(kind, "to_numpy") else kind
                datatype = DATATYPES.get(str(getattr(wanted, "name", wanted)), "BYTES")
                shape = list(getattr(spec, "shape", (-1,)))
                default = f"{side[:-1]}-{number}"
                about[side].append({"name": spec.name or default, "datatype": datatype, "shape": shape})
        return about

    def infer(self, body: bytes) -> dict[str, t.Any]:
        """One request."""
        try:
            request = json.loads(body)
        except ValueError as error:
            raise RequestError(f"the request is not JSON: {error}") from error
        inputs = request.get("inputs") if isinstance(request, dict) else None
        if not isinstance(inputs, list) or not inputs:
            raise RequestError("the request has no inputs")
        arrays = [array(item) for item in inputs]
        tensors = {item["name"]: found for item, found in zip(inputs, arrays, strict=True)}
        if len(tensors) != len(inputs):
            raise RequestError("two inputs have the same name")
        result = self.model.predict(model_input(tensors, self.schema))
        answer = {"model_name": self.name, "outputs": outputs(result)}
        return {**answer, "id": request["id"]} if "id" in request else answer

    async def answer(self, body: bytes) -> Response:
        """One request, with what went wrong as the protocol says it."""
        loop = asyncio.get_running_loop()
        try:
            with SECONDS.labels(self.name).time():
                return reply(await loop.run_in_executor(self.worker, self.infer, body))
        except RequestError as error:
            return self.failed(400, str(error))
        except MlflowException as error:
            return self.failed(error.get_http_status_code(), error.message)
        except Exception as error:  # whatever the model's own code raises
            LOG.exception("the model failed")
            return self.failed(500, f"{type(error).__name__}: {error}")

    def failed(self, status: int, text: str) -> Response:
        """The answer to a request that failed."""
        FAILURES.labels(self.name, str(status)).inc()
        return reply({"error": text}, status)


def reply(answer: dict[str, t.Any], status: int = 200) -> Response:
    """An answer of the protocol."""
    return Response(json.dumps(answer, allow_nan=False), status, media_type="application/json")


def application(server: Server) -> FastAPI:
    """The addresses of the protocol."""
    app = FastAPI(openapi_url=None)
    place = f"/v2/models/{server.name}"

    @app.get("/v2/health/live")
    async def live() -> Response:
        return reply({"live": True})

    @app.get("/v2/health/ready")
    async def ready() -> Response:
        return reply({"ready": True})

    @app.get("/v2")
    async def about() -> Response:
        return reply({"name": "mlflow", "version": mlflow.__version__, "extensions": []})

    @app.get(place)
    async def model() -> Response:
        return reply(server.described())

    @app.get(f"{place}/ready")
    async def model_ready() -> Response:
        return reply({"name": server.name, "ready": True})

    @app.post(f"{place}/infer")
    async def infer(request: Request) -> Response:
        return await server.answer(await request.body())

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(prometheus_client.generate_latest(), media_type=prometheus_client.CONTENT_TYPE_LATEST)

    @app.api_route("/v2/models/{other:path}", methods=["GET", "POST"])
    async def unknown(other: str) -> Response:
        return reply({"error": f"there is no {other} here: the model is {server.name}"}, 404)

    return app


def main() -> int:
    """Load the model and serve it; 1 with one line of why if it cannot be loaded."""
    name = os.environ.get("MODEL_NAME") or os.environ["INFERENCE_SERVICE_NAME"]
    folder = os.environ.get("MODEL_DIR", "/mnt/models")
    try:
        server = Server(name, folder)
    except Exception as error:  # whatever a pickle raises
        reason = " ".join(str(error).split())
        print(f"model {name} cannot be loaded by MLflow {mlflow.__version__}: {type(error).__name__}: {reason}"[:2000])
        return 1
    uvicorn.run(
        application(server),
        host=os.environ.get("HOST", "0.0.0.0"),
        port=int(os.environ.get("PORT", "8080")),
        access_log=False,
        timeout_graceful_shutdown=20,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
