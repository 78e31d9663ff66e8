"""The mirror's own certificate authority and server certificate, made with openssl."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab import process

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

DAYS = "365"
CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
AUTHORITY = ("basicConstraints=critical,CA:TRUE,pathlen:0", "keyUsage=critical,keyCertSign,cRLSign")
SERVER = (
    "basicConstraints=critical,CA:FALSE",
    "keyUsage=critical,digitalSignature",
    "extendedKeyUsage=serverAuth",
    "authorityKeyIdentifier=keyid",
)


def extensions(lines: Sequence[str]) -> list[str]:
    """As arguments of `openssl req`."""
    return [word for line in lines for word in ("-addext", line)]


def ensure(folder: Path, names: Sequence[str], addresses: Sequence[str]) -> None:
    """Make ca.pem and server.pem with their keys unless they are there and still good for a week."""
    if valid(folder):
        return
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    ca, ca_key = folder / "ca.pem", folder / "ca.key"
    server, server_key = folder / "server.pem", folder / "server.key"
    request = ("openssl", "req", "-x509", "-sha256", "-days", DAYS, *CURVE)
    process.run(
        [*request, "-subj", "/CN=Lab mirror CA", "-keyout", str(ca_key), "-out", str(ca), *extensions(AUTHORITY)]
    )
    wanted = ",".join([*(f"DNS:{name}" for name in names), *(f"IP:{address}" for address in addresses)])
    process.run(
        [
            *request,
            *("-CA", str(ca), "-CAkey", str(ca_key)),
            *("-subj", f"/CN={names[0]}", "-keyout", str(server_key), "-out", str(server)),
            *extensions([*SERVER, f"subjectAltName={wanted}"]),
        ]
    )
    for key in (ca_key, server_key):
        key.chmod(0o600)


def valid(folder: Path) -> bool:
    """Whether the server certificate is there, is the CA's and stays good for a week."""
    server, ca = folder / "server.pem", folder / "ca.pem"
    if not (server.exists() and ca.exists() and (folder / "server.key").exists()):
        return False
    lasts = process.run(["openssl", "x509", "-noout", "-checkend", "604800", "-in", str(server)], check=False)
    signed = process.run(["openssl", "verify", "-CAfile", str(ca), str(server)], check=False)
    return "will not expire" in lasts and signed.rstrip().endswith("OK")
