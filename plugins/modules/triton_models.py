#!/usr/bin/python
# Copyright (c) 2026 baremetal.mlops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: triton_models
short_description: Keep models of Triton Inference Server
version_added: 0.1.0
description:
  - Keeps models, their versions and their configurations in a model repository in S3, and has servers load or unload
    them, all in one call.
  - The servers run with explicit model control (C(--model-control-mode=explicit)) and with this repository.
  - Files are compared by what one list of the bucket tells. Only what differs is written, and a server is only asked to
    load a model that it does not serve in these versions and with this configuration.
  - What a server refuses to load is put back as it was, on the server and in the repository, and the error says why in
    the server's own words. The former versions go on serving, and no other model is concerned.
  - Models that are not listed are left alone.
author:
  - baremetal.mlops contributors (@baremetal-mlops)
extends_documentation_fragment:
  - baremetal.mlops._attributes
  - baremetal.mlops._s3
  - baremetal.mlops._triton
notes:
  - A server says nothing but that it failed to poll the repository when it cannot read a configuration or the files of
    a model. Its log says more.
  - Deleted versions and models are not put back when a server refuses what is left.
  - A file that does not change keeps its MD5 in lists of most services. Where it does not, as with parts or with some
    ways of encryption, one more request is made for each such file.
seealso:
  - module: baremetal.mlops.triton_models_info
  - module: baremetal.mlops.model_promotion
