"""The lab's names in this machine's /etc/hosts: one marked block."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lab import settings

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = Path("/etc/hosts")
BEGIN = "# BEGIN baremetal-mlops lab"
END = "# END baremetal-mlops lab"


def without(text: str) -> str:
    """The file without the block, also where its end is missing."""
    kept: list[str] = []
    inside = False
    for line in text.splitlines():
        if line == BEGIN:
            inside = True
        elif line == END:
            inside = False
        elif not inside or not line.strip().endswith(f".{settings.DOMAIN}"):
            kept.append(line)
    return "".join(f"{line}\n" for line in kept)


def block(text: str, names: Mapping[str, str]) -> str:
    """The file with the block at its end."""
    lines = [BEGIN, *(f"{address} {name}" for name, address in sorted(names.items())), END]
    return without(text) + "".join(f"{line}\n" for line in lines)


def ensure() -> str:
    """Write the block unless it is there."""
    text = FILE.read_text()
    wanted = block(text, settings.PUBLISHED)
    if text != wanted:
        FILE.write_text(wanted)
    return ", ".join(sorted(settings.PUBLISHED))


def remove() -> bool:
    """Take the block out."""
    text = FILE.read_text()
    wanted = without(text)
    if BEGIN not in text:
        return False
    FILE.write_text(wanted)
    return True
