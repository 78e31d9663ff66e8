# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Certificate signing requests over the API.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import base64
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import DependencyError
from ansible_collections.baremetal.mlops.plugins.module_utils._kubernetes.csrs import SigningRequest

try:
    from cryptography import x509
    from cryptography.x509.oid import NameOID
except ImportError:  # pragma: no cover
    x509 = None  # type: ignore[assignment]

if t.TYPE_CHECKING:
    from ansible_collections.baremetal.mlops.plugins.module_utils._kubernetes.client import KubeClient

PATH = "/apis/certificates.k8s.io/v1/certificatesigningrequests"


class SigningRequests:
    def __init__(self, client: KubeClient) -> None:
        if x509 is None:
            raise DependencyError("the Python library cryptography is missing: install it for the controller's Python")
        self._client = client

    def requests(self) -> list[SigningRequest]:
        return [parse(item) for item in self._client.items(PATH)]

    def approve(self, name: str) -> None:
        request = self._client.get(f"{PATH}/{name}") or {}
        condition = {
            "type": "Approved",
            "status": "True",
            "reason": "InventoryNode",
            "message": "Name and addresses are those of the inventory.",
        }
        request.setdefault("status", {}).setdefault("conditions", []).append(condition)
        self._client.put(f"{PATH}/{name}/approval", request)


def parse(item: t.Mapping[str, t.Any]) -> SigningRequest:
    spec = item["spec"]
    pkcs10 = x509.load_pem_x509_csr(base64.b64decode(spec["request"]))
    names = _alternative_names(pkcs10)
    return SigningRequest(
        name=item["metadata"]["name"],
        signer=spec["signerName"],
        username=spec.get("username", ""),
        groups=spec.get("groups", []),
        usages=spec.get("usages", []),
        decided=bool(item.get("status", {}).get("conditions")),
        common_name=_first(pkcs10.subject, NameOID.COMMON_NAME),
        organizations=[str(part.value) for part in pkcs10.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)],
        dns_names=[str(name.value) for name in names if isinstance(name, x509.DNSName)],
        ip_addresses=[str(name.value) for name in names if isinstance(name, x509.IPAddress)],
        other_names=[str(name.value) for name in names if not isinstance(name, (x509.DNSName, x509.IPAddress))],
    )


def _first(subject: x509.Name, oid: x509.ObjectIdentifier) -> str:
    found = subject.get_attributes_for_oid(oid)
    return str(found[0].value) if found else ""


def _alternative_names(pkcs10: x509.CertificateSigningRequest) -> list[t.Any]:
    try:
        return list(pkcs10.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound:
        return []
