# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

from __future__ import annotations


class ModuleDocFragment:
    """Where models are served: options of all modules that look after that."""

    DOCUMENTATION = r"""
options:
  kubeconfig:
    description: Path of the kubeconfig. Its current context is used, with a client certificate or a token.
    type: path
    required: true
  namespace:
    description: Namespace of the models.
    type: str
    default: models
  gateway_namespace:
    description: Namespace of the Gateway and of its pods.
    type: str
    default: gateway
  gateway_name:
    description: Name of the Gateway.
    type: str
    default: platform
  gateway_listener:
    description: Listener of the Gateway that models are served at.
    type: str
    default: https
  gateway_selector:
    description: Labels of the gateway's pods.
    type: str
    default: app.kubernetes.io/name=traefik
  gateway_metrics_port:
    description: Port at which the gateway's pods show their figures.
    type: int
    default: 9100
requirements:
  - PyYAML
  - websocket-client
"""
