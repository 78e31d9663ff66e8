# Copyright (c) 2026 baremetal.mlops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: policy_rules
short_description: Rules of a CiliumNetworkPolicy from named allowances
version_added: 0.1.0
description:
  - Turns the allowances of the role P(baremetal.mlops.kube_namespace#role) into the C(specs) of a CiliumNetworkPolicy.
author:
  - baremetal.mlops contributors (@baremetal-mlops)
positional: direction
options:
  _input:
    description: Allowances, each with C(name), C(peers) and optionally C(pods) and C(ports).
    type: list
    elements: dict
    required: true
  direction:
    description: Whether peers connect to the pods or the pods to peers.
    type: str
    choices: [ingress, egress]
    required: true
"""

EXAMPLES = r"""
- name: Show the rule that lets the gateway in
  ansible.builtin.debug:
    msg: "{{ allowances | baremetal.mlops.policy_rules('ingress') }}"
  vars:
    allowances:
      - name: web
        peers:
          - namespace: gateway
        ports: [5000]
"""

RETURN = r"""
_value:
  description: One rule for each allowance.
  type: list
  elements: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

# A node that runs an API server has the identities of both; calls of webhooks come from either.
ENTITIES = {
    "apiserver": ["kube-apiserver"],
    "nodes": ["host", "remote-node", "kube-apiserver"],
    "cluster": ["cluster"],
    "world": ["world"],
}
KINDS = ("namespace", "namespace_labels", "entity", "cidr")
PREFIX = {"ingress": "from", "egress": "to"}


def policy_rules(allowances: Sequence[Mapping[str, t.Any]], direction: str) -> list[dict[str, t.Any]]:
    if direction not in PREFIX:
        raise AnsibleFilterError(f"policy_rules: direction is ingress or egress, not {direction}")
    return [_rule(allowance, direction) for allowance in allowances]


def _rule(allowance: Mapping[str, t.Any], direction: str) -> dict[str, t.Any]:
    ports = _ports(allowance.get("ports") or [])
    peers: dict[str, list[t.Any]] = {}
    for peer in allowance["peers"]:
        key, values = _peer(peer, allowance["name"])
        peers.setdefault(PREFIX[direction] + key, []).extend(values)
    pods = allowance.get("pods") or {}
    return {
        "description": str(allowance["name"]),
        "endpointSelector": {"matchLabels": _labels("k8s:", pods)} if pods else {},
        direction: [{key: values, **ports} for key, values in peers.items()],
    }


def _peer(peer: Mapping[str, t.Any], name: str) -> tuple[str, list[t.Any]]:
    kinds = [kind for kind in KINDS if peer.get(kind)]
    if len(kinds) != 1:
        raise AnsibleFilterError(f"allowance {name}: a peer is exactly one of {', '.join(KINDS)}, not {dict(peer)}")
    if kinds[0] == "entity":
        if peer["entity"] not in ENTITIES:
            raise AnsibleFilterError(f"allowance {name}: entity is one of {', '.join(ENTITIES)}, not {peer['entity']}")
        return "Entities", ENTITIES[peer["entity"]]
    if kinds[0] == "cidr":
        return "CIDR", [str(peer["cidr"])]
    if kinds[0] == "namespace":
        labels = {"k8s:io.kubernetes.pod.namespace": str(peer["namespace"])}
    else:
        labels = _labels("k8s:io.cilium.k8s.namespace.labels.", peer["namespace_labels"])
    return "Endpoints", [{"matchLabels": labels | _labels("k8s:", peer.get("pods") or {})}]


def _labels(prefix: str, labels: Mapping[str, t.Any]) -> dict[str, str]:
    return {f"{prefix}{key}": str(value) for key, value in labels.items()}


def _ports(ports: Sequence[int]) -> dict[str, t.Any]:
    if not ports:
        return {}
    return {"toPorts": [{"ports": [{"port": str(port), "protocol": "TCP"} for port in ports]}]}


class FilterModule:
    def filters(self) -> dict[str, Callable[..., t.Any]]:
        return {"policy_rules": policy_rules}
