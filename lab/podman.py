"""podman with the runtime and cgroup manager that hybrid cgroups need, whatever the host's configuration says."""

from __future__ import annotations

import json
from typing import Any

from lab import process

PODMAN = ("podman", "--runtime", "runc", "--cgroup-manager", "cgroupfs")


def podman(*argv: str, check: bool = True, stdin: str | None = None) -> str:
    """Run podman and return what it printed."""
    return process.run([*PODMAN, *argv], check=check, stdin=stdin)


def inspect(kind: str, name: str) -> dict[str, Any] | None:
    """Description of an object, None where it is missing."""
    found = json.loads(podman(kind, "inspect", name, check=False) or "[]")
    return dict(found[0]) if found else None


def names(*argv: str) -> list[str]:
    """Lines that a listing printed."""
    return podman(*argv, check=False).split()
