#!/usr/bin/python
# Copyright (c) 2026 baremetal.mlops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mlflow_registry_info
short_description: Read experiments and registered models of MLflow
version_added: 0.1.0
description:
  - Returns experiments and registered models in the shape that M(baremetal.mlops.mlflow_registry) takes.
  - Prompts, which MLflow keeps beside models, are not returned.
author:
  - baremetal.mlops contributors (@baremetal-mlops)
extends_documentation_fragment:
  - baremetal.mlops._attributes.reader
  - baremetal.mlops._mlflow
options:
  experiments:
    description: Names of the experiments to read. All of them when not given; none when the list is empty.
    type: list
    elements: str
  models:
    description: Names of the models to read. All of them when not given; none when the list is empty.
    type: list
    elements: str
  versions:
    description: Whether to read the versions of these models as well. Deleted ones are not returned.
    type: bool
    default: false
seealso:
  - module: baremetal.mlops.mlflow_registry
"""

EXAMPLES = r"""
- name: Read one model with its versions
  baremetal.mlops.mlflow_registry_info:
    tracking_uri: https://mlflow.example.com
    experiments: []
    models: [fraud]
    versions: true
  register: registry

- name: Keep the same in another place
  baremetal.mlops.mlflow_registry:
    tracking_uri: https://other.example.com
    experiments: "{{ registry.experiments }}"
    models: "{{ registry.models }}"
"""

RETURN = r"""
experiments:
  description: The experiments by the order of their names, archived ones included.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the experiment.
      returned: success
      type: str
      sample: fraud
    state:
      description: V(present) or V(archived).
      returned: success
      type: str
      sample: present
    artifact_location:
      description: Where the experiment keeps its artifacts.
      returned: success
      type: str
      sample: s3://mlflow/fraud
    tags:
      description: Tags of the experiment.
      returned: success
      type: dict
      sample: {team: risk}
models:
  description: The models by the order of their names.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the model.
      returned: success
      type: str
      sample: fraud
    state:
      description: Always V(present).
      returned: success
      type: str
      sample: present
    description:
      description: Description of the model.
      returned: success
      type: str
      sample: Tells fraudulent payments from others
    tags:
      description: Tags of the model.
      returned: success
      type: dict
      sample: {team: risk}
    aliases:
      description: Numbers of versions by alias.
      returned: success
      type: dict
      sample: {champion: 4}
    versions:
      description: Versions of the model by the order of their numbers.
      returned: when O(versions) is true
      type: list
      elements: dict
      sample: [{version: 4, state: present, description: "", tags: {}}]
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.baremetal.mlops.plugins.module_utils import _http
from ansible_collections.baremetal.mlops.plugins.module_utils._errors import PlatformError
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow import registry
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.client import MlflowClient
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.connection import OPTIONS, Connection


def main() -> t.NoReturn:
    module = AnsibleModule(
        argument_spec={
            **OPTIONS,
            "experiments": {"type": "list", "elements": "str"},
            "models": {"type": "list", "elements": "str"},
            "versions": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    _http.hide_credentials(module, "tracking_uri")
    params = module.params
    try:
        client = MlflowClient(Connection.from_params(params))
        found = registry.info(client, params["experiments"], params["models"], params["versions"])
    except PlatformError as exc:
        module.fail_json(msg=exc.msg, **exc.details)
    module.exit_json(changed=False, **found)


if __name__ == "__main__":
    main()
