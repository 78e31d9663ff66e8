#!/usr/bin/python
# Copyright (c) 2026 baremetal.mlops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: postgresql_databases_info
short_description: Ask a PostgreSQL server for its roles and databases
version_added: 0.1.0
description:
  - Returns roles and databases in the very shape that M(baremetal.mlops.postgresql_databases) takes, so that they can
    go into an inventory.
author:
  - baremetal.mlops contributors (@baremetal-mlops)
extends_documentation_fragment:
  - baremetal.mlops._attributes.reader
  - baremetal.mlops._postgresql
options:
  roles:
    description: Names of the roles to read. All but PostgreSQL's own when not given; none if empty.
    type: list
    elements: str
  databases:
    description: Names of the databases to read. All but templates when not given; none if empty.
    type: list
    elements: str
  contents:
    description:
      - Whether to enter each database and read its schemas and extensions.
      - A database that cannot be entered is returned without them, and with a warning.
    type: bool
    default: true
seealso:
  - module: baremetal.mlops.postgresql_databases
"""

EXAMPLES = r"""
- name: Ask for all roles and databases
  baremetal.mlops.postgresql_databases_info:
    login_host: db.example.com
    login_password: "{{ postgresql_root_password }}"
    ca_cert: /etc/ssl/certs/site-ca.pem
  register: found

- name: Keep them as they are
  baremetal.mlops.postgresql_databases:
    login_host: db.example.com
    login_password: "{{ postgresql_root_password }}"
    ca_cert: /etc/ssl/certs/site-ca.pem
    roles: "{{ found.roles }}"
    databases: "{{ found.databases }}"
"""

RETURN = r"""
roles:
  description: The roles, by name in order. A password is never returned.
  returned: success
  type: list
  elements: dict
  sample:
    - name: mlflow
      login: true
      createdb: false
      createrole: false
      connection_limit: -1
      member_of: [readers]
has_password:
  description: Whether each of these roles has a password. Null where O(login_user) may not know.
  returned: success
  type: dict
  sample: {mlflow: true}
databases:
  description:
    - The databases, by name in order, each with its schemas and extensions.
    - The privileges of an owner are not listed, and those of V(public) only on schemas, since C(public_connect) says
      them.
  returned: success
  type: list
  elements: dict
  sample:
    - name: mlflow
      owner: mlflow
      encoding: UTF8
      connection_limit: -1
      public_connect: false
      grants:
        - role: readers
          privileges: [CONNECT]
      extensions:
        - name: plpgsql
          version: "1.0"
          schema: pg_catalog
      schemas:
        - name: public
          owner: pg_database_owner
          grants:
            - role: public
              privileges: [USAGE]
version:
  description: Version of the server, as its C(server_version_num).
  returned: success
  type: int
  sample: 180004
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import PlatformError
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql import info
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql.client import connect
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql.connection import OPTIONS, Connection


def main() -> t.NoReturn:
    module = AnsibleModule(
        argument_spec={
            **OPTIONS,
            "roles": {"type": "list", "elements": "str"},
            "databases": {"type": "list", "elements": "str"},
            "contents": {"type": "bool", "default": True},
        },
        supports_check_mode=True,
    )
    params = module.params
    try:
        with connect(Connection.from_params(params)) as client:
            found, warnings = info.read(client, params["roles"], params["databases"], params["contents"])
    except PlatformError as exc:
        module.fail_json(msg=exc.msg, **exc.details)
    for warning in warnings:
        module.warn(warning)
    module.exit_json(changed=False, **found)


if __name__ == "__main__":
    main()
