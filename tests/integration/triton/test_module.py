# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The modules triton_models and triton_models_info over a real server on a real S3 service."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import json
import pathlib
import re
import time
import typing as t
import urllib.request

import pytest
import yaml

from ansible_collections.baremetal.mlops.plugins.module_utils._s3 import objects
from ansible_collections.baremetal.mlops.plugins.modules import s3_users, triton_models, triton_models_info
from ansible_collections.baremetal.mlops.tests.unit.fakes.modules import four_claims, run
from tests import services
from tests.integration.mlflow import registry
from tests.integration.s3.storage import where as s3_where
from tests.integration.triton.serving import PYTHON, X, Y, ask, new_name, predict, program, store, version, where

if t.TYPE_CHECKING:
    from tests.services import ModelRegistry, ObjectStorage, Triton

Capture = pytest.CaptureFixture[str]
ROOT = pathlib.Path(__file__).parents[3]
READS = ("Get", "Head", "List")
# Asks another model, as business logic scripting does.
LOGIC = """\
import triton_python_backend_utils as pb_utils

class TritonPythonModel:
    def execute(self, requests):
        return [self.asked(request) for request in requests]

    def asked(self, request):
        x = pb_utils.get_input_tensor_by_name(request, "x")
        inner = pb_utils.InferenceRequest(model_name="{model}", requested_output_names=["y"], inputs=[x])
        answer = inner.exec()
        if answer.has_error():
            raise pb_utils.TritonModelException(answer.error().message())
        y = pb_utils.get_output_tensor_by_name(answer, "y").as_numpy()
        return pb_utils.InferenceResponse([pb_utils.Tensor("y", y * 10)])
"""
SIGNATURE = {
    "inputs": json.dumps([{"type": "double", "name": "a"}, {"type": "string", "name": "b"}]),
    "outputs": json.dumps([{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1]}}]),
}
LOADER = """\
class Model:
    def __init__(self, add):
        self.add = add

    def predict(self, frame):
        return frame["a"] * 2 + frame["b"].map(len) + self.add


def _load_pyfunc(path):
    return Model(float(open(path).read()))
"""


def item(name: str, *versions: dict[str, t.Any], **changes: t.Any) -> dict[str, t.Any]:
    return {"name": name, "config": PYTHON, "versions": list(versions), **changes}


def gone(*names: str) -> list[dict[str, t.Any]]:
    return [{"name": name, "state": "absent", "force_delete": True} for name in names]


def test_four_claims_and_what_is_served(triton_server: Triton, tmp_path: pathlib.Path, capsys: Capture) -> None:
    name, options = new_name(), where(triton_server)
    first = version(tmp_path, 1, program(1))
    assert four_claims(triton_models.main, capsys, **options, models=[item(name, first)]) == [
        f"write version 1 of model {name}",
        f"write the configuration of model {name}",
        f"load model {name}",
    ]
    assert predict(triton_server, name, 5) == 6
    second = version(tmp_path, 2, program(2))
    assert four_claims(triton_models.main, capsys, **options, models=[item(name, first, second)]) == [
        f"write version 2 of model {name}",
        f"load model {name}",
    ]
    assert predict(triton_server, name, 5) == 7
    back = {**PYTHON, "version_policy": {"specific": {"versions": [1]}}}
    assert len(four_claims(triton_models.main, capsys, **options, models=[item(name, config=back)])) == 2
    assert predict(triton_server, name, 5) == 6
    (found,) = run(triton_models_info.main, capsys, **options, models=[name], config=True)["models"]
    assert found["versions"] == {"1": ["model.py"], "2": ["model.py"]}
    assert {"server": "", "version": 1, "state": "READY", "reason": ""} in found["servers"]
    assert found["config"]["max_batch_size"] == 8
    off = item(name, config=back, state="unloaded")
    assert four_claims(triton_models.main, capsys, **options, models=[off]) == [f"unload model {name}"]
    assert "has no available versions" in predict(triton_server, name)
    assert four_claims(triton_models.main, capsys, **options, models=gone(name)) == [f"delete model {name}"]
    assert run(triton_models_info.main, capsys, **options, models=[name])["models"] == []