options:
  models:
    description: The models.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the model, of up to 128 letters, digits and any of C(_.-).
        type: str
        required: true
      state:
        description:
          - V(loaded) keeps the model in the repository, and every server serves it.
          - V(unloaded) keeps it in the repository, and no server serves it.
          - V(absent) unloads it and deletes its folder, and only with O(models[].force_delete).
        type: str
        choices: [loaded, unloaded, absent]
        default: loaded
      config:
        description:
          - The model's C(config.pbtxt), its fields by the names that Triton gives them, such as C(backend),
            C(max_batch_size), C(input), C(output), C(instance_group), C(dynamic_batching), C(version_policy),
            C(parameters), C(ensemble_scheduling) and C(optimization). See Triton's documentation of the model
            configuration.
          - Fields that do not exist, values of another type and shapes that cannot be are refused before anything is
            asked or written.
          - The whole configuration is written. It gets one parameter more, C(baremetal.mlops.digest), by which a server
            tells what it loaded.
          - With a registered model as source, what is not given is taken from the model's signature, and
            C(version_policy) names the versions that are listed. Required otherwise, unless the model is to be absent.
        type: dict
      versions:
        description:
          - Versions of the model. Those that are not listed stay in the repository.
          - An ensemble needs none.
        type: list
        elements: dict
        suboptions:
          version:
            description:
              - Number of the version, from 1 on. May be left out with a registered model, whose number it then has.
            type: int
          source:
            description:
              - Where the files come from, a folder or a file of the host that runs the module, a folder of the same S3
                service such as V(s3://bucket/path), or a model that MLflow keeps, such as V(models:/fraud@champion) or
                V(models:/fraud/3).
              - Of a registered model with the flavour ONNX its C(model.onnx) is taken, unless
                O(models[].config) names another backend. Any other is served by MLflow's C(pyfunc) in Triton's Python
                backend, whose Python then needs C(mlflow-skinny), C(pandas) and what the model needs.
              - A version never changes. One that is there with other files is an error, and needs a new number.
              - If not given, the version has to be in the repository.
            type: str
          state:
            description: Whether the version is in the repository. It is only deleted with O(models[].force_delete).
            type: str
            choices: [present, absent]
            default: present
      force_delete:
        description: Consent to delete the model, or those of its versions that are to be absent, with their files.
        type: bool
        default: false
  load_timeout:
    description:
      - Seconds that a server may take to load one model. One that takes longer fails, the others go on.
    type: int
    default: 300
  mlflow:
    description: Where MLflow is, for registered models as sources.
    type: dict
    suboptions:
      tracking_uri:
        description: Address of the MLflow server, such as V(https://mlflow.example.com).
        type: str
        required: true
      username:
        description: User that asks, where the server has users.
        type: str
      password:
        description: Password of O(mlflow.username). It is never shown.
        type: str
      token:
        description: Bearer token that says who asks, where a gateway before the server wants one. It is never shown.
        type: str
"""

EXAMPLES = r"""
- name: Serve a model with dynamic batching, and an ensemble
  baremetal.mlops.triton_models:
    endpoint_url: https://s3.example.com
    access_key: "{{ s3_access_key }}"
    secret_key: "{{ s3_secret_key }}"
    ca_path: /etc/ssl/certs/site-ca.pem
    repository: s3://models/triton
    server_url: http://192.0.2.7:8000
    admin_key: "{{ triton_admin_key }}"
    models:
      - name: scale
        config:
          backend: python
          max_batch_size: 32
          input: [{name: amount, data_type: TYPE_FP32, dims: [1]}]
          output: [{name: scaled, data_type: TYPE_FP32, dims: [1]}]
          dynamic_batching: {max_queue_delay_microseconds: 5000}
          instance_group: [{kind: KIND_CPU, count: 2}]
        versions:
          - version: 1
            source: files/models/scale/1
      - name: score
        config:
          ensemble_scheduling:
            step:
              - model_name: scale
                model_version: -1
                input_map: {amount: amount}
                output_map: {scaled: scaled}
          max_batch_size: 32
          input: [{name: amount, data_type: TYPE_FP32, dims: [1]}]
          output: [{name: scaled, data_type: TYPE_FP32, dims: [1]}]

- name: Serve the champion of MLflow's registry
  baremetal.mlops.triton_models:
    endpoint_url: https://s3.example.com
    access_key: "{{ s3_access_key }}"
    secret_key: "{{ s3_secret_key }}"
    repository: s3://models/triton
    kubernetes:
      kubeconfig: ~/.kube/config
      namespace: triton
      selector: app.kubernetes.io/name=triton
    admin_key: "{{ triton_admin_key }}"
    mlflow:
      tracking_uri: https://mlflow.example.com
      username: admin
      password: "{{ mlflow_admin_password }}"
    models:
      - name: fraud
        versions:
          - source: models:/fraud@champion
"""

RETURN = r"""
models:
  description:
    - The listed models that exist after the module ran, by name.
    - C(serving) are versions that every server serves, C(versions) the files of each version in the repository,
      C(config) is the text of C(config.pbtxt), and C(up_to_date) says whether the servers loaded just that.
  returned: success
  type: dict
  sample:
    fraud:
      state: loaded
      serving: [3]
      up_to_date: true
      versions: {"3": [model.onnx]}
      config: "name: \"fraud\"\nbackend: \"onnxruntime\"\n"
actions:
  description: What was done, or in check mode would be done, one line a write.
  returned: always
  type: list
  elements: str
  sample: [write version 3 of model fraud, write the configuration of model fraud, load model fraud]
failures:
  description: What could not be made as wanted, and why.
  returned: failure
  type: list
  elements: dict
  contains:
    item:
      description: Name of the model.
      type: str
      sample: fraud
    msg:
      description: The reason.
      type: str
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.baremetal.mlops.plugins.module_utils import _http, _reconcile
from ansible_collections.baremetal.mlops.plugins.module_utils._errors import PlatformError
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow import connection as mlflow
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.client import MlflowClient
from ansible_collections.baremetal.mlops.plugins.module_utils._s3 import connection as s3
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.objects import Objects
from ansible_collections.baremetal.mlops.plugins.module_utils._triton import model, wanted
from ansible_collections.baremetal.mlops.plugins.module_utils._triton.client import servers
from ansible_collections.baremetal.mlops.plugins.module_utils._triton.connection import ONE_OF, OPTIONS, Connection
from ansible_collections.baremetal.mlops.plugins.module_utils._triton.repository import Repository
from ansible_collections.baremetal.mlops.plugins.module_utils._triton.sources import Sources

VERSION: dict[str, t.Any] = {
    "version": {"type": "int"},
    "source": {"type": "str"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}
MODEL: dict[str, t.Any] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["loaded", "unloaded", "absent"], "default": "loaded"},
    "config": {"type": "dict"},
    "versions": {"type": "list", "elements": "dict", "options": VERSION},
    "force_delete": {"type": "bool", "default": False},
}
MLFLOW: dict[str, t.Any] = {
    "tracking_uri": {"type": "str", "required": True},
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "token": {"type": "str", "no_log": True},
}


def main() -> t.NoReturn:
    module = AnsibleModule(
        argument_spec={
            **OPTIONS,
            "models": {"type": "list", "elements": "dict", "required": True, "options": MODEL},
            "load_timeout": {"type": "int", "default": 300},
            "mlflow": {"type": "dict", "options": MLFLOW},
        },
        mutually_exclusive=[ONE_OF],
        required_one_of=[ONE_OF],
        supports_check_mode=True,
    )
    for option in ("endpoint_url", "server_url"):
        _http.hide_credentials(module, option)
    items = module.params["models"]
    _reconcile.refuse(module, [f"models: {problem}" for item in items for problem in wanted.problems(item)])
    _reconcile.refuse_repeated(
        module,
        models=[item["name"] for item in items],
        versions=[
            f"version {one['version']} of {item['name']}"
            for item in items
            for one in item["versions"] or []
            if one["version"] is not None
        ],
    )
    given = [wanted.Wanted.from_params(item) for item in items]
    try:
        connection = Connection.from_params(module.params)
        store = Objects(s3.Connection.from_params(module.params))
        asked = {**module.params, **(module.params["mlflow"] or {})}
        registry = MlflowClient(mlflow.Connection.from_params(asked)) if module.params["mlflow"] else None
        repository, sources = Repository(store, connection.place), Sources(store, registry)
        with servers(connection) as found:
            site = model.Site(repository, found, sources, module.params["load_timeout"])
            _reconcile.run(module, lambda: model.plan(site, given), lambda plan: model.read(site, given, plan))
    except PlatformError as exc:
        module.fail_json(msg=exc.msg, **exc.details)


if __name__ == "__main__":
    main()
