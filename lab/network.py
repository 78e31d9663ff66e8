"""The lab's network: one bridge, whose gateway is this machine."""

from __future__ import annotations

from lab import settings
from lab.podman import inspect, podman


def ensure() -> str:
    """Make the network unless it is there."""
    if inspect("network", settings.NETWORK):
        return "there already"
    podman(
        "network",
        "create",
        "--driver=bridge",
        "--disable-dns",
        f"--subnet={settings.SUBNET}",
        f"--gateway={settings.GATEWAY}",
        f"--label={settings.LABEL}={settings.NAME}",
        settings.NETWORK,
    )
    return "made"


def remove() -> None:
    """Remove the network, if it is there."""
    if inspect("network", settings.NETWORK):
        podman("network", "rm", "--force", settings.NETWORK)