def test_a_second_run_writes_nothing_by_minios_own_account(
    triton_server: Triton, minio_server: ObjectStorage, tmp_path: pathlib.Path, capsys: Capture
) -> None:
    models = [item(new_name(), version(tmp_path, 1, program(number))) for number in range(5)]
    assert run(triton_models.main, capsys, **where(triton_server), models=models)["changed"] is True
    before = minio_server.calls()
    assert run(triton_models.main, capsys, **where(triton_server), models=models)["changed"] is False
    asked = minio_server.calls()[len(before) :]
    assert asked
    assert [call for call in asked if not call.startswith(READS)] == []


def test_a_failing_model_is_put_back_and_the_server_stays_ready(
    triton_server: Triton, tmp_path: pathlib.Path, capsys: Capture
) -> None:
    good, bad, fresh = new_name("good"), new_name("bad"), new_name("fresh")
    options = where(triton_server)
    first = version(tmp_path, 1, program(1))
    run(triton_models.main, capsys, **options, models=[item(bad, first)])
    broken = version(tmp_path, 2, program(start="raise RuntimeError('no weights here')"))
    failed = run(
        triton_models.main,
        capsys,
        **options,
        models=[item(bad, first, broken), item(fresh, {**broken, "version": 1}), item(good, first)],
    )
    assert [failure["item"] for failure in failed["failures"]] == [bad, fresh]
    assert all("no weights here" in failure["msg"] for failure in failed["failures"])
    assert failed["failures"][0]["msg"].endswith("; the repository was put back; what was served before is served")
    assert [predict(triton_server, name) for name in (good, bad)] == [2, 2]
    assert ask(triton_server, "health/ready")[0] == 200
    assert run(triton_models_info.main, capsys, **options, models=[bad])["models"][0]["versions"] == {"1": ["model.py"]}
    assert not list(store(triton_server).objects(triton_server.repository.removeprefix("s3://"), f"{fresh}/"))


def test_a_configuration_that_the_server_refuses_is_put_back(
    triton_server: Triton, tmp_path: pathlib.Path, capsys: Capture
) -> None:
    """What only the server knows: there is no such backend."""
    name, options = new_name(), where(triton_server)
    first = version(tmp_path, 1, program(1))
    run(triton_models.main, capsys, **options, models=[item(name, first)])
    wrong = item(name, first, config={**PYTHON, "backend": "nonesuch"})
    failed = run(triton_models.main, capsys, **options, models=[wrong])
    assert "nonesuch" in failed["msg"]
    assert "the repository was put back" in failed["msg"]
    assert predict(triton_server, name) == 2
    assert run(triton_models.main, capsys, **options, models=[item(name, first)])["changed"] is False


def test_a_hanging_load_ends_within_its_time(
    minio_server: ObjectStorage, tmp_path: pathlib.Path, capsys: Capture
) -> None:
    """On a server of its own: it does not end in peace."""
    good, bad = new_name("good"), new_name("bad")
    with services.triton(tmp_path / "server", minio_server) as server:
        models = [
            item(bad, version(tmp_path, 1, program(start="time.sleep(600)"))),
            item(good, version(tmp_path, 1, program())),
        ]
        started = time.monotonic()
        failed = run(triton_models.main, capsys, **where(server), models=models, load_timeout=5, timeout=6)
        took = time.monotonic() - started
        assert [failure["item"] for failure in failed["failures"]] == [bad]
        assert f"cannot load model {bad}: {server.server_url} does not answer within 5 seconds" in failed["msg"]
        assert took < 30
        assert predict(server, good) == 2
        assert ask(server, "health/ready")[0] == 200


