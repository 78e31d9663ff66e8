# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What serves a model of MLflow in Triton's Python backend: the text of its model.py.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

RUNNER = '''\
"""Serves a model that MLflow keeps, which lies beside this file. Written by baremetal.mlops.triton_models."""

import json
import os

import mlflow.pyfunc
import numpy as np
import pandas as pd
import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    def initialize(self, args):
        config = json.loads(args["model_config"])
        folder = os.path.join(args["model_repository"], args["model_version"], "mlflow")
        self.model = mlflow.pyfunc.load_model(folder)
        self.inputs = [tensor["name"] for tensor in config["input"]]
        self.outputs = config["output"]
        self.batched = int(config["max_batch_size"]) > 0
        schema = self.model.metadata.get_input_schema()
        self.columns = schema is not None and not schema.is_tensor_spec()

    def execute(self, requests):
        """What Triton put into one batch is one prediction."""
        given = [
            [pb_utils.get_input_tensor_by_name(request, name).as_numpy() for name in self.inputs]
            for request in requests
        ]
        groups = [given] if self.batched else [[one] for one in given]
        return [response for group in groups for response in self.answers(group)]

    def answers(self, group):
        rows = [len(arrays[0]) if self.batched else 1 for arrays in group]
        try:
            joined = [np.concatenate(arrays) if self.batched else arrays[0] for arrays in zip(*group)]
            found = self.tensors(self.model.predict(self.taken(joined)), sum(rows))
        except Exception as exc:
            return [pb_utils.InferenceResponse(error=pb_utils.TritonError(str(exc))) for _ in group]
        ends = np.cumsum(rows)[:-1]
        split = [np.split(array, ends) if self.batched else [array] for array in found]
        return [
            pb_utils.InferenceResponse(
                [pb_utils.Tensor(tensor["name"], part[number]) for tensor, part in zip(self.outputs, split)]
            )
            for number in range(len(group))
        ]

    def taken(self, arrays):
        """As the model was told at its training that it would be asked."""
        arrays = [np.char.decode(array.astype(bytes)) if array.dtype == object else array for array in arrays]
        named = dict(zip(self.inputs, arrays))
        if self.columns:
            return pd.DataFrame({name: array.reshape(-1) for name, array in named.items()})
        return named if len(named) > 1 else arrays[0]

    def tensors(self, answer, rows):
        several = len(self.outputs) > 1
        found = []
        for tensor in self.outputs:
            array = np.asarray(answer[tensor["name"]] if several else answer)
            array = array.astype(pb_utils.triton_string_to_numpy(tensor["data_type"]))
            dims = [int(size) for size in tensor["dims"]]
            found.append(array.reshape([rows, *dims] if self.batched else dims))
        return found
'''
