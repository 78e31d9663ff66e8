#!/usr/bin/python
# Copyright (c) 2026 baremetal.mlops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: minio_users
short_description: Keep users of MinIO and the buckets they may use
version_added: 0.1.0
description:
  - Creates and deletes users, sets their secret keys, and lets each of them into its buckets by a policy of its own.
  - A secret key that was changed elsewhere is seen, because the module tries it.
  - A user that is not listed is left alone.
author:
  - baremetal.mlops contributors (@baremetal-mlops)
extends_documentation_fragment:
  - baremetal.mlops._attributes
  - baremetal.mlops._s3
requirements:
  - minio (Python library)
options:
  users:
    description: The users.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the user, which is its access key.
        type: str
        required: true
      secret_key:
        description: Secret key of the user, required if it exists. It is never shown.
        type: str
      buckets:
        description: Buckets that the user may use.
        type: list
        elements: str
        default: []
      read_only:
        description: Whether the user may only read.
        type: bool
        default: false
      state:
        description: Whether the user exists.
        type: str
        choices: [present, absent]
        default: present
"""

EXAMPLES = r"""
- name: Keep the users
  baremetal.mlops.minio_users:
    endpoint_url: https://s3.example.com
    access_key: "{{ minio_root_user }}"
    secret_key: "{{ minio_root_password }}"
    users:
      - name: mlflow
        secret_key: "{{ mlflow_s3_secret_key }}"
        buckets: [mlflow]
"""

RETURN = r"""
users:
  description: The listed users that exist after the module ran, by name, with their policies and without their keys.
  returned: success
  type: dict
actions:
  description: What was done, or in check mode would be done, one line a write.
  returned: success
  type: list
  elements: str
  sample: [create user mlflow]
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule, env_fallback

from ansible_collections.baremetal.mlops.plugins.module_utils import _reconcile
from ansible_collections.baremetal.mlops.plugins.module_utils._errors import PlatformError
from ansible_collections.baremetal.mlops.plugins.module_utils._minio import model
from ansible_collections.baremetal.mlops.plugins.module_utils._minio.client import MinioUsers
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.connection import Connection

USER_OPTIONS = {
    "name": {"type": "str", "required": True},
    "secret_key": {"type": "str", "no_log": True},
    "buckets": {"type": "list", "elements": "str", "default": []},
    "read_only": {"type": "bool", "default": False},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def main() -> t.NoReturn:
    key, secret = (env_fallback, ["AWS_ACCESS_KEY_ID"]), (env_fallback, ["AWS_SECRET_ACCESS_KEY"])
    module = AnsibleModule(
        argument_spec={
            "endpoint_url": {"type": "str", "required": True, "fallback": (env_fallback, ["AWS_ENDPOINT_URL_S3"])},
            "access_key": {"type": "str", "required": True, "no_log": False, "fallback": key},
            "secret_key": {"type": "str", "required": True, "no_log": True, "fallback": secret},
            "region": {"type": "str", "default": "us-east-1"},
            "validate_certs": {"type": "bool", "default": True},
            "ca_path": {"type": "path"},
            "timeout": {"type": "int", "default": 20},
            "users": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": USER_OPTIONS,
                "required_if": [("state", "present", ["secret_key"])],
            },
        },
        supports_check_mode=True,
    )
    params = module.params
    wanted = [
        model.Wanted(
            name=user["name"],
            secret_key=user["secret_key"] or "",
            present=user["state"] == "present",
            buckets=tuple(user["buckets"]),
            read_only=user["read_only"],
        )
        for user in params["users"]
    ]
    connection = Connection(
        endpoint_url=params["endpoint_url"],
        access_key=params["access_key"],
        secret_key=params["secret_key"],
        region=params["region"],
        verify=params["validate_certs"] and (params["ca_path"] or True),
        timeout=params["timeout"],
    )
    try:
        client = MinioUsers(connection)
    except PlatformError as exc:
        module.fail_json(msg=exc.msg, **exc.details)
    _reconcile.run(module, lambda: model.plan(client, wanted), lambda: model.read(client, wanted))


if __name__ == "__main__":
    main()
