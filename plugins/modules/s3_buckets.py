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
  - Creates and deletes buckets and sets what they are told to be, all in one call and over one connection.
  - Works alike with MinIO, Ceph's object gateway and SeaweedFS, by signature version 4 and path-style addresses.
  - Asks only for what an item names. A field that is not given is neither read nor written.
  - A bucket that is not listed is left alone.
  - What the service does not support, or refuses, is an error of that field of that bucket.
    The others are done, and then the module fails and names each in RV(failures).
author:
  - baremetal.mlops contributors (@baremetal-mlops)
extends_documentation_fragment:
  - baremetal.mlops._attributes
  - baremetal.mlops._s3
notes:
  - Which service answers is known from its first answer, by the header C(Server) or the way in which Ceph numbers
    requests. It counts only for O(buckets[].quota), and for C(abort_multipart_days) which MinIO would silently forget.
  - MinIO has neither O(buckets[].cors) nor, without a key of its own, O(buckets[].encryption). SeaweedFS has no
    O(buckets[].quota).
seealso:
  - module: baremetal.mlops.s3_buckets_info
options:
  buckets:
    description: The buckets.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
          - Name of the bucket, of 3 to 63 small letters, digits, dots and hyphens.
          - A name that is not allowed is refused before anything is written.
        type: str
        required: true
      state:
        description:
          - Whether the bucket exists.
          - A bucket that holds objects, old versions, delete markers or unfinished uploads is only deleted with
            O(buckets[].force_delete).
        type: str
        choices: [present, absent]
        default: present
      force_delete:
        description:
          - Whether a bucket to be deleted is emptied first, of everything that it holds. There is no way back.
          - Objects under retention or legal hold stay, and so does the bucket. That is an error.
        type: bool
        default: false
      versioning:
        description:
          - Whether the service keeps old versions of objects. A bucket that never did is like one that stopped.
        type: bool
      object_lock:
        description:
          - Whether versions of objects can be protected from deletion, and for how long new ones are.
          - A bucket gets this when it is created, together with versioning, and keeps it for ever.
            A bucket that exists without it, or is to lose it, is an error before anything is written to it.
        type: dict
        suboptions:
          enabled:
            description: Whether the bucket has object lock.
            type: bool
            default: true
          mode:
            description:
              - Who may delete a version while it is retained. Nobody with V(COMPLIANCE), those with a special right
                with V(GOVERNANCE).
              - Needs O(buckets[].object_lock.days) or O(buckets[].object_lock.years). If not given, new versions are
                not retained.
            type: str
            choices: [GOVERNANCE, COMPLIANCE]
          days:
            description: Days for which a new version is retained.
            type: int
          years:
            description: Years for which a new version is retained.
            type: int
      encryption:
        description: How the service encrypts new objects that say nothing of it themselves.
        type: dict
        suboptions:
          algorithm:
            description: V(AES256) with keys of the service, V(aws:kms) with a key of its key server, or V(none).
            type: str
            required: true
            choices: [none, AES256, "aws:kms"]
          kms_key_id:
            description: Name of the key, with V(aws:kms). MinIO needs it.
            type: str
      tags:
        description: All tags of the bucket. Others are removed, and V({}) removes all. Values are texts or numbers.
        type: dict
      lifecycle:
        description:
          - All rules by which the service deletes objects by itself. Others are removed, and V([]) removes all.
          - Each rule needs at least one of its deadlines.
        type: list
        elements: dict
        suboptions:
          id:
            description: Name of the rule, of up to 255 characters.
            type: str
            required: true
          enabled:
            description: Whether the rule is applied.
            type: bool
            default: true
          prefix:
            description: How the names of the objects begin that the rule concerns. All if not given.
            type: str
          tags:
            description: Tags that objects must have to be concerned.
            type: dict
          expiration_days:
            description: Days after which an object is deleted. With versioning it becomes an old version.
            type: int
          expired_delete_marker:
            description: Whether delete markers are removed that hide nothing. Not together with C(expiration_days).
            type: bool
          noncurrent_expiration_days:
            description: Days after which an old version is deleted.
            type: int
          noncurrent_versions_kept:
            description: Number of old versions of an object that are kept nevertheless.
            type: int
          abort_multipart_days:
            description:
              - Days after which an unfinished upload is removed.
              - Not with MinIO, which removes unfinished uploads of all buckets by a setting of its own.
            type: int
      cors:
        description:
          - All rules that say which web pages may use the bucket. The first that fits counts. V([]) removes all.
        type: list
        elements: dict
        suboptions:
          allowed_origins:
            description: Addresses of the pages, such as V(https://www.example.com) or V(*).
            type: list
            elements: str
            required: true
          allowed_methods:
            description: Methods that they may use.
            type: list
            elements: str
            required: true
            choices: [GET, PUT, HEAD, POST, DELETE]
          allowed_headers:
            description: Headers that they may send.
            type: list
            elements: str
          expose_headers:
            description: Headers of answers that they may read.
            type: list
            elements: str
          max_age_seconds:
            description: Seconds for which a browser may remember the answer. V(0) is as not given.
            type: int
      policy:
        description:
          - The IAM policy of the bucket. V({}) removes it.
          - Policies are compared by what they say. A string is like a list of one, the order of lists is nothing,
            and everybody is V(*) or V({"AWS":"*"}).
          - An C(Id) is not kept. The C(Version) is V(2012-10-17) if none is given.
        type: dict
      quota:
        description:
          - Bytes that the bucket may hold, such as V(10Gi), V(500M) or V(1073741824). V(0) is no limit.
          - Not of S3, so by the administration API of MinIO (Python library minio, policy C(admin:SetBucketQuota) and
            C(admin:GetBucketQuota)) or of Ceph (Python library rgwadmin, capabilities C(buckets=*) and C(users=*)).
          - Ceph counts in KiB. A service that is neither is an error.
        type: str
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
        quota: 500Gi
        tags:
          team: ml
        lifecycle:
          - id: old-versions
            noncurrent_expiration_days: 30
            noncurrent_versions_kept: 3
          - id: scratch
            prefix: tmp/
            expiration_days: 7
      - name: public-models
        policy:
          Version: "2012-10-17"
          Statement:
            - Effect: Allow
              Principal: "*"
              Action: s3:GetObject
              Resource: arn:aws:s3:::public-models/*
      - name: audit
        object_lock:
          mode: COMPLIANCE
          years: 1
      - name: scratch
        state: absent

- name: Delete a bucket with all that it holds
  baremetal.mlops.s3_buckets:
    endpoint_url: https://s3.example.com
    access_key: "{{ s3_access_key }}"
    secret_key: "{{ s3_secret_key }}"
    buckets:
      - name: experiment
        state: absent
        force_delete: true
"""

RETURN = r"""
buckets:
  description: The listed buckets that exist after the module ran, by name, with the fields that were given.
  returned: success
  type: dict
  sample: {mlflow: {versioning: true}}
actions:
  description: What was done, or in check mode would be done, one line a write.
  returned: always
  type: list
  elements: str
  sample: [create bucket mlflow, enable versioning of mlflow]
failures:
  description: What could not be made as wanted, and why.
  returned: failure
  type: list
  elements: dict
  contains:
    item:
      description: Name of the bucket, and after a dot the field if only that is concerned.
      type: str
      sample: mlflow.cors
    msg:
      description: The reason.
      type: str
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.baremetal.mlops.plugins.module_utils import _http, _reconcile
from ansible_collections.baremetal.mlops.plugins.module_utils._errors import PlatformError
from ansible_collections.baremetal.mlops.plugins.module_utils._s3 import model
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.client import S3Client
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.connection import OPTIONS, Connection

LIFECYCLE = {
    "id": {"type": "str", "required": True},
    "enabled": {"type": "bool", "default": True},
    "prefix": {"type": "str"},
    "tags": {"type": "dict"},
    "expiration_days": {"type": "int"},
    "expired_delete_marker": {"type": "bool"},
    "noncurrent_expiration_days": {"type": "int"},
    "noncurrent_versions_kept": {"type": "int"},
    "abort_multipart_days": {"type": "int"},
}
CORS = {
    "allowed_origins": {"type": "list", "elements": "str", "required": True},
    "allowed_methods": {
        "type": "list",
        "elements": "str",
        "required": True,
        "choices": ["GET", "PUT", "HEAD", "POST", "DELETE"],
    },
    "allowed_headers": {"type": "list", "elements": "str"},
    "expose_headers": {"type": "list", "elements": "str"},
    "max_age_seconds": {"type": "int"},
}
OBJECT_LOCK = {
    "enabled": {"type": "bool", "default": True},
    "mode": {"type": "str", "choices": ["GOVERNANCE", "COMPLIANCE"]},
    "days": {"type": "int"},
    "years": {"type": "int"},
}
ENCRYPTION = {
    "algorithm": {"type": "str", "required": True, "choices": ["none", "AES256", "aws:kms"]},
    "kms_key_id": {"type": "str", "no_log": False},
}
BUCKET = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "force_delete": {"type": "bool", "default": False},
    "versioning": {"type": "bool"},
    "object_lock": {"type": "dict", "options": OBJECT_LOCK},
    "encryption": {"type": "dict", "options": ENCRYPTION},
    "tags": {"type": "dict"},
    "lifecycle": {"type": "list", "elements": "dict", "options": LIFECYCLE},
    "cors": {"type": "list", "elements": "dict", "options": CORS},
    "policy": {"type": "dict"},
    "quota": {"type": "str"},
}


def main() -> t.NoReturn:
    module = AnsibleModule(
        argument_spec={
            **OPTIONS,
            "buckets": {"type": "list", "elements": "dict", "required": True, "options": BUCKET},
        },
        supports_check_mode=True,
    )
    _http.hide_credentials(module, "endpoint_url")
    items = module.params["buckets"]
    _reconcile.refuse(module, [f"buckets: {problem}" for item in items for problem in model.problems(item)])
    _reconcile.refuse_repeated(module, buckets=[item["name"] for item in items])
    wanted = [model.Wanted.from_params(item) for item in items]
    try:
        client = S3Client(Connection.from_params(module.params))
    except PlatformError as exc:
        module.fail_json(msg=exc.msg, **exc.details)
    _reconcile.run(module, lambda: model.plan(client, wanted), lambda plan: model.read(client, wanted, plan))


if __name__ == "__main__":
    main()
