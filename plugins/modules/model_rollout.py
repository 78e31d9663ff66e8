#!/usr/bin/python
# Copyright (c) 2026 baremetal.mlops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: model_rollout
short_description: Serve the versions that a registry's aliases name, step by step
version_added: 0.1.0
description:
  - Resolves the aliases of registered models to versions and their files in S3, and serves them by KServe in its mode
    C(Standard). All models in one call.
  - A new version gets a part of the requests that the gateway answers, step by step, while its errors and its 99th
    percentile are watched. It becomes champion after the last step, or the former version gets all requests again.
  - Each version is an InferenceService of its own, which is never changed into another version. Who gets which part of
    the requests is in one HTTPRoute, and so changes in one write. The former version runs until nobody asks it any
    more, whatever happens to the new one.
  - The state of a rollout is in an annotation of the HTTPRoute. A run that was stopped is taken up by the next one
    where it was. Of two runs at once one stops as soon as the other one has changed the route.
  - A version that was rolled back is not tried again, so that a second run changes nothing. Another version is, and so
    is the same version with other settings.
  - Figures are those of the gateway's pods, C(traefik_service_requests_total) and
    C(traefik_service_request_duration_seconds). They are read over a port-forward before and while a version is
    watched, and compared. An error is an answer of 500 or above. Where a version's pods do not stay ready, it is
    rolled back as well.
  - Clients call a model by its O(models[].name) under its O(models[].host), whichever version answers.
  - KServe 0.20 does not use its own C(spec.canary) in the mode C(Standard). It starts the pods, and its route leads to
    the first version only.
author:
  - baremetal.mlops contributors (@baremetal-mlops)
extends_documentation_fragment:
  - baremetal.mlops._attributes
  - baremetal.mlops._mlflow
  - baremetal.mlops._serving
seealso:
  - module: baremetal.mlops.model_promotion
  - module: baremetal.mlops.model_rollout_info
