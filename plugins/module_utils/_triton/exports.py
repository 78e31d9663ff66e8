# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""How a model that MLflow keeps lies in a repository, and what its signature says of its configuration. No I/O.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import json
import posixpath
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._triton.runner import RUNNER

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ansible_collections.baremetal.mlops.plugins.module_utils._triton.entities import File

    Config = Mapping[str, t.Any]

FOLDER = "mlflow"
ONNX, PYFUNC = "onnx", "python_function"
ONNX_FILE, RUNNER_FILE = "model.onnx", "model.py"
LARGEST_BATCH = 64
COLUMNS = {
    "boolean": "TYPE_BOOL",
    "integer": "TYPE_INT32",
    "long": "TYPE_INT64",
    "float": "TYPE_FP32",
    "double": "TYPE_FP64",
    "string": "TYPE_STRING",
}
TENSORS = {
    "bool": "TYPE_BOOL",
    "float16": "TYPE_FP16",
    "float32": "TYPE_FP32",
    "float64": "TYPE_FP64",
    "object": "TYPE_STRING",
    "str": "TYPE_STRING",
    **{f"{sign}{bits}": f"TYPE_{sign.upper()}{bits}" for sign in ("int", "uint") for bits in (8, 16, 32, 64)},
}


@dataclasses.dataclass(frozen=True)
class Layout:
    """Files of a version; what its configuration is where the user says nothing; and the program that serves it."""

    files: Sequence[File]
    config: Config = dataclasses.field(default_factory=dict)
    runner: str = ""


def layout(mlmodel: Config, files: Sequence[File], given: Config) -> Layout:
    """Of a model with this file MLmodel and these files. ``given`` is the user's configuration."""
    flavors = mlmodel.get("flavors") or {}
    if ONNX in flavors and given.get("backend", "onnxruntime") == "onnxruntime" and "platform" not in given:
        return Layout(list(_onnx(flavors[ONNX], files)), {"backend": "onnxruntime"})
    if PYFUNC not in flavors:
        raise ItemError(f"it has neither the flavour {ONNX} nor {PYFUNC}, but {', '.join(sorted(flavors)) or 'none'}")
    moved = [dataclasses.replace(file, name=f"{FOLDER}/{file.name}") for file in files]
    return Layout(moved, {"backend": "python", **_tensors(mlmodel.get("signature") or {}, given)}, RUNNER)


def _onnx(flavor: Config, files: Sequence[File]) -> Iterator[File]:
    """The model and what it says it needs beside it."""
    data = str(flavor.get("data") or ONNX_FILE)
    found = {file.name: file for file in files}
    if data not in found:
        raise ItemError(f"its file {data} is missing")
    yield dataclasses.replace(found[data], name=ONNX_FILE)
    folder = posixpath.dirname(data)
    for name, file in found.items():
        if name != data and posixpath.dirname(name) == folder and posixpath.basename(name).startswith(ONNX_FILE):
            yield dataclasses.replace(file, name=posixpath.basename(name))


def _tensors(signature: Config, given: Config) -> dict[str, t.Any]:
    """Inputs and outputs, as far as the user leaves them to the signature."""
    if "input" in given and "output" in given:
        return {}
    inputs, outputs = _parsed(signature.get("inputs")), _parsed(signature.get("outputs"))
    if not inputs or not outputs:
        raise ItemError("its signature tells not both inputs and outputs: give config.input and config.output")
    batched = all(_is_batched(item) for item in (*inputs, *outputs))
    found: dict[str, t.Any] = {"max_batch_size": LARGEST_BATCH if batched else 0}
    found["input"] = [_tensor(item, f"input{number}", batched) for number, item in enumerate(inputs)]
    found["output"] = [_tensor(item, f"output{number}", batched) for number, item in enumerate(outputs)]
    return found


def _parsed(text: object) -> list[t.Any]:
    try:
        found = json.loads(str(text or "[]"))
    except ValueError:
        return []
    return found if isinstance(found, list) else []


def _is_batched(item: Config) -> bool:
    return item.get("type") != "tensor" or item["tensor-spec"]["shape"][:1] == [-1]


def _tensor(item: Config, name: str, batched: bool) -> dict[str, t.Any]:
    name = item.get("name") or name
    if item.get("type") == "tensor":
        kind = TENSORS.get(item["tensor-spec"]["dtype"])
        dims = item["tensor-spec"]["shape"][1 if batched else 0 :] or [1]
    else:
        kind, dims = COLUMNS.get(str(item.get("type"))), [1 if batched else -1]
    if kind is None:
        raise ItemError(f"its signature has a type for {name} that Triton has not: give config.input and config.output")
    return {"name": name, "data_type": kind, "dims": dims}
