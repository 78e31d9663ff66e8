# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""A Kubernetes API server with its etcd, without nodes: it keeps objects, and nobody acts on them."""

from __future__ import annotations

import contextlib
import json
import secrets
import typing as t
from dataclasses import dataclass

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from lab.builder import supply

from .process import Program, answers_well, free_ports, own_folder, write_secret

if t.TYPE_CHECKING:
    import pathlib

POLICY = "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules: [{level: Metadata}]\n"
WRITES = ("create", "update", "patch", "delete")
# Where components keep the kinds that they bring, in the module that they are built of.
KINDS = {
    "gateway-api": "config/crd/standard/gateway.networking.k8s.io_*.yaml",
    "kserve": "config/crd/full/serving.kserve.io_inferenceservices.yaml",
}


@dataclass(frozen=True)
class Cluster:
    """Its administrator's kubeconfig, and an account of the requests that it answered."""

    kubeconfig: str
    log: pathlib.Path
    requests: pathlib.Path

    def writes(self, user: str = "admin") -> list[str]:
        """Verb and object of each write that a user made and that was no dry run."""
        lines = (json.loads(line) for line in self.requests.read_text().splitlines())
        return [
            f"{line['verb']} {line['objectRef']['resource']}/{line['objectRef'].get('name', '')}"
            for line in lines
            if line["verb"] in WRITES
            and line["user"]["username"] == user
            and "dryRun=" not in line["requestURI"]
            and "subresource" not in line["objectRef"]
        ]


def kinds(component: str) -> str:
    """The definitions of the kinds that a component brings, as upstream released them."""
    files = sorted(supply.default().source(component).glob(KINDS[component]))
    return "\n---\n".join(path.read_text() for path in files)


@contextlib.contextmanager
def kubernetes(folder: pathlib.Path, port: int | None = None) -> t.Iterator[Cluster]:
    """An API server and its etcd."""
    folder = own_folder(folder)
    port = port or free_ports()[0]
    client, peer = (f"http://127.0.0.1:{number}" for number in free_ports(2))
    key, tokens, policy = folder / "accounts.key", folder / "tokens.csv", folder / "policy.yaml"
    token = secrets.token_urlsafe(24)
    write_secret(key, _key())
    write_secret(tokens, f"{token},admin,admin,system:masters\n")
    policy.write_text(POLICY)
    etcd = (
        f"--data-dir={folder}/etcd",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        "--unsafe-no-fsync",
    )
    server = (
        f"--etcd-servers={client}",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        f"--cert-dir={folder}",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={key}",
        f"--service-account-signing-key-file={key}",
        f"--token-auth-file={tokens}",
        "--authorization-mode=RBAC",
        f"--audit-policy-file={policy}",
        f"--audit-log-path={folder}/requests.log",
        "--audit-log-mode=blocking",
    )
    ca_path, address = folder / "apiserver.crt", f"https://127.0.0.1:{port}"
    found = Cluster(str(folder / "kubeconfig"), folder / "kube-apiserver.log", folder / "requests.log")
    write_secret(folder / "kubeconfig", _kubeconfig(address, str(ca_path), token))
    programs = supply.default()
    first = Program("etcd", folder, (str(programs.program("etcd", "etcd")), *etcd))
    second = Program("kube-apiserver", folder, (str(programs.program("kubernetes", "kube-apiserver")), *server))
    with (
        first.running(lambda: answers_well(f"{client}/health")),
        second.running(lambda: ca_path.exists() and answers_well(f"{address}/readyz", str(ca_path))),
    ):
        yield found


def _key() -> str:
    """Service accounts need one, whether somebody uses them or not."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    ).decode()


def _kubeconfig(server: str, ca_path: str, token: str) -> str:
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "test",
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "admin"}}],
            "clusters": [{"name": "test", "cluster": {"server": server, "certificate-authority": ca_path}}],
            "users": [{"name": "admin", "user": {"token": token}}],
        }
    )
