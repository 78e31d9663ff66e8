#!/usr/bin/python
# Copyright (c) 2026 baremetal.mlops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: model_promotion_info
short_description: Tell who is champion, and how it came to that
version_added: 0.1.0
description:
  - Reads champion and candidate of models, and the audit trail that M(baremetal.mlops.model_promotion) leaves.
  - Asks for models and for versions in lists, whatever their number.
author:
  - baremetal.mlops contributors (@baremetal-mlops)
extends_documentation_fragment:
  - baremetal.mlops._attributes.reader
  - baremetal.mlops._mlflow
seealso:
  - module: baremetal.mlops.model_promotion
options:
  models:
    description:
      - Names of the models to read. All of them when not given; none when the list is empty.
      - A model that does not exist is not in the result.
    type: list
    elements: str
  champion_alias:
    description: The alias of the champion.
    type: str
    default: champion
  candidate_alias:
    description: The alias of the candidate.
    type: str
    default: challenger
"""

EXAMPLES = r"""
- name: Ask how fraud became what it is
  baremetal.mlops.model_promotion_info:
    tracking_uri: https://mlflow.example.com
    username: "{{ mlflow_user }}"
    password: "{{ mlflow_password }}"
    models: [fraud]
  register: trail
"""

RETURN = r"""
models:
  description: The models that exist, sorted by name.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the model.
      type: str
    champion:
      description: The champion, null if there is none.
      type: int
      sample: 7
    former_champion:
      description: The champion before it, as the audit trail says, null if it says nothing.
      type: int
      sample: 5
    candidate:
      description: The candidate, null if there is none.
      type: int
      sample: 8
    aliases:
      description: All aliases and their versions.
      type: dict
      sample: {champion: 7, challenger: 8}
    decisions:
      description: The audit trail, the oldest decision first.
      type: list
      elements: dict
      contains:
        event:
          description: What was decided, V(promoted) or V(rolled_back).
          type: str
        time:
          description: When, in UTC.
          type: str
          sample: "2026-03-05T06:07:08.000009Z"
        from_version:
          description: The champion at that time, null if there was none.
          type: int
        to_version:
          description: The version that was to be champion.
          type: int
        by:
          description: The user of MLflow, empty if it has none or a token was used.
          type: str
        reason:
          description: Why, as given.
          type: str
        gates:
          description: Verdicts of the gates, with figures and limits.
          type: list
          elements: dict
        gates_left_out:
          description: How many verdicts had no room in the tag.
          type: int
        took_effect:
          description:
            - Whether something shows that the version became champion. It is champion now, or a later decision found it
              so.
            - A run that was stopped between its record and the alias leaves a decision without effect.
          type: bool
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.baremetal.mlops.plugins.module_utils import _http
from ansible_collections.baremetal.mlops.plugins.module_utils._errors import PlatformError
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.client import MlflowClient
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.connection import OPTIONS, Connection
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.promotion import read_trails


def main() -> t.NoReturn:
    module = AnsibleModule(
        argument_spec={
            **OPTIONS,
            "models": {"type": "list", "elements": "str"},
            "champion_alias": {"type": "str", "default": "champion"},
            "candidate_alias": {"type": "str", "default": "challenger"},
        },
        supports_check_mode=True,
    )
    _http.hide_credentials(module, "tracking_uri")
    params = module.params
    try:
        client = MlflowClient(Connection.from_params(params))
        models = read_trails(client, params["models"], params["champion_alias"], params["candidate_alias"])
    except PlatformError as exc:
        module.fail_json(msg=exc.msg, **exc.details)
    module.exit_json(changed=False, models=models)


if __name__ == "__main__":
    main()