options:
  service_account:
    description: Service account of the pods, which may read the files of models.
    type: str
    default: models
  artifact_root:
    description:
      - Where MLflow keeps what its proxy calls C(mlflow-artifacts:/), such as V(s3://mlflow/artifacts). Not needed
        where MLflow gives addresses that pods can read.
    type: str
    default: ""
  drain:
    description: Seconds between the last change of a route and the end of pods that it does not lead to any more.
    type: int
    default: 15
  fail_on_rollback:
    description:
      - Whether the module fails when a version is rolled back, or is left out because it was. The other models are
        served all the same.
      - If V(false), it is only told by RV(models[].rolled_back), RV(models[].refused) and RV(models[].reason).
    type: bool
    default: true
  models:
    description: The models. A name and a host can be given once. A model that is not listed is left alone.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
          - Name under which the model is served. 1 to 28 small letters, digits and dashes.
        type: str
        required: true
      state:
        description:
          - V(present) serves the model.
          - V(absent) ends that. The registered model is not touched.
        type: str
        choices: [present, absent]
        default: present
      model:
        description: Name of the registered model. The same as O(models[].name) if not given.
        type: str
      champion:
        description: Alias of the version that is to serve. It must exist. V(champion) if not given.
        type: str
      challenger:
        description:
          - Alias of a version that gets O(models[].challenger_percent) of the requests for as long as it has the alias.
            It must pass O(models[].gates) as well. Nothing is tried while no version has the alias.
          - When it becomes champion, its rollout goes on from there.
        type: str
      challenger_percent:
        description: Part of the requests for the challenger, in percent. 10 if not given.
        type: int
      shadow:
        description:
          - Alias of a version that is started and gets no requests by the gateway. It answers in the cluster, at the
            service RV(models[].shadow_service).
          - Requests are not copied to it. The gateway of the platform has no way to do that by the Gateway API.
        type: str
      model_format:
        description:
          - Format of the files, such as V(mlflow), V(sklearn), V(xgboost), V(lightgbm) or V(triton). Needed if present.
        type: str
      runtime:
        description: Name of the ClusterServingRuntime. KServe chooses one for the format if not given.
        type: str
      path:
        description:
          - Path from the version's files to what the runtime needs, such as V(model.ubj). All of them if not given.
        type: str
      host:
        description: Host name under which the gateway serves the model. Needed if present.
        type: str
      arguments:
        description: Further arguments of the server.
        type: list
        elements: str
      env:
        description:
          - Further variables of the server's environment, no secrets. C(MODEL_NAME) is the model's name.
        type: dict
      resources:
        description: Requests and limits of the server. Those of the runtime if not given.
        type: dict
      min_replicas:
        description: Least number of pods of a version. 1 if not given.
        type: int
      max_replicas:
        description: Largest number of pods of a version. The same as O(models[].min_replicas) if not given.
        type: int
      scale_metric:
        description: What the number of pods follows between the two.
        type: str
        choices: [cpu, memory]
      scale_target:
        description:
          - Use of O(models[].scale_metric) to aim at, in percent of what is requested. KServe's own default if not
            given.
        type: int
      transformer:
        description:
          - A container between clients and the model, which speaks to it as KServe tells it. It is a part of the
            version and is rolled out with it.
        type: dict
        suboptions: &component
          image:
            description: Its image.
            type: str
            required: true
          arguments:
            description: Its arguments. C(--model_name) and the model's name follow.
            type: list
            elements: str
          env:
            description: Variables of its environment, no secrets.
            type: dict
          resources:
            description: Its requests and limits.
            type: dict
          min_replicas:
            description: Least number of its pods. 1 if not given.
            type: int
          max_replicas:
            description: Largest number of its pods. The same as the least if not given.
            type: int
      explainer:
        description: A container that answers C(/v1/models/<name>:explain) and C(/v2/models/<name>/explain).
        type: dict
        suboptions: *component
      steps:
        description:
          - Parts of the requests that a new champion gets one after the other, in percent. The last one is 100.
          - V([10, 50, 100]) if not given and there are O(models[].gates). Without gates nothing would be watched, and a
            version that is ready gets all requests.
        type: list
        elements: int
      gates:
        description: What a version must pass at each step, and a challenger at its part.
        type: dict
        suboptions:
          max_error_rate:
            description:
              - Largest part of its requests that may fail, such as V(0.01). The version is rolled back as soon as
                more fail than that part of the requests, or of O(models[].gates.min_requests) if there are fewer yet.
            type: float
          max_p99_ms:
            description:
              - Most milliseconds that 99 of 100 requests may take. The gateway counts in buckets, so that one of the
                bounds of its buckets has to lie at or below this.
            type: float
          min_requests:
            description: Requests without which a step is not passed. 100 if not given.
            type: int
          window:
            description: Seconds that a step lasts at least. 60 if not given.
            type: int
          timeout:
            description:
              - Seconds after which the module fails if too few requests came. The version keeps its part of the
                requests, and the next run watches on. 600 if not given.
            type: int
      ready_timeout:
        description:
          - Seconds within which pods of a version must be ready. Requests go to the former version until then. 600 if
            not given.
        type: int
      optional:
        description:
          - Whether it is in order that no version has the alias O(models[].champion) yet. What is served stays then,
            and there may be nothing. It is an error if not given.
        type: bool
      allow_rolled_back:
        description: Whether a version is tried again that was rolled back. It is not if not given.
        type: bool
notes:
  - The InferenceServices have the names C(<name>-v<version>-<digest of the settings>) and the label
    C(networking.kserve.io/visibility=cluster-local), so that KServe makes no route for them.
  - Settings of a version that change make another InferenceService, which is rolled out like another version. Only the
    number of pods is changed in place.
"""

EXAMPLES = r"""
- name: Serve the champion of fraud, and try the challenger with a tenth of the requests
  baremetal.mlops.model_rollout:
    kubeconfig: ~/.kube/config
    tracking_uri: https://mlflow.example.com
    username: "{{ mlflow_user }}"
    password: "{{ mlflow_password }}"
    models:
      - name: fraud
        host: fraud.ml.example.com
        challenger: challenger
        model_format: mlflow
        runtime: mlflow
        min_replicas: 2
        max_replicas: 6
        scale_metric: cpu
        scale_target: 70
        resources:
          requests: {cpu: 500m, memory: 1Gi}
          limits: {memory: 2Gi}
        steps: [10, 50, 100]
        gates:
          max_error_rate: 0.01
          max_p99_ms: 250
          min_requests: 500
          window: 120

- name: Serve it no more
  baremetal.mlops.model_rollout:
    kubeconfig: ~/.kube/config
    tracking_uri: https://mlflow.example.com
    models:
      - name: fraud
        state: absent
"""

RETURN = r"""
models:
  description: The models that could be planned, in the order given. In check mode as they would be if all gates passed.
  returned: when the servers could be read
  type: list
  elements: dict
  contains:
    name:
      description: Name under which the model is served.
      type: str
    model:
      description: Name of the registered model.
      type: str
    url:
      description: Address of the model by the Open Inference Protocol.
      type: str
      sample: https://fraud.ml.example.com/v2/models/fraud
    champion:
      description: Version that gets the requests which no candidate gets, null if nothing is served.
      type: int
      sample: 7
    service:
      description: Name of its InferenceService.
      type: str
      sample: fraud-v7-1f0c9a
    former_champion:
      description: Version whose place it took in this call, null if it took none.
      type: int
    candidate:
      description: Version that is tried, null if there is none.
      type: int
    candidate_service:
      description: Name of its InferenceService.
      type: str
    percent:
      description: Part of the requests that the candidate gets.
      type: int
    shadow:
      description: Version that runs without requests, null if there is none.
      type: int
    shadow_service:
      description: Name of the Service in the cluster that it answers at.
      type: str
    promoted:
      description: Whether another version became champion in this call.
      type: bool
    rolled_back:
      description: Whether a version was rolled back in this call.
      type: bool
    refused:
      description: Whether a version is left out because it was rolled back before.
      type: bool
    reason:
      description: Why it is so, in one line.
      type: str
      sample: "version 8 at 10 % of the requests: 12 of 240 requests failed (0.05), allowed is 0.01"
    figures:
      description: What was seen of the candidate at each step of this call.
      type: list
      elements: dict
      contains:
        percent:
          description: Part of the requests that it had.
          type: int
        outcome:
          description: V(passed), V(failed), or V(waiting) if too few requests came.
          type: str
        reason:
          description: The figure that decided.
          type: str
        requests:
          description: Requests in that time.
          type: int
        errors:
          description: Those that failed.
          type: int
        error_rate:
          description: The one in parts of the other, null if there were none.
          type: float
        p99_ms:
          description:
            - Lowest bound of the gateway's buckets that 99 of 100 requests did not exceed, null if there is none.
          type: float
actions:
  description: What was done, or in check mode would be done, one line a write.
  returned: always
  type: list
  elements: str
  sample:
    - create InferenceService models/fraud-v8-52bb01
    - send 10 % of the requests for fraud to version 8
    - "send all requests for fraud to version 7 again: version 8 at 10 % of the requests: 12 of 240 requests failed
      (0.05), allowed is 0.01"
    - delete InferenceService models/fraud-v8-52bb01
failures:
  description: The models that are not as wanted, and why.
  returned: failure
  type: list
  elements: dict
  sample:
    - item: fraud
      msg: "fraud: InferenceService models/fraud-v8-52bb01 cannot become ready: container kserve-container of pod
        fraud-v8-52bb01-predictor-5d9c was killed because it needs more memory than its limit (OOMKilled); version 7
        serves on"
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.baremetal.mlops.plugins.module_utils import _http, _reconcile
from ansible_collections.baremetal.mlops.plugins.module_utils._errors import PlatformError
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.client import MlflowClient
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.connection import OPTIONS, Connection
from ansible_collections.baremetal.mlops.plugins.module_utils._serving import options
from ansible_collections.baremetal.mlops.plugins.module_utils._serving.client import ServingClient
from ansible_collections.baremetal.mlops.plugins.module_utils._serving.rollouts import Rollouts
from ansible_collections.baremetal.mlops.plugins.module_utils._serving.wanted import Wanted

COMPONENT_OPTIONS = {
    "image": {"type": "str", "required": True},
    "arguments": {"type": "list", "elements": "str"},
    "env": {"type": "dict"},
    "resources": {"type": "dict"},
    "min_replicas": {"type": "int"},
    "max_replicas": {"type": "int"},
}
GATE_OPTIONS = {
    "max_error_rate": {"type": "float"},
    "max_p99_ms": {"type": "float"},
    "min_requests": {"type": "int"},
    "window": {"type": "int"},
    "timeout": {"type": "int"},
}
MODEL_OPTIONS = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "model": {"type": "str"},
    "champion": {"type": "str"},
    "challenger": {"type": "str"},
    "challenger_percent": {"type": "int"},
    "shadow": {"type": "str"},
    "model_format": {"type": "str"},
    "runtime": {"type": "str"},
    "path": {"type": "str"},
    "host": {"type": "str"},
    "arguments": {"type": "list", "elements": "str"},
    "env": {"type": "dict"},
    "resources": {"type": "dict"},
    "min_replicas": {"type": "int"},
    "max_replicas": {"type": "int"},
    "scale_metric": {"type": "str", "choices": ["cpu", "memory"]},
    "scale_target": {"type": "int"},
    "transformer": {"type": "dict", "options": COMPONENT_OPTIONS},
    "explainer": {"type": "dict", "options": COMPONENT_OPTIONS},
    "steps": {"type": "list", "elements": "int"},
    "gates": {"type": "dict", "options": GATE_OPTIONS},
    "ready_timeout": {"type": "int"},
    "optional": {"type": "bool"},
    "allow_rolled_back": {"type": "bool"},
}


