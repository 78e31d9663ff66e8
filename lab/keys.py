"""The SSH key made for the nodes, and the host keys that they showed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lab import process

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lab.settings import Places

SHARED = "baremetal-mlops-*"  # as in the inventory's ControlPath


def hang_up(folder: Path = Path("/run")) -> int:
    """End the shared connections to the nodes."""
    found = list(folder.glob(SHARED))
    for path in found:
        process.run(["ssh", "-o", f"ControlPath={path}", "-O", "exit", "node"], check=False)
        path.unlink(missing_ok=True)
    return len(found)


def ensure(places: Places) -> str:
    """Make the key unless it is there; returns the public part."""
    places.key.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    public = places.key.with_suffix(".pub")
    if not public.exists():
        places.key.unlink(missing_ok=True)
        process.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "baremetal-mlops lab", "-f", str(places.key)])
    return public.read_text().strip()


def known_hosts(host_keys: Mapping[str, str]) -> str:
    """Text of known_hosts from address -> public host key."""
    return "".join(f"{host} {' '.join(key.split()[:2])}\n" for host, key in sorted(host_keys.items()))


def command(places: Places, address: str, *words: str) -> list[str]:
    """The ssh command for a node."""
    return [
        "ssh",
        "-i",
        str(places.key),
        "-o",
        f"UserKnownHostsFile={places.known_hosts}",
        "-o",
        "StrictHostKeyChecking=yes",
        "-o",
        "BatchMode=yes",
        "-o",
        "ConnectTimeout=3",
        f"root@{address}",
        *words,
    ]
