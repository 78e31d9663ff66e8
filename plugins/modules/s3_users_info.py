#!/usr/bin/python
# Copyright (c) 2026 baremetal.mlops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: s3_users_info
short_description: Ask an S3 service for its users and what they may do
version_added: 0.1.0
description:
  - Returns users of MinIO or of Ceph's object gateway with their policies. Secret keys are not among it.
  - Users of MinIO come in two requests, whatever their number. Each user of Ceph takes two requests, and one more for
    each of its policies.
author:
  - baremetal.mlops contributors (@baremetal-mlops)
extends_documentation_fragment:
  - baremetal.mlops._attributes.reader
  - baremetal.mlops._s3
  - baremetal.mlops._s3_users
requirements:
  - minio (Python library), for MinIO
  - rgwadmin (Python library), for Ceph
options:
  names:
    description: Names of the users to return. Those that do not exist are left out. All users when not given.
    type: list
    elements: str
"""

EXAMPLES = r"""
- name: Ask for the users
  baremetal.mlops.s3_users_info:
    endpoint_url: https://s3.example.com
    access_key: "{{ s3_access_key }}"
    secret_key: "{{ s3_secret_key }}"
    ca_path: /etc/ssl/certs/site-ca.pem
  register: found

- name: Show who may use a bucket
  ansible.builtin.debug:
    msg: "{{ found.users | dict2items | selectattr('value.buckets', 'contains', 'mlflow') | map(attribute='key') }}"
"""

RETURN = r"""
backend:
  description: Which service it is, V(minio) or V(ceph).
  returned: success
  type: str
  sample: minio
users:
  description: The users by name.
  returned: success
  type: dict
  sample:
    mlflow:
      enabled: true
      access_keys: [mlflow]
      buckets: [mlflow]
      policies:
        user-mlflow:
          Version: "2012-10-17"
          Statement:
            - {Effect: Allow, Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::mlflow/*"]}
  contains:
    enabled:
      description: Whether the user's keys work at all.
      type: bool
    access_keys:
      description: Access keys of the user.
      type: list
      elements: str
    buckets:
      description: Buckets that the user's own policies allow something in, or patterns of their names.
      type: list
      elements: str
    policies:
      description: The policies that were given to the user itself, by name.
      type: dict
    may_own_buckets:
      description: Whether the user may create buckets of its own. On Ceph only.
      type: bool
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.baremetal.mlops.plugins.module_utils import _http
from ansible_collections.baremetal.mlops.plugins.module_utils._errors import PlatformError
from ansible_collections.baremetal.mlops.plugins.module_utils._s3 import connection
from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users import client, options, policies


def main() -> t.NoReturn:
    module = AnsibleModule(
        argument_spec={
            **connection.OPTIONS,
            "backend": options.BACKEND,
            "names": {"type": "list", "elements": "str"},
        },
        supports_check_mode=True,
    )
    _http.hide_credentials(module, "endpoint_url")
    params = module.params
    try:
        service = client.connect(connection.Connection.from_params(params), params["backend"])
        found = service.find(params["names"])
    except PlatformError as exc:
        module.fail_json(msg=exc.msg, **exc.details)
    users = {
        name: {
            **user.shown(),
            "buckets": sorted(
                {bucket for policy in (user.policies or {}).values() for bucket in policies.buckets(policy)}
            ),
        }
        for name, user in sorted(found.users.items())
    }
    module.exit_json(changed=False, backend=service.backend, users=users)


if __name__ == "__main__":
    main()
