# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

from __future__ import annotations


class ModuleDocFragment:
    """Where an MLflow server is: options of all modules that speak to one."""

    DOCUMENTATION = r"""
options:
  tracking_uri:
    description:
      - Address of the MLflow server, such as V(https://mlflow.example.com). It holds no user name and no password.
      - If not set, the environment variable E(MLFLOW_TRACKING_URI) is used.
    type: str
    required: true
  username:
    description:
      - User that asks, where the server has users. It goes before O(token).
      - If not set, the environment variable E(MLFLOW_TRACKING_USERNAME) is used.
    type: str
  password:
    description:
      - Password of O(username). It is never shown.
      - If not set, the environment variable E(MLFLOW_TRACKING_PASSWORD) is used.
    type: str
  token:
    description:
      - Bearer token that says who asks, where a gateway before the server wants one. It is never shown.
      - If not set, the environment variable E(MLFLOW_TRACKING_TOKEN) is used.
    type: str
  validate_certs:
    description: Whether the certificate of the server is checked.
    type: bool
    default: true
  ca_path:
    description:
      - File with the certificate authorities to trust. Those of the host when not given.
      - If not set, the environment variable E(MLFLOW_TRACKING_SERVER_CERT_PATH) is used.
    type: path
  timeout:
    description: Seconds after which a call to a server that does not answer is given up, its repetitions included.
    type: int
    default: 30
requirements:
  - cryptography
  - urllib3
"""
