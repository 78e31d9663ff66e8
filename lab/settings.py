"""Names, addresses and places of the lab: the only file that states them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

LABEL = "baremetal-mlops.lab"
LABEL_STATE = "baremetal-mlops.state"
NAME = "lab"
STATE = ".lab"
NETWORK = "baremetal-mlops-lab"
SUBNET = "10.90.0.0/24"
GATEWAY = "10.90.0.1"
API_ADDRESS = "10.90.0.100"
API_PORT = 8443
DOMAIN = "lab.test"
MIRROR = f"mirror.{DOMAIN}"
MIRROR_PORT = 5443
REGISTRY_PORT = 5444
DISK_BYTES = 20 * 1024**3
PUBLISHED = {
    f"platform-verify.{DOMAIN}": "10.90.0.200",
    f"feast.{DOMAIN}": "10.90.0.200",
    f"mlflow.{DOMAIN}": "10.90.0.200",
    f"triton.{DOMAIN}": "10.90.0.200",
    f"s3.{DOMAIN}": "10.90.0.201",
    MIRROR: GATEWAY,
}
PROFILES = ("core", "full")


@dataclass(frozen=True)
class Node:
    """One bare machine of the lab."""

    name: str
    address: str


NODES = tuple(Node(f"node{number}", f"10.90.0.{10 + number}") for number in (1, 2, 3))


@dataclass(frozen=True)
class Places:
    """Where this checkout keeps the lab's state, and where the cache is."""

    checkout: Path
    cache: Path

    @property
    def state(self) -> Path:
        """All that `down` removes."""
        return self.checkout / STATE

    @property
    def key(self) -> Path:
        """Private key for the nodes."""
        return self.state / "ssh" / "id_ed25519"

    @property
    def known_hosts(self) -> Path:
        """Host keys of the nodes."""
        return self.state / "ssh" / "known_hosts"

    @property
    def disks(self) -> Path:
        """Files behind the data disks."""
        return self.state / "disks"

    @property
    def mirror(self) -> Path:
        """Configuration, certificates and process ids of the mirror's servers."""
        return self.state / "mirror"

    @property
    def mirror_tree(self) -> Path:
        """What the mirror serves; filled by `lab.builder`."""
        return self.cache / "mirror"

    @property
    def reports(self) -> Path:
        """Times and counts of the runs."""
        return self.state / "reports"

    @property
    def kubeconfig(self) -> Path:
        """Written by the kubernetes role."""
        return self.state / "kubeconfig"

    @property
    def checksums(self) -> Path:
        """Digests of what the mirror holds, as the roles expect them."""
        return self.state / "checksums.yml"

    @property
    def secrets(self) -> Path:
        """Generated secrets of the site."""
        return self.state / "secrets"


def places() -> Places:
    """The places of this checkout."""
    cache = os.environ.get("BAREMETAL_MLOPS_CACHE") or str(Path.home() / ".cache" / "baremetal-mlops")
    return Places(checkout=Path(__file__).resolve().parents[1], cache=Path(cache).expanduser().resolve())
