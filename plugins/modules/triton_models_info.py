#!/usr/bin/python
# Copyright (c) 2026 baremetal.mlops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: triton_models_info
short_description: Read models of Triton Inference Server
version_added: 0.1.0
description:
  - Returns models of a model repository in S3, and what servers say of them.
author:
  - baremetal.mlops contributors (@baremetal-mlops)
extends_documentation_fragment:
  - baremetal.mlops._attributes.reader
  - baremetal.mlops._s3
  - baremetal.mlops._triton
options:
  models:
    description: Names of the models to read. All of them when not given, in the repository or on a server.
    type: list
    elements: str
  config:
    description: Whether to return the configuration that a server completed when it loaded a model.
    type: bool
    default: false
seealso:
  - module: baremetal.mlops.triton_models
"""

EXAMPLES = r"""
- name: What is served, and what is not and why
  baremetal.mlops.triton_models_info:
    endpoint_url: https://s3.example.com
    access_key: "{{ s3_access_key }}"
    secret_key: "{{ s3_secret_key }}"
    repository: s3://models/triton
    server_url: http://192.0.2.7:8000
    admin_key: "{{ triton_admin_key }}"
  register: triton
"""

RETURN = r"""
models:
  description: The models by the order of their names. One that is nowhere is not returned.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the model.
      returned: success
      type: str
      sample: fraud
    versions:
      description: Files of each version in the repository, by its number.
      returned: success
      type: dict
      sample: {"3": [model.onnx]}
    servers:
      description: What each server says of each version that it was asked to load.
      returned: success
      type: list
      elements: dict
      contains:
        server:
          description: Name of the pod. Empty for O(server_url).
          type: str
          sample: triton-5d8c7b9f4-xk2p9
        version:
          description: Number of the version. None if the server names none.
          type: int
          sample: 3
        state:
          description: State, such as V(READY) or V(UNAVAILABLE).
          type: str
          sample: READY
        reason:
          description: Why it is in this state, if the server says so.
          type: str
          sample: unloaded
    config:
      description: The configuration of the model as the first server that serves it completed it.
      returned: with O(config), of a model that is served
      type: dict
      sample: {name: fraud, backend: onnxruntime}
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.baremetal.mlops.plugins.module_utils import _http, _reconcile
from ansible_collections.baremetal.mlops.plugins.module_utils._errors import PlatformError
from ansible_collections.baremetal.mlops.plugins.module_utils._s3 import connection as s3
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.objects import Objects
from ansible_collections.baremetal.mlops.plugins.module_utils._triton import inventory
from ansible_collections.baremetal.mlops.plugins.module_utils._triton.client import servers
from ansible_collections.baremetal.mlops.plugins.module_utils._triton.config import name_problems
from ansible_collections.baremetal.mlops.plugins.module_utils._triton.connection import ONE_OF, OPTIONS, Connection
from ansible_collections.baremetal.mlops.plugins.module_utils._triton.repository import Repository


def main() -> t.NoReturn:
    module = AnsibleModule(
        argument_spec={
            **OPTIONS,
            "models": {"type": "list", "elements": "str"},
            "config": {"type": "bool", "default": False},
        },
        mutually_exclusive=[ONE_OF],
        required_one_of=[ONE_OF],
        supports_check_mode=True,
    )
    for option in ("endpoint_url", "server_url"):
        _http.hide_credentials(module, option)
    names = module.params["models"]
    _reconcile.refuse(module, [f"models: {problem}" for name in names or [] for problem in name_problems(name)])
    try:
        connection = Connection.from_params(module.params)
        repository = Repository(Objects(s3.Connection.from_params(module.params)), connection.place)
        with servers(connection) as found:
            models = inventory.read(repository, found, names, module.params["config"])
    except PlatformError as exc:
        module.fail_json(msg=exc.msg, **exc.details)
    module.exit_json(changed=False, models=models)


if __name__ == "__main__":
    main()
