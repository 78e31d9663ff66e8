# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Named allowances as rules of the network plugin."""

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.baremetal.mlops.plugins.filter.policy_rules import policy_rules

TCP = [{"ports": [{"port": "5432", "protocol": "TCP"}]}]


@pytest.mark.parametrize(
    ("peer", "direction", "rule"),
    [
        (
            {"namespace": "db", "pods": {"app": "pooler"}},
            "egress",
            {"toEndpoints": [{"matchLabels": {"k8s:io.kubernetes.pod.namespace": "db", "k8s:app": "pooler"}}]},
        ),
        (
            {"namespace_labels": {"client": "true"}},
            "ingress",
            {"fromEndpoints": [{"matchLabels": {"k8s:io.cilium.k8s.namespace.labels.client": "true"}}]},
        ),
        ({"entity": "apiserver"}, "egress", {"toEntities": ["kube-apiserver"]}),
        ({"entity": "nodes"}, "ingress", {"fromEntities": ["host", "remote-node", "kube-apiserver"]}),
        ({"cidr": "192.0.2.0/24"}, "ingress", {"fromCIDR": ["192.0.2.0/24"]}),
    ],
)
def test_peers(peer: dict[str, t.Any], direction: str, rule: dict[str, t.Any]) -> None:
    allowance = {"name": "why", "peers": [peer], "ports": [5432]}
    assert policy_rules([allowance], direction) == [
        {"description": "why", "endpointSelector": {}, direction: [{**rule, "toPorts": TCP}]}
    ]


def test_peers_of_several_kinds_are_alternatives() -> None:
    peers = [{"entity": "world"}, {"entity": "cluster"}, {"namespace": "a"}]
    (rule,) = policy_rules([{"name": "x", "pods": {"app": "web"}, "peers": peers}], "ingress")
    assert rule["endpointSelector"] == {"matchLabels": {"k8s:app": "web"}}
    assert [list(part) for part in rule["ingress"]] == [["fromEntities"], ["fromEndpoints"]]
    assert rule["ingress"][0]["fromEntities"] == ["world", "cluster"]


@pytest.mark.parametrize("peer", [{}, {"namespace": "a", "entity": "world"}, {"entity": "moon"}, {"pods": {"a": "b"}}])
def test_an_unclear_peer_is_refused(peer: dict[str, t.Any]) -> None:
    with pytest.raises(AnsibleFilterError, match="allowance x: "):
        policy_rules([{"name": "x", "peers": [peer]}], "ingress")


def test_an_unclear_direction_is_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="ingress or egress"):
        policy_rules([], "sideways")
