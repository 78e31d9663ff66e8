# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The module kubelet_serving_csrs over requests in memory, and what must never be approved."""

from __future__ import annotations

import base64
import dataclasses
import ipaddress
import typing as t

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError
from ansible_collections.baremetal.mlops.plugins.module_utils._kubernetes import csr_client, csrs
from ansible_collections.baremetal.mlops.plugins.modules import kubelet_serving_csrs
from ansible_collections.baremetal.mlops.tests.unit.fakes.modules import four_claims, run

NODES = {"node1": csrs.Node("node1", ["192.0.2.11"]), "node2": csrs.Node("node2", ["192.0.2.12"])}
RIGHT = csrs.SigningRequest(
    name="csr-1",
    signer=csrs.SIGNER,
    username="system:node:node1",
    groups=["system:nodes", "system:authenticated"],
    usages=["digital signature", "server auth"],
    decided=False,
    common_name="system:node:node1",
    organizations=["system:nodes"],
    dns_names=["node1"],
    ip_addresses=["192.0.2.11"],
)


class FakeRequests:
    def __init__(self, *requests: csrs.SigningRequest) -> None:
        self.by_name = {request.name: request for request in requests}

    def requests(self) -> list[csrs.SigningRequest]:
        return list(self.by_name.values())

    def approve(self, name: str) -> None:
        self.by_name[name] = dataclasses.replace(self.by_name[name], decided=True)


WRONG = [
    pytest.param({"username": "system:node:node9", "common_name": "system:node:node9"}, "node9", id="unknown node"),
    pytest.param({"username": "admin"}, "not a node", id="not a node's user"),
    pytest.param({"username": "node1"}, "not a node", id="a node's bare name"),
    pytest.param({"groups": ["system:authenticated"]}, "groups", id="not in the nodes' group"),
    pytest.param({"common_name": "system:node:node2"}, "common name", id="another node's name"),
    pytest.param({"organizations": ["system:nodes", "system:masters"]}, "organizations", id="masters"),
    pytest.param({"organizations": []}, "organizations", id="no organization"),
    pytest.param({"usages": ["client auth", "digital signature"]}, "usages", id="client certificate"),
    pytest.param({"usages": ["server auth", "digital signature", "cert sign"]}, "usages", id="a CA"),
    pytest.param({"dns_names": ["node1", "kubernetes"]}, "kubernetes", id="another host's name"),
    pytest.param({"ip_addresses": ["192.0.2.12"]}, "192.0.2.12", id="another host's address"),
    pytest.param({"other_names": ["spiffe://x"]}, "spiffe://x", id="a URI"),
    pytest.param({"dns_names": [], "ip_addresses": []}, "neither", id="no name at all"),
]


@pytest.mark.parametrize(("change", "reason"), WRONG)
def test_what_must_not_be_approved(change: dict[str, t.Any], reason: str) -> None:
    wrong = dataclasses.replace(RIGHT, **change)
    client = FakeRequests(wrong)
    assert csrs.plan(client, NODES).steps == []
    assert reason in csrs.refused(client, NODES)[0]["reason"]


@pytest.mark.parametrize("change", [{"decided": True}, {"signer": "kubernetes.io/kube-apiserver-client-kubelet"}])
def test_what_is_not_our_business(change: dict[str, t.Any]) -> None:
    client = FakeRequests(dataclasses.replace(RIGHT, **change))
    assert csrs.plan(client, NODES).steps == []
    assert csrs.refused(client, NODES) == []


def args(**more: t.Any) -> dict[str, t.Any]:
    nodes = [{"name": node.name, "addresses": list(node.addresses)} for node in NODES.values()]
    return {"kubeconfig": "/none", "nodes": nodes, **more}


def test_only_the_right_one_is_approved(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = dataclasses.replace(RIGHT, name="csr-2", dns_names=["kubernetes"])
    client = FakeRequests(RIGHT, wrong)
    monkeypatch.setattr(kubelet_serving_csrs, "KubeClient", lambda _path: None)
    monkeypatch.setattr(kubelet_serving_csrs, "SigningRequests", lambda _client: client)
    assert four_claims(kubelet_serving_csrs.main, capsys, **args()) == ["approve csr-1 of system:node:node1"]
    answer = run(kubelet_serving_csrs.main, capsys, **args())
    assert [item["name"] for item in answer["refused"]] == ["csr-2"]
    assert not client.by_name["csr-2"].decided


def test_nodes_that_have_just_joined_are_waited_for() -> None:
    client = FakeRequests()
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds
        if now[0] > 10:
            client.by_name["csr-1"] = RIGHT

    csrs.wait_for(client, ["node1"], 60, lambda: now[0], sleep)
    with pytest.raises(ApiError, match="node2 within 5 s"):
        csrs.wait_for(client, ["node1", "node2"], 5, lambda: now[0], sleep)


def test_a_request_is_read_from_its_pkcs10() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.DNSName("node1"), x509.IPAddress(ipaddress.ip_address("192.0.2.11")), x509.RFC822Name("a@b.example")]
    subject = [(NameOID.ORGANIZATION_NAME, "system:nodes"), (NameOID.COMMON_NAME, "system:node:node1")]
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([x509.NameAttribute(oid, value) for oid, value in subject]))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = request.public_bytes(serialization.Encoding.PEM)
    item = {
        "metadata": {"name": "csr-1"},
        "spec": {
            "request": base64.b64encode(pem).decode(),
            "signerName": csrs.SIGNER,
            "username": RIGHT.username,
            "groups": RIGHT.groups,
            "usages": RIGHT.usages,
        },
        "status": {},
    }
    assert csr_client.parse(item) == dataclasses.replace(RIGHT, other_names=["a@b.example"])
