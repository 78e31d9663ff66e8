#!/usr/bin/python
# Copyright (c) 2026 baremetal.mlops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: s3_buckets
short_description: Keep buckets of an S3 service
version_added: 0.1.0
description:
  - Creates and deletes buckets and sets their versioning, all in one call and over one connection.
  - Works with any S3 service, by signature version 4 and path-style addresses.
  - A bucket that is not listed is left alone.
author:
  - baremetal.mlops contributors (@baremetal-mlops)
extends_documentation_fragment:
  - baremetal.mlops._attributes
  - baremetal.mlops._s3
options:
  buckets:
    description: The buckets.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the bucket.
        type: str
        required: true
      state:
        description: Whether the bucket exists. A bucket that holds objects is not deleted; the module fails instead.
        type: str
        choices: [present, absent]
        default: present
      versioning:
        description: Whether the service keeps old versions of objects. Left as it is when not given.
        type: bool
"""

EXAMPLES = r"""
- name: Keep the buckets
  baremetal.mlops.s3_buckets:
    endpoint_url: https://s3.example.com
    access_key: "{{ s3_access_key }}"
    secret_key: "{{ s3_secret_key }}"
    ca_path: /etc/ssl/certs/site-ca.pem
    buckets:
      - name: mlflow
        versioning: true
      - name: scratch
        state: absent
"""

RETURN = r"""
buckets:
  description: The listed buckets that exist after the module ran, by name.
  returned: success
  type: dict
  sample: {mlflow: {versioning: true}}
actions:
  description: What was done, or in check mode would be done, one line a write.
  returned: success
  type: list
  elements: str
  sample: [create bucket mlflow, enable versioning of mlflow]
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule, env_fallback

from ansible_collections.baremetal.mlops.plugins.module_utils import _reconcile
from ansible_collections.baremetal.mlops.plugins.module_utils._errors import PlatformError
from ansible_collections.baremetal.mlops.plugins.module_utils._s3 import model
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.client import S3Client, connect
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.connection import Connection


def main() -> t.NoReturn:
    module = AnsibleModule(
        argument_spec={
            "endpoint_url": {"type": "str", "required": True, "fallback": (env_fallback, ["AWS_ENDPOINT_URL_S3"])},
            "access_key": {
                "type": "str",
                "required": True,
                "no_log": False,
                "fallback": (env_fallback, ["AWS_ACCESS_KEY_ID"]),
            },
            "secret_key": {
                "type": "str",
                "required": True,
                "no_log": True,
                "fallback": (env_fallback, ["AWS_SECRET_ACCESS_KEY"]),
            },
            "region": {"type": "str", "default": "us-east-1"},
            "validate_certs": {"type": "bool", "default": True},
            "ca_path": {"type": "path"},
            "timeout": {"type": "int", "default": 20},
            "buckets": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": {
                    "name": {"type": "str", "required": True},
                    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
                    "versioning": {"type": "bool"},
                },
            },
        },
        supports_check_mode=True,
    )
    params = module.params
    wanted = [model.Wanted(b["name"], b["state"] == "present", b["versioning"]) for b in params["buckets"]]
    if twice := model.repeated(bucket.name for bucket in wanted):
        module.fail_json(msg=f"buckets: named more than once: {', '.join(twice)}")
    connection = Connection(
        endpoint_url=params["endpoint_url"],
        access_key=params["access_key"],
        secret_key=params["secret_key"],
        region=params["region"],
        verify=params["validate_certs"] and (params["ca_path"] or True),
        timeout=params["timeout"],
    )
    try:
        client = S3Client(connect(connection))
    except PlatformError as exc:
        module.fail_json(msg=exc.msg, **exc.details)
    _reconcile.run(module, lambda: model.plan(client, wanted), lambda: model.read(client, wanted))


if __name__ == "__main__":
    main()
