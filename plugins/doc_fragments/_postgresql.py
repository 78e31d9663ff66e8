# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  login_host:
    description:
      - Name or address of the server, or the folder of its socket.
      - A name with several addresses is used at the first one that takes a connection.
      - With O(kubernetes) it is only the name that the server's certificate has to be for.
      - If not set, the environment variable E(PGHOST) is used.
    type: str
    default: localhost
  login_port:
    description:
      - Port of the server. Not used with O(kubernetes).
      - If not set, the environment variable E(PGPORT) is used.
    type: int
    default: 5432
  login_user:
    description:
      - Role to log in as. It needs to be allowed what the module shall do; a superuser is.
      - If not set, the environment variable E(PGUSER) is used.
    type: str
    default: postgres
  login_password:
    description:
      - Its password. It is never shown. Wrong credentials are tried once.
      - If not set, the environment variable E(PGPASSWORD) is used.
    type: str
  login_db:
    description:
      - Database to log in to.
      - If not set, the environment variable E(PGDATABASE) is used.
    type: str
    default: postgres
  ssl_mode:
    description:
      - How the connection is encrypted and the server's certificate checked, as libpq's C(sslmode). Only V(verify-ca)
        and V(verify-full) check it. A socket is never encrypted.
      - If not set, the environment variable E(PGSSLMODE) is used.
    type: str
    choices: [disable, allow, prefer, require, verify-ca, verify-full]
    default: verify-full
  ca_cert:
    description:
      - File with the certificate authorities to trust. Those of the system when not given.
      - If not set, the environment variable E(PGSSLROOTCERT) is used.
    type: path
  connect_timeout:
    description: Seconds to wait for a connection. It is never more than O(timeout).
    type: int
    default: 10
  timeout:
    description:
      - Seconds to wait for a statement, at most. One that is not done then, because the server is silent or the
        object is locked, is given up and fails. Making a database of a large template or an extension may need more
        than the default.
      - Once something was locked for that long, other locks are waited for only one second.
    type: int
    default: 30
  kubernetes:
    description:
      - How to reach the server through the API server of a Kubernetes cluster, in which it is a pod. The way is
        closed when the module ends.
      - It needs the right to list pods and to create C(pods/portforward) in the namespace.
    type: dict
    suboptions:
      kubeconfig:
        description: Path of the kubeconfig. Its current context is used, with a client certificate or a token.
        type: path
        required: true
      namespace:
        description: Namespace of the pod.
        type: str
        required: true
      selector:
        description:
          - Labels of the pod, such as V(cnpg.io/cluster=platform,cnpg.io/instanceRole=primary). Of several, the first
            one that is ready is used.
        type: str
        required: true
      port:
        description: Port of the server in the pod.
        type: int
        default: 5432
requirements:
  - psycopg, at least 3.2
  - websocket-client and PyYAML, for O(kubernetes)
"""
