#!/usr/bin/python
# Copyright (c) 2026 baremetal.mlops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: s3_users
short_description: Keep users of an S3 service, their keys and what they may do
version_added: 0.1.0
description:
  - Creates and deletes users of MinIO and of Ceph's object gateway, keeps their keys, and lets each of them do what
    its entry says and nothing else. All users are kept in one call.
  - A user that is not listed is left alone. A user that cannot be as given does not stop the others; the module fails
    at the end and names each of them in RV(failures).
  - A user that exists and is listed is enabled if somebody disabled it.
  - "What a user may do is one policy of its own with the name C(user-<name>). On MinIO it is a policy that is
    attached to the user, on Ceph it is an inline policy of the user (IAM API)."
  - The policies of a user whose access is given are exact. Others that somebody gave to the user itself are taken
    from it. Policies of groups and of buckets are not looked at, nor are access keys that a user of MinIO makes for
    itself (service accounts).
  - On Ceph a user whose access is given owns no buckets and cannot create any (C(max_buckets) of -1); policies open
    the buckets of others to it. Buckets that it owns already stay its own, and it may
    always read objects that it wrote itself. A policy of a bucket (option
    O(baremetal.mlops.s3_buckets#module:buckets[].policy)) is not needed for users of this module, and the two do not
    touch each other; a V(Deny) there still wins.
notes:
  - Ceph's administration API takes a secret key in the address of a request, and at its usual level of detail the
    gateway writes addresses to its log. Keep that log as private as the keys.
  - Tested with Ceph 18. Ceph 16 loses the policies of a user when a key of that user is set; the next run writes them
    again.
author:
  - baremetal.mlops contributors (@baremetal-mlops)
extends_documentation_fragment:
  - baremetal.mlops._attributes
  - baremetal.mlops._s3
  - baremetal.mlops._s3_users
requirements:
  - minio (Python library), for MinIO
  - rgwadmin (Python library), for Ceph
options:
  users:
    description:
      - The users. None may be named twice.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
          - Name of the user. It is 3 to 64 letters, digits and C(._+@-) long; other names are refused.
          - On MinIO it is the access key, on Ceph the user ID. Users of a tenant of Ceph (with a V($)) are refused.
          - The account that the module itself uses is refused.
        type: str
        required: true
      state:
        description:
          - Whether the user exists. On MinIO its own policy goes with it.
          - On Ceph a user that owns buckets is not deleted.
        type: str
        choices: [present, absent]
        default: present
      secret_key:
        description:
          - Secret key, at least 8 characters long, all of them printable ASCII. It is never shown.
          - It is needed to create a user. When it is not given, the keys of the user are kept as they are.
          - "Changing it here rotates the key: the next run sets it, and the one after that changes nothing."
        type: str
      update_secret:
        description:
          - V(always) sets O(users[].secret_key) when the key that the user has is another one. On MinIO the module
            tries it with a request as that user, on Ceph the gateway tells it.
          - V(on_create) sets it for a user or an access key that is new, and keeps the key of one that exists.
        type: str
        choices: [always, on_create]
        default: always
      access_key:
        description:
          - Access key. The name of the user when not given.
          - On MinIO it cannot be anything else. On Ceph another access key is a further key pair of the user, beside
            those it has.
        type: str
      purge_keys:
        description: Whether the user's other key pairs on Ceph are deleted. A user of MinIO has one only.
        type: bool
        default: false
      buckets:
        description:
          - Buckets in which the user may list, read, write and delete objects, or with O(users[].read_only) list and
            read them.
          - "When none of O(users[].buckets), O(users[].access) and O(users[].policy) is given, what the user may do
            is left as it is. With an empty list it may do nothing."
        type: list
        elements: str
      read_only:
        description: Whether the user may only list and read objects in O(users[].buckets).
        type: bool
        default: false
      access:
        description: Finer access to buckets, in addition to O(users[].buckets).
        type: list
        elements: dict
        suboptions:
          bucket:
            description: Name of the bucket. It need not exist yet.
            type: str
            required: true
          prefix:
            description:
              - The permissions are for objects whose names begin so, such as V(raw/). For all when empty.
              - It may hold no wildcard (V(*) or V(?)) and no policy variable.
            type: str
            default: ""
          permissions:
            description:
              - What the user may do there. V(write) adds objects and overwrites them, but does not delete any.
              - The region of the bucket may always be asked for.
            type: list
            elements: str
            choices: [list, read, write, delete]
            required: true
      policy:
        description:
          - A whole policy document instead of O(users[].buckets) and O(users[].access), for what these cannot say.
          - Policies that differ only in the order of lists, in a list of one value for that value, or in their C(Id)
            are the same.
        type: dict
"""

EXAMPLES = r"""
- name: Keep the users
  baremetal.mlops.s3_users:
    endpoint_url: https://s3.example.com
    access_key: "{{ s3_access_key }}"
    secret_key: "{{ s3_secret_key }}"
    ca_path: /etc/ssl/certs/site-ca.pem
    users:
      - name: mlflow
        secret_key: "{{ lookup('ansible.builtin.password', 'secrets/s3-mlflow', chars=['ascii_letters', 'digits']) }}"
        buckets: [mlflow]
      - name: reports
        secret_key: "{{ reports_s3_secret_key }}"
        buckets: [mlflow, datasets]
        read_only: true
      - name: loader
        secret_key: "{{ loader_s3_secret_key }}"
        access:
          - bucket: datasets
            prefix: raw/
            permissions: [list, write]
      - name: former
        state: absent

- name: Give a user of Ceph a second key pair; a later run with purge_keys takes the first away
  baremetal.mlops.s3_users:
    endpoint_url: https://rgw.example.com
    access_key: "{{ rgw_access_key }}"
    secret_key: "{{ rgw_secret_key }}"
    backend: ceph
    users:
      - name: mlflow
        access_key: mlflow-2026
        secret_key: "{{ mlflow_s3_secret_key }}"
        buckets: [mlflow]
"""

RETURN = r"""
users:
  description:
    - The listed users that exist after the module ran, by name. Secret keys are not among it.
    - A user whose secret key was set has the field C(secret_key), which says V(as given) if the key works.
  returned: success
  type: dict
  sample:
    mlflow:
      enabled: true
      access_keys: [mlflow]
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
    may_own_buckets:
      description: Whether the user may create buckets of its own. On Ceph only.
      type: bool
    policies:
      description: The policies that were given to the user itself, by name. On Ceph only if its access is given.
      type: dict
actions:
  description: What was done, or in check mode would be done, one line a write.
  returned: success
  type: list
  elements: str
  sample: [create user mlflow, write policy user-mlflow, attach policy user-mlflow to mlflow]
failures:
  description: Users that are not as wanted, each with the reason.
  returned: when a user cannot be as wanted
  type: list
  elements: dict
  sample:
    - item: reports
      msg: "user reports does not exist: a secret_key is needed to create it"
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.baremetal.mlops.plugins.module_utils import _http, _reconcile
from ansible_collections.baremetal.mlops.plugins.module_utils._errors import PlatformError
from ansible_collections.baremetal.mlops.plugins.module_utils._s3 import connection
from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users import client, options, plan


def main() -> t.NoReturn:
    module = AnsibleModule(
        argument_spec={**connection.OPTIONS, "backend": options.BACKEND, "users": options.USERS},
        supports_check_mode=True,
    )
    _http.hide_credentials(module, "endpoint_url")
    params = module.params
    wanted = [options.wanted(user) for user in params["users"]]
    present = [user for user in wanted if user.present]
    _reconcile.refuse_repeated(
        module,
        users=[user.name for user in wanted],
        **{"users.access_key": [user.key for user in present]},
    )
    try:
        service = client.connect(connection.Connection.from_params(params), params["backend"])
    except PlatformError as exc:
        module.fail_json(msg=exc.msg, **exc.details)
    _reconcile.run(module, lambda: plan.plan(service, wanted), lambda made: plan.read(service, wanted, made))


if __name__ == "__main__":
    main()
