# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""A model that MLflow logged goes to S3, comes back as KServe fetches it, and is served by protocol v2."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import re
import shutil
import typing as t
import urllib.error
import urllib.request
import uuid

import boto3
import pytest

from tests import services
from tests.services import model_server

if t.TYPE_CHECKING:
    from tests.services import ModelServer, ObjectStorage

COLUMNS = ["sepal_length", "sepal_width", "petal_length", "petal_width"]


@dataclasses.dataclass(frozen=True)
class Logged:
    """Folders of models by their names, two rows for the first and what it answered to them."""

    models: dict[str, pathlib.Path]
    rows: list[list[float]]
    answers: list[int]


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Logged:
    folder = tmp_path_factory.mktemp("logged")
    model_server.run_in_mlflow(folder, pathlib.Path(__file__).with_name("log_model.py"), "/srv")
    said = json.loads((folder / "said.json").read_text())
    return Logged({name: folder / place for name, place in said["models"].items()}, said["rows"], said["answers"])


@pytest.fixture(scope="module")
def iris(logged: Logged, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[ModelServer]:
    with services.serving(tmp_path_factory.mktemp("iris"), logged.models["iris"], "iris") as server:
        yield server


@pytest.fixture(scope="module")
def words(logged: Logged, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[ModelServer]:
    with services.serving(tmp_path_factory.mktemp("words"), logged.models["words"], "words") as server:
        yield server


@pytest.fixture(scope="module")
def uploaded(logged: Logged, minio_server: ObjectStorage) -> str:
    client = boto3.client(
        "s3",
        endpoint_url=minio_server.endpoint_url,
        aws_access_key_id=minio_server.access_key,
        aws_secret_access_key=minio_server.secret_key,
        verify=minio_server.ca_path,
        region_name="us-east-1",
    )
    bucket, source = f"models-{uuid.uuid4().hex[:8]}", logged.models["iris"]
    client.create_bucket(Bucket=bucket)
    for path in source.rglob("*"):
        if path.is_file():
            client.upload_file(str(path), bucket, f"iris/{path.relative_to(source)}")
    return f"s3://{bucket}/iris"


def _ask(server: ModelServer, path: str, body: bytes | None = None) -> tuple[int, t.Any]:
    request = urllib.request.Request(f"{server.url}{path}", body)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def _infer(server: ModelServer, *inputs: t.Any, **more: t.Any) -> tuple[int, t.Any]:
    return _ask(server, f"/v2/models/{server.name}/infer", json.dumps({"inputs": inputs, **more}).encode())


def _tensor(name: str, data: list[t.Any], shape: list[int], datatype: str = "FP64") -> dict[str, t.Any]:
    return {"name": name, "shape": shape, "datatype": datatype, "data": data}


def _answer(server: ModelServer, answers: list[int], **more: t.Any) -> tuple[int, t.Any]:
    return 200, {"model_name": server.name, "outputs": [_tensor("output-0", answers, [2], "INT64")], **more}


def test_a_model_comes_back_from_s3_and_is_served(
    uploaded: str, logged: Logged, minio_server: ObjectStorage, tmp_path: pathlib.Path
) -> None:
    folder = model_server.fetch(tmp_path / "fetch", minio_server, uploaded)
    with services.serving(tmp_path / "serve", folder, "back") as server:
        assert _infer(server, _tensor("x", logged.rows, [2, 4])) == _answer(server, logged.answers)


def test_a_model_is_not_fetched_from_a_server_that_is_not_the_sites(
    uploaded: str, minio_server: ObjectStorage, tmp_path: pathlib.Path
) -> None:
    with pytest.raises(services.ServiceError, match="CERTIFICATE_VERIFY_FAILED"):
        model_server.fetch(tmp_path, minio_server, uploaded, trust=False)


def test_a_model_that_is_not_there_is_named(minio_server: ObjectStorage, uploaded: str, tmp_path: pathlib.Path) -> None:
    with pytest.raises(services.ServiceError, match="gone"):
        model_server.fetch(tmp_path, minio_server, f"{uploaded.rpartition('/')[0]}/gone")


def test_rows_in_one_tensor(iris: ModelServer, logged: Logged) -> None:
    flat = [number for row in logged.rows for number in row]
    assert _infer(iris, _tensor("x", flat, [2, 4]), id="7") == _answer(iris, logged.answers, id="7")


def test_a_tensor_for_each_column_in_any_order(iris: ModelServer, logged: Logged) -> None:
    inputs = [_tensor(name, [row[number] for row in logged.rows], [2, 1]) for number, name in enumerate(COLUMNS)]
    assert _infer(iris, *reversed(inputs)) == _answer(iris, logged.answers)


def test_what_a_server_says_of_itself(iris: ModelServer) -> None:
    assert _ask(iris, "/v2/health/live") == (200, {"live": True})
    assert _ask(iris, "/v2")[1]["name"] == "mlflow"
    assert _ask(iris, "/v2/models/iris/ready") == (200, {"name": "iris", "ready": True})
    status, found = _ask(iris, "/v2/models/iris")
    assert (status, found["name"]) == (200, "iris")
    assert found["inputs"] == [{"name": name, "datatype": "FP64", "shape": [-1]} for name in COLUMNS]
    assert _ask(iris, "/v2/models/other/infer", b"{}") == (
        404,
        {"error": "there is no other/infer here: the model is iris"},
    )


@pytest.mark.parametrize(
    ("inputs", "why"),
    [
        ([_tensor("x", [1.0, 2.0], [1, 2])], "the model takes the columns sepal_length, .* with 4 columns"),
        ([_tensor("x", [1.0], [2])], r"input x is not FP64 of the shape \[2\]: cannot reshape"),
        ([_tensor("x", ["a"], [1])], r"input x is not FP64 of the shape \[1\]: could not convert string"),
        ([_tensor("x", [300], [1], "INT8")], "input x is not INT8"),
        ([_tensor("x", [1], [1], "FP8")], "input x has the datatype FP8: known are BOOL, "),
        ([_tensor(name, [1.0], [1]) for name in COLUMNS[:3]], "missing inputs .*petal_width"),
        ([_tensor("a", [1.0], [1]), _tensor("b", [1.0, 2.0], [2])], "differ in their number of rows"),
        ([_tensor("a", [1.0], [1]), _tensor("a", [1.0], [1])], "two inputs have the same name"),
        ([{"name": "x", "shape": [1], "datatype": "FP64"}], "input x has no data"),
        (["x"], "each of the inputs has to be an object"),
        ([], "the request has no inputs"),
    ],
)
def test_a_wrong_request_is_told_why(iris: ModelServer, inputs: list[t.Any], why: str) -> None:
    status, found = _infer(iris, *inputs)
    assert status == 400
    assert re.search(why, found["error"]), found


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"inputs": {}}', b"\xff"])
def test_what_is_no_request_is_refused(iris: ModelServer, body: bytes) -> None:
    status, found = _ask(iris, "/v2/models/iris/infer", body)
    assert status == 400
    assert found["error"].startswith(("the request is not JSON", "the request has no inputs"))


def test_texts_go_in_and_out_and_what_is_no_number_is_null(words: ModelServer) -> None:
    status, found = _infer(words, _tensor("text", ["one", "ärger"], [2], "BYTES"))
    assert status == 200
    assert found["outputs"] == [
        _tensor("text", ["ONE", "ÄRGER"], [2], "BYTES"),
        _tensor("ratio", [None, None], [2]),
    ]


def test_a_model_that_fails_says_so_and_serves_on(words: ModelServer) -> None:
    assert _infer(words, _tensor("text", ["fail"], [1], "BYTES")) == (500, {"error": "RuntimeError: told to fail"})
    assert _infer(words, _tensor("text", ["fine"], [1], "BYTES"))[0] == 200
    with urllib.request.urlopen(f"{words.url}/metrics", timeout=30) as answer:
        metrics = answer.read().decode()
    assert 'request_predict_failures_total{model_name="words",status="500"} 1.0' in metrics
    assert 'request_predict_seconds_count{model_name="words"}' in metrics


@pytest.mark.parametrize("damage", ["truncated", "no model", "no description"])
def test_a_corrupt_model_ends_the_server_with_the_reason(logged: Logged, tmp_path: pathlib.Path, damage: str) -> None:
    model = tmp_path / "model"
    shutil.copytree(logged.models["iris"], model)
    (data,) = [path for path in model.iterdir() if path.name.startswith("model.")]
    if damage == "truncated":
        data.write_bytes(data.read_bytes()[:100])
    elif damage == "no model":
        data.unlink()
    else:
        (model / "MLmodel").unlink()
    with (
        pytest.raises(services.ServiceError, match=r"ended with 1; .*\n(.*\n)*model broken cannot be loaded by MLflow"),
        services.serving(tmp_path / "server", model, "broken"),
    ):
        pass
