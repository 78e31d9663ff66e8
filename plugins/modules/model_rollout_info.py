#!/usr/bin/python
# Copyright (c) 2026 baremetal.mlops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: model_rollout_info
short_description: Tell which versions are served, and who gets which part of the requests
version_added: 0.1.0
description:
  - Reads the routes that M(baremetal.mlops.model_rollout) keeps. The registry is not asked.
author:
  - baremetal.mlops contributors (@baremetal-mlops)
extends_documentation_fragment:
  - baremetal.mlops._attributes.reader
  - baremetal.mlops._serving
seealso:
  - module: baremetal.mlops.model_rollout
options:
  models:
    description:
      - Names under which models are served. All of them when not given; none when the list is empty.
      - A model that is not served is not in the result.
    type: list
    elements: str
  timeout:
    description: Seconds after which a call to a server that does not answer is given up.
    type: int
    default: 30
"""

EXAMPLES = r"""
- name: Ask who answers for fraud
  baremetal.mlops.model_rollout_info:
    kubeconfig: ~/.kube/config
    models: [fraud]
  register: served
"""

RETURN = r"""
models:
  description: The models that are served, sorted by name.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name under which the model is served.
      type: str
    host:
      description: Host name under which the gateway serves it.
      type: str
    champion:
      description: Version that gets the requests which no candidate gets.
      type: int
      sample: 7
    service:
      description: Name of its InferenceService.
      type: str
    candidate:
      description: Version that is tried, null if there is none.
      type: int
    candidate_service:
      description: Name of its InferenceService.
      type: str
    percent:
      description: Part of the requests that the candidate gets.
      type: int
    passed:
      description: Part of the requests at which the candidate passed its gates, 0 if none.
      type: int
    rolled_back:
      description: The last InferenceServices that were rolled back, and why.
      type: dict
      sample: {fraud-v8-52bb01: "version 8 at 10 % of the requests: 12 of 240 requests failed (0.05), allowed is 0.01"}
    ready:
      description: Whether pods of the champion are ready.
      type: bool
    taken:
      description: Whether the gateway follows the route as it is now.
      type: bool
    problem:
      description: Why not, empty if it does.
      type: str
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import PlatformError
from ansible_collections.baremetal.mlops.plugins.module_utils._serving import options
from ansible_collections.baremetal.mlops.plugins.module_utils._serving.client import ServingClient
from ansible_collections.baremetal.mlops.plugins.module_utils._serving.rollouts import info


def main() -> t.NoReturn:
    module = AnsibleModule(
        argument_spec={
            **options.OPTIONS,
            "models": {"type": "list", "elements": "str"},
            "timeout": {"type": "int", "default": 30},
        },
        supports_check_mode=True,
    )
    params = module.params
    site = options.site(params)
    try:
        client = ServingClient(params["kubeconfig"], site.namespace, **options.gateway(params))
        models = info(client, site, params["models"])
    except PlatformError as exc:
        module.fail_json(msg=exc.msg, **exc.details)
    module.exit_json(changed=False, models=models)


if __name__ == "__main__":
    main()
