"""Amounts in thousands. A batch costs what one request does."""

import time

import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    def execute(self, requests):
        time.sleep(0.02)
        return [self.scaled(request) for request in requests]

    def scaled(self, request):
        amount = pb_utils.get_input_tensor_by_name(request, "amount").as_numpy()
        return pb_utils.InferenceResponse([pb_utils.Tensor("scaled", amount / 1000)])
