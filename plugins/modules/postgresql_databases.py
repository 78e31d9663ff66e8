#!/usr/bin/python
# Copyright (c) 2026 baremetal.mlops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: postgresql_databases
short_description: Keep roles and databases of a PostgreSQL server
version_added: 0.1.0
description:
  - Creates, changes and drops roles and databases, with privileges, schemas and extensions, all in one call.
  - What an item does not name is left as it is, and so are roles and databases that are not listed.
  - All roles are read by one query and all databases by another. A database is only entered if O(databases[].schemas)
    or O(databases[].extensions) names something. Statements that would change nothing are not sent.
  - Each role, the settings of each database, each schema and each extension is changed in one transaction. PostgreSQL
    creates and drops databases outside of transactions; a run that was interrupted is completed by the next one.
  - Two runs on one O(login_db) wait for each other before they write. What somebody else creates meanwhile is made as
    wanted.
  - An item or a field that cannot be made as wanted fails alone. The others are made, and then the module fails.
  - Works through PgBouncer, also when it pools transactions. O(login_db) then needs at least two connections to the
    server, and a database that was entered cannot be a template until PgBouncer has closed its connection.
author:
  - baremetal.mlops contributors (@baremetal-mlops)
extends_documentation_fragment:
  - baremetal.mlops._attributes
  - baremetal.mlops._postgresql
options:
  roles:
    description: The roles.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the role, at most 63 bytes. Names that begin with C(pg_) are PostgreSQL's own.
        type: str
        required: true
      state:
        description:
          - Whether the role exists.
          - A role that owns something, or that has privileges on something, is not dropped; the item fails and says
            what it is. The last objects may go in the same run, such as a database that gets another owner.
        type: str
        choices: [present, absent]
        default: present
      password:
        description:
          - Password of the role, or its SCRAM verifier as PostgreSQL keeps it. It is never shown, and never sent to the
            server, which gets a new verifier.
          - The password is tried on the verifier that the server keeps, and only set if it is another one, or if the
            server keeps an MD5 hash. For that O(login_user) has to be a superuser, or allowed to read C(pg_authid).
          - If it is not, the module logs in as the role, once for each. Where the server lets the role in without
            asking for the password, or does not let it log in at all, the field fails.
        type: str
      login:
        description: Whether the role may log in. A new one may not when not given.
        type: bool
      createdb:
        description: Whether the role may create databases. A new one may not when not given.
        type: bool
      createrole:
        description: Whether the role may create and change roles. A new one may not when not given.
        type: bool
      connection_limit:
        description: Number of connections that the role may have at a time, V(-1) for any. A new role may have any.
        type: int
      member_of:
        description:
          - Roles that the role is a member of. They have to exist or to be listed.
          - The list is exact, since a membership that nobody wants is a way in. Others are revoked. An empty list
            revokes all.
        type: list
        elements: str
  databases:
    description: The databases.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the database, at most 63 bytes.
        type: str
        required: true
      state:
        description: Whether the database exists. One that exists is only dropped with O(databases[].force_drop).
        type: str
        choices: [present, absent]
        default: present
      force_drop:
        description:
          - The consent to lose the data. The database is dropped with all that it holds, and sessions in it are ended.
          - Without it O(databases[].state=absent) fails for a database that exists.
        type: bool
        default: false
      owner:
        description: Role that owns the database. A new one belongs to O(login_user) when not given.
        type: str
      encoding:
        description:
          - Encoding, such as V(UTF8). A new database has that of its template when not given, and can only have
            another if O(databases[].template=template0).
          - The encoding of a database that exists cannot be changed. The field fails if it differs.
        type: str
      template:
        description:
          - Database that a new one is a copy of. Not looked at for a database that exists. PostgreSQL's default is
            C(template1).
          - What a template holds besides PostgreSQL's own is not known in check mode.
        type: str
      connection_limit:
        description: Number of connections to the database at a time, V(-1) for any. A new one takes any.
        type: int
      public_connect:
        description:
          - Whether every role may connect. PostgreSQL lets every role into a new database.
          - Only says whether C(PUBLIC) has the privilege C(CONNECT). Name V(public) in O(databases[].grants) instead
            to say all that it has.
        type: bool
      grants:
        description: Privileges on the database. Those of roles that are not listed are left as they are.
        type: list
        elements: dict
        suboptions:
          role:
            description: Role that has the privileges, or V(public) for every role. It has to exist or to be listed.
            type: str
            required: true
          privileges:
            description:
              - The privileges of the role on this database. The list is exact; others are revoked. An empty list
                revokes all.
              - The owner of the database only gets what it lacks, and nothing is revoked from it.
            type: list
            elements: str
            choices: [CREATE, CONNECT, TEMPORARY]
            required: true
      extensions:
        description:
          - Extensions that exist in the database, in this order. Others are left alone.
          - Each is a name, or a dictionary with C(name), C(version) and C(schema). An extension is only updated if
            C(version) is given, and only moved if C(schema) is given. Extensions that another one needs have to be
            listed before it.
        type: list
        elements: raw
      schemas:
        description: Schemas that exist in the database. Others are left alone.
        type: list
        elements: dict
        suboptions:
          name:
            description: Name of the schema, at most 63 bytes.
            type: str
            required: true
          owner:
            description: Role that owns the schema. A new one belongs to O(login_user) when not given.
            type: str
          grants:
            description: Privileges on the schema. Those of roles that are not listed are left as they are.
            type: list
            elements: dict
            suboptions:
              role:
                description: Role that has the privileges, or V(public) for every role. It has to exist or to be listed.
                type: str
                required: true
              privileges:
                description:
                  - The privileges of the role on this schema. The list is exact; others are revoked. An empty list
                    revokes all.
                  - The owner of the schema only gets what it lacks, and nothing is revoked from it.
                type: list
                elements: str
                choices: [CREATE, USAGE]
                required: true
