# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

from __future__ import annotations


class ModuleDocFragment:
    """Where Triton servers are, and their repository. Goes with the fragment of S3."""

    DOCUMENTATION = r"""
options:
  repository:
    description:
      - The model repository, a bucket and a path in it, such as V(s3://models) or V(s3://models/triton).
      - O(endpoint_url), O(access_key), O(secret_key) and O(region) say where the bucket is and who asks.
        O(validate_certs), O(ca_path) and O(timeout) are for every server that is asked.
    type: str
    required: true
  server_url:
    description:
      - Address of a Triton server's HTTP port, such as V(http://192.0.2.7:8000). Or give O(kubernetes).
      - If not set, the environment variable E(TRITON_URL) is used.
    type: str
  kubernetes:
    description:
      - How to reach the servers through the API server of a Kubernetes cluster, in which they are pods. Each pod that
        is ready is a server of its own, and all of them are kept. The ways are closed when the module ends.
      - It needs the right to list pods and to create C(pods/portforward) in the namespace.
    type: dict
    suboptions:
      kubeconfig:
        description: Path of the kubeconfig. Its current context is used, with a client certificate or a token.
        type: path
        required: true
      namespace:
        description: Namespace of the pods.
        type: str
        required: true
      selector:
        description: Labels of the pods, such as V(app.kubernetes.io/name=triton).
        type: str
        required: true
      port:
        description: HTTP port of the server in the pods.
        type: int
        default: 8000
  admin_header:
    description: Name of the header that a server wants to see, as the key in its option C(--http-restricted-api).
    type: str
    default: triton-admin
  admin_key:
    description: Value of O(admin_header). It is never shown. Not sent if not given.
    type: str
requirements:
  - cryptography
  - urllib3
  - websocket-client and PyYAML, for O(kubernetes)
"""
