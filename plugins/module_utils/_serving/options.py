# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Where models are served: the options that both modules share.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._serving.wanted import Site

if t.TYPE_CHECKING:
    from collections.abc import Mapping

OPTIONS: Mapping[str, Mapping[str, t.Any]] = {
    "kubeconfig": {"type": "path", "required": True},
    "namespace": {"type": "str", "default": "models"},
    "gateway_namespace": {"type": "str", "default": "gateway"},
    "gateway_name": {"type": "str", "default": "platform"},
    "gateway_listener": {"type": "str", "default": "https"},
    "gateway_selector": {"type": "str", "default": "app.kubernetes.io/name=traefik"},
    "gateway_metrics_port": {"type": "int", "default": 9100},
}


def site(params: Mapping[str, t.Any]) -> Site:
    """Out of a module's parameters, as far as it has them."""
    return Site(**{one.name: params[one.name] for one in dataclasses.fields(Site) if one.name in params})


def gateway(params: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Whom the gateway's figures are asked of, and how long."""
    return {
        "gateway_namespace": params["gateway_namespace"],
        "selector": params["gateway_selector"],
        "port": params["gateway_metrics_port"],
        "timeout": params["timeout"],
    }