seealso:
  - module: baremetal.mlops.postgresql_databases_info
"""

EXAMPLES = r"""
- name: Keep the roles and databases
  baremetal.mlops.postgresql_databases:
    login_host: db.example.com
    login_password: "{{ postgresql_root_password }}"
    ca_cert: /etc/ssl/certs/site-ca.pem
    roles:
      - name: readers
      - name: mlflow
        login: true
        password: "{{ mlflow_database_password }}"
        connection_limit: 50
      - name: analyst
        login: true
        password: "{{ analyst_database_password }}"
        member_of: [readers]
      - name: intern
        state: absent
    databases:
      - name: mlflow
        owner: mlflow
        public_connect: false
        grants:
          - role: readers
            privileges: [CONNECT]
        extensions:
          - pg_stat_statements
          - name: vector
            schema: public
        schemas:
          - name: reports
            owner: mlflow
            grants:
              - role: readers
                privileges: [USAGE]
      - name: scratch
        state: absent
        force_drop: true

- name: Keep a role, through the API server of a cluster
  baremetal.mlops.postgresql_databases:
    login_host: platform-rw.postgresql.svc
    login_password: "{{ postgresql_root_password }}"
    ca_cert: /etc/ssl/certs/site-ca.pem
    kubernetes:
      kubeconfig: ~/.kube/config
      namespace: postgresql
      selector: cnpg.io/cluster=platform,cnpg.io/instanceRole=primary
    roles:
      - name: mlflow
        login: true
"""

RETURN = r"""
roles:
  description:
    - The listed roles that exist after the module ran, by name, with what was named of each.
    - A password is V(set) if it is the one that was given. In a difference it may also be V(another), V(unset),
      V(md5), or V(unknown) if that cannot be told.
  returned: success
  type: dict
  sample: {mlflow: {login: true, password: set}}
databases:
  description: The listed databases that exist after the module ran, by name, with what was named of each.
  returned: success
  type: dict
  sample: {mlflow: {owner: mlflow, public_connect: false}}
actions:
  description: What was done, or in check mode would be done, one line a write.
  returned: success
  type: list
  elements: str
  sample: [create role mlflow, create database mlflow, "change database mlflow: revoke CONNECT from public"]
queries:
  description: The statements that were sent to change something, or in check mode would be, without passwords.
  returned: success
  type: list
  elements: str
  sample: ['CREATE ROLE "mlflow" LOGIN PASSWORD ''********''']
failures:
  description: What could not be made as wanted, and why. The module failed if there is any.
  returned: failure
  type: list
  elements: dict
  contains:
    item:
      description: Path of the item or field.
      type: str
      sample: databases.mlflow.encoding
    msg:
      description: Why.
      type: str
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.baremetal.mlops.plugins.module_utils import _reconcile
from ansible_collections.baremetal.mlops.plugins.module_utils._errors import PlatformError
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql import model
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql.client import connect
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql.connection import OPTIONS, Connection
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql.options import DATABASE_OPTIONS, ROLE_OPTIONS
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql.wanted import Wanted


def main() -> t.NoReturn:
    module = AnsibleModule(
        argument_spec={
            **OPTIONS,
            "roles": {"type": "list", "elements": "dict", "options": ROLE_OPTIONS},
            "databases": {"type": "list", "elements": "dict", "options": DATABASE_OPTIONS},
        },
        supports_check_mode=True,
    )
    try:
        wanted = Wanted.from_params(module.params)
        _reconcile.refuse_repeated(module, **wanted.names())
        with connect(Connection.from_params(module.params)) as client:
            _reconcile.run(
                module,
                lambda: model.plan_alone(client, wanted),
                lambda plan: {**model.read(client, wanted, plan), "queries": client.queries},
            )
    except PlatformError as exc:
        module.fail_json(msg=exc.msg, **exc.details)


if __name__ == "__main__":
    main()
