# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  endpoint_url:
    description:
      - Address of the S3 service, such as V(https://s3.example.com).
      - If not set, the environment variables E(AWS_ENDPOINT_URL_S3) and E(AWS_ENDPOINT_URL) are tried, in this order.
    type: str
    required: true
  access_key:
    description:
      - Access key.
      - If not set, the environment variable E(AWS_ACCESS_KEY_ID) is used.
    type: str
    required: true
  secret_key:
    description:
      - Secret key. It is never shown.
      - If not set, the environment variable E(AWS_SECRET_ACCESS_KEY) is used.
    type: str
    required: true
  region:
    description:
      - Region that requests are signed for.
      - If not set, the environment variables E(AWS_REGION) and E(AWS_DEFAULT_REGION) are tried, in this order.
    type: str
    default: us-east-1
  validate_certs:
    description: Whether the certificate of the service is checked.
    type: bool
    default: true
  ca_path:
    description:
      - File with the certificate authorities to trust. Those that Python ships when not given.
      - If not set, the environment variable E(AWS_CA_BUNDLE) is used.
    type: path
  timeout:
    description: Seconds after which a call to a service that does not answer is given up, its repetitions included.
    type: int
    default: 30
requirements:
  - boto3
"""