def test_a_server_that_starts_serves_what_is_good_of_the_repository(
    triton_server: Triton, minio_server: ObjectStorage, tmp_path: pathlib.Path, capsys: Capture
) -> None:
    """As a pod does that was replaced, with the rights that an inventory gives, whatever is in the bucket meanwhile."""
    good, bad, bucket, artifacts = new_name("good"), new_name("bad"), *(other_bucket(triton_server) for _one in "ab")
    files = store(triton_server)
    files.write_object(artifacts, "export/model.py", program().encode(), "")
    files.write_object(bucket, f"{bad}/config.pbtxt", b"no configuration", "")
    files.write_object(bucket, f"{bad}/1/model.py", b"no program", "")
    reads, secret = ["list", "read"], "s3cr3t-of-a-user"
    reader, writer = new_name("reader"), new_name("writer")
    users = [
        {"name": reader, "secret_key": secret, "access": [{"bucket": bucket, "permissions": reads}]},
        {
            "name": writer,
            "secret_key": secret,
            "buckets": [bucket],
            "access": [{"bucket": artifacts, "permissions": reads}],
        },
    ]
    assert run(s3_users.main, capsys, **s3_where(minio_server), users=users)["changed"] is True
    limited = dataclasses.replace(minio_server, access_key=reader, secret_key=secret)
    model = item(good, {"version": 1, "source": f"s3://{artifacts}/export"})
    with services.triton(tmp_path / "first", limited, bucket=bucket) as server:
        options = where(server, access_key=writer, secret_key=secret)
        assert not run(triton_models.main, capsys, **options, models=[model]).get("failed")
        assert predict(server, good) == 2
    with services.triton(tmp_path / "second", limited, bucket=bucket) as server:
        assert predict(server, good) == 2
        assert ask(server, "health/ready")[0] == 200
        options = where(server, access_key=writer, secret_key=secret)
        (found,) = run(triton_models_info.main, capsys, **options, models=[bad])["models"]
        assert not any(one["state"] == "READY" for one in found["servers"])
        assert run(triton_models.main, capsys, **options, models=[model])["changed"] is False


def test_an_ensemble_and_business_logic(triton_server: Triton, tmp_path: pathlib.Path, capsys: Capture) -> None:
    one, two, ensemble, logic = (new_name(kind) for kind in ("one", "two", "ensemble", "logic"))
    steps = [
        {"model_name": one, "model_version": -1, "input_map": {"x": "x"}, "output_map": {"y": "middle"}},
        {"model_name": two, "model_version": -1, "input_map": {"x": "middle"}, "output_map": {"y": "y"}},
    ]
    chained = {"max_batch_size": 8, "input": [X], "output": [Y], "ensemble_scheduling": {"step": steps}}
    models = [
        {"name": ensemble, "config": chained},
        item(one, version(tmp_path, 1, program(1))),
        item(two, version(tmp_path, 1, program(100))),
        item(logic, version(tmp_path, 1, LOGIC.format(model=one))),
    ]
    four_claims(triton_models.main, capsys, **where(triton_server), models=models)
    assert predict(triton_server, ensemble, 5) == 106
    assert predict(triton_server, logic, 5) == 60
    changed = [*models[:1], item(one, version(tmp_path, 2, program(2))), *models[2:]]
    run(triton_models.main, capsys, **where(triton_server), models=changed)
    assert predict(triton_server, ensemble, 5) == 107
    assert (
        len(four_claims(triton_models.main, capsys, **where(triton_server), models=gone(ensemble, logic, one, two)))
        == 8
    )


def test_dynamic_batching_joins_requests(triton_server: Triton, tmp_path: pathlib.Path, capsys: Capture) -> None:
    name = new_name()
    batched = {**PYTHON, "dynamic_batching": {"max_queue_delay_microseconds": 20000}}
    slow = version(tmp_path, 1, program(execute="time.sleep(0.02)"))
    run(triton_models.main, capsys, **where(triton_server), models=[item(name, slow, config=batched)])
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda number: predict(triton_server, name, number), range(64))) == list(range(1, 65))
    with urllib.request.urlopen(triton_server.metrics_url, timeout=10) as answer:
        text = answer.read().decode()
    counts = {
        kind: float(re.findall(rf'^nv_inference_{kind}{{model="{name}",version="1"}} (\d+)', text, re.MULTILINE)[0])
        for kind in ("count", "exec_count")
    }
    assert counts["count"] == 64
    assert counts["exec_count"] < 32


def test_the_models_of_the_labs_inventory(triton_server: Triton, capsys: Capture) -> None:
    text = (ROOT / "inventories/lab/group_vars/all/triton.yml").read_text()
    models = yaml.safe_load(text.replace("{{ inventory_dir }}", str(ROOT / "inventories/lab")))["triton_models"]
    four_claims(triton_models.main, capsys, **where(triton_server), models=models)
    assert [predict(triton_server, "review", amount, "amount") for amount in (1000, 2000)] == [False, True]