def main() -> t.NoReturn:
    module = AnsibleModule(
        argument_spec={
            **OPTIONS,
            **options.OPTIONS,
            "service_account": {"type": "str", "default": "models"},
            "artifact_root": {"type": "str", "default": ""},
            "drain": {"type": "int", "default": 15},
            "fail_on_rollback": {"type": "bool", "default": True},
            "models": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": MODEL_OPTIONS,
                "required_if": [("state", "present", ["model_format", "host"])],
            },
        },
        supports_check_mode=True,
    )
    _http.hide_credentials(module, "tracking_uri")
    params = module.params
    wanted = [Wanted.of(model) for model in params["models"]]
    hosts = [model.host for model in wanted if model.present]
    _reconcile.refuse_repeated(module, models=[model.name for model in wanted], hosts=hosts)
    _reconcile.refuse(module, [line for model in wanted for line in model.problems()])
    site = options.site(params)
    try:
        registry = MlflowClient(Connection.from_params(params))
        client = ServingClient(params["kubeconfig"], site.namespace, **options.gateway(params))
    except PlatformError as exc:
        module.fail_json(msg=exc.msg, **exc.details)
    rollouts = Rollouts(registry, client, site, wanted, fail_on_rollback=params["fail_on_rollback"])
    _reconcile.run(module, rollouts.plan, rollouts.read)


if __name__ == "__main__":
    main()
