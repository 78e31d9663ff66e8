#!/usr/bin/python
# Copyright (c) 2026 baremetal.mlops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: s3_buckets_info
short_description: Read buckets of an S3 service
version_added: 0.1.0
description:
  - Returns buckets in the shape that M(baremetal.mlops.s3_buckets) takes, so that they can be put into an inventory.
  - Works alike with MinIO, Ceph's object gateway and SeaweedFS.
author:
  - baremetal.mlops contributors (@baremetal-mlops)
extends_documentation_fragment:
  - baremetal.mlops._attributes.reader
  - baremetal.mlops._s3
seealso:
  - module: baremetal.mlops.s3_buckets
options:
  buckets:
    description:
      - Names of the buckets. All that the access key may list if not given.
      - One that does not exist is left out of the result.
    type: list
    elements: str
  fields:
    description:
      - What to read of each bucket. Each of these is one request a bucket.
      - The meaning of each is told with M(baremetal.mlops.s3_buckets).
    type: list
    elements: str
    choices: [versioning, object_lock, encryption, tags, lifecycle, cors, quota, policy]
    default: [versioning]
"""

EXAMPLES = r"""
- name: Read which buckets there are, and whether they keep old versions
  baremetal.mlops.s3_buckets_info:
    endpoint_url: https://s3.example.com
    access_key: "{{ s3_access_key }}"
    secret_key: "{{ s3_secret_key }}"
  register: found

- name: Read all of one bucket
  baremetal.mlops.s3_buckets_info:
    endpoint_url: https://s3.example.com
    access_key: "{{ s3_access_key }}"
    secret_key: "{{ s3_secret_key }}"
    buckets: [mlflow]
    fields: [versioning, object_lock, encryption, tags, lifecycle, cors, quota, policy]
"""

RETURN = r"""
buckets:
  description: The buckets by name, each with what was asked for and could be read.
  returned: always
  type: list
  elements: dict
  sample: [{name: mlflow, versioning: true}]
unsupported:
  description:
    - What the service does not support, or has but M(baremetal.mlops.s3_buckets) has no option for.
  returned: always
  type: list
  elements: dict
  contains:
    item:
      description: A field, or a bucket's name with a dot and a field if it concerns only that bucket.
      type: str
      sample: quota
    msg:
      description: The reason.
      type: str
failures:
  description: What could not be read, and why. Shaped like RV(unsupported).
  returned: failure
  type: list
  elements: dict
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.baremetal.mlops.plugins.module_utils import _http, _reconcile
from ansible_collections.baremetal.mlops.plugins.module_utils._errors import PlatformError
from ansible_collections.baremetal.mlops.plugins.module_utils._s3 import inventory
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.client import S3Client
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.connection import OPTIONS, Connection
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.fields import EMPTY, name_problems


def main() -> t.NoReturn:
    module = AnsibleModule(
        argument_spec={
            **OPTIONS,
            "buckets": {"type": "list", "elements": "str"},
            "fields": {"type": "list", "elements": "str", "choices": list(EMPTY), "default": ["versioning"]},
        },
        supports_check_mode=True,
    )
    _http.hide_credentials(module, "endpoint_url")
    names = module.params["buckets"]
    _reconcile.refuse(module, [f"buckets: {problem}" for name in names or [] for problem in name_problems(name)])
    try:
        client = S3Client(Connection.from_params(module.params))
        found = inventory.read(client, names, module.params["fields"])
    except PlatformError as exc:
        module.fail_json(msg=exc.msg, **exc.details)
    answer: dict[str, t.Any] = {"buckets": found.buckets, "unsupported": [item.shown() for item in found.unsupported]}
    if found.failures:
        _reconcile.fail(module, found.failures, **answer)
    module.exit_json(changed=False, **answer)


if __name__ == "__main__":
    main()