def test_a_registered_model_is_served_and_follows_its_alias(
    triton_server: Triton, mlflow_open_server: ModelRegistry, capsys: Capture
) -> None:
    """A model as MLflow keeps it: a program that loads it, its data, and a signature."""
    name, bucket, files = new_name("fraud"), triton_server.repository.removeprefix("s3://"), store(triton_server)
    flavor = {"loader_module": "tests_loader", "code": "code", "data": "data/add", "python_version": "3.11.2"}
    mlmodel = {"flavors": {"python_function": flavor}, "signature": SIGNATURE, "model_uuid": "0" * 32}
    source = other_bucket(triton_server)
    client = registry.connect(mlflow_open_server)
    client.create_model(name, "", {})
    for number in (1, 2):
        place = f"{name}/{number}"
        files.write_object(source, f"{place}/MLmodel", yaml.safe_dump(mlmodel).encode(), "")
        files.write_object(source, f"{place}/code/tests_loader.py", LOADER.encode(), "")
        files.write_object(source, f"{place}/data/add", str(number).encode(), "")
        body = {"name": name, "source": f"s3://{source}/{place}"}
        client._call("POST", "model-versions/create", "make a version", body=body)
    client.set_alias(name, "champion", 1)
    models = [{"name": name, "versions": [{"source": f"models:/{name}@champion"}]}]
    options = {**where(triton_server), "mlflow": {"tracking_uri": mlflow_open_server.tracking_uri}}
    four_claims(triton_models.main, capsys, **options, models=models)
    assert registered(triton_server, name) == [5, 7]
    client.set_alias(name, "champion", 2)
    four_claims(triton_models.main, capsys, **options, models=models)
    assert registered(triton_server, name) == [6, 8]
    client.set_alias(name, "champion", 1)
    assert len(four_claims(triton_models.main, capsys, **options, models=models)) == 2
    assert registered(triton_server, name) == [5, 7]
    assert bucket != source


def other_bucket(server: Triton) -> str:
    """A bucket that is no repository."""
    name = new_name("artifacts")
    store(server).create_bucket(name)
    return name


def registered(server: Triton, name: str) -> t.Any:
    body = {
        "inputs": [
            {"name": "a", "datatype": "FP64", "shape": [2, 1], "data": [1.0, 2.0]},
            {"name": "b", "datatype": "BYTES", "shape": [2, 1], "data": ["de", "fr"]},
        ]
    }
    status, answer = ask(server, f"models/{name}/infer", body)
    assert status == 200, answer
    return answer["outputs"][0]["data"]


def test_a_file_that_goes_in_parts_is_known_by_its_mark(
    triton_server: Triton, tmp_path: pathlib.Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects, "PART_BYTES", 5 * 1024 * 1024)
    source = version(tmp_path, 1, program())
    pathlib.Path(source["source"], "weights").write_bytes(b"weight" * 1024 * 1024 * 2)
    name = new_name()
    four_claims(triton_models.main, capsys, **where(triton_server), models=[item(name, source)])
    bucket = triton_server.repository.removeprefix("s3://")
    (tag,) = (tag for key, _size, tag in store(triton_server).objects(bucket, f"{name}/1/weights"))
    assert tag.endswith("-3")
    copied = item(new_name(), {"version": 1, "source": f"{triton_server.repository}/{name}/1"})
    four_claims(triton_models.main, capsys, **where(triton_server), models=[copied])
    assert predict(triton_server, copied["name"]) == 2


def test_administration_needs_the_key_where_a_server_wants_one(
    minio_server: ObjectStorage, tmp_path: pathlib.Path, capsys: Capture
) -> None:
    with services.triton(tmp_path, minio_server, restricted=True) as server:
        assert run(triton_models_info.main, capsys, **where(server))["models"] == []
        failed = run(triton_models_info.main, capsys, **where(server, admin_key="wr0ng"))
        assert "the server wants another admin_key" in failed["msg"]
        assert server.admin_key not in json.dumps(failed)
        for path in ("repository/index", "repository/models/x/load", "logging", "trace/setting"):
            assert ask(server, path, {})[0] == 403
        assert ask(server, "systemsharedmemory/region/x/register", {"key": "/x", "byte_size": 1})[0] == 403
        assert ask(server, "health/live")[0] == 200
