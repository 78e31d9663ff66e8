"""Data disks: sparse files attached as loop devices, one a node."""

from __future__ import annotations

import os
from pathlib import Path

from lab import process, settings


def parse(listing: str) -> dict[str, str]:
    """`losetup --list` as backing file -> device; files that are deleted already count too."""
    found: dict[str, str] = {}
    for line in listing.splitlines():
        device, _unused, file = line.strip().partition(" ")
        if file:
            found[file.strip().removesuffix(" (deleted)").strip()] = device
    return found


def attached() -> dict[str, str]:
    """Backing file -> device of all loop devices of this machine."""
    return parse(process.run(["losetup", "--list", "--noheadings", "--raw", "--output", "NAME,BACK-FILE"]))


def ensure(places: settings.Places, node: settings.Node) -> str:
    """Device of a node's data disk."""
    file = places.disks / f"{node.name}.img"
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        file.touch(mode=0o600)
        os.truncate(file, settings.DISK_BYTES)
    found = attached().get(str(file))
    return found or process.run(["losetup", "--find", "--show", str(file)]).strip()


def remove(states: set[Path]) -> list[str]:
    """Detach every device whose file lies in one of the states."""
    gone = []
    for file, device in attached().items():
        if any(Path(file).is_relative_to(state / "disks") for state in states):
            process.run(["losetup", "--detach", device], check=False)
            gone.append(device)
    return gone
