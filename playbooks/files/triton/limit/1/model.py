"""Whether a scaled amount is over the limit."""

import json

import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    def initialize(self, args):
        parameters = json.loads(args["model_config"])["parameters"]
        self.limit = float(parameters["limit"]["string_value"])

    def execute(self, requests):
        return [self.judged(request) for request in requests]

    def judged(self, request):
        scaled = pb_utils.get_input_tensor_by_name(request, "scaled").as_numpy()
        return pb_utils.InferenceResponse([pb_utils.Tensor("over", scaled > self.limit)])
