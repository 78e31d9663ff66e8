"""Settings of this machine's kernel that the nodes share and may change: noted before, put back after."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lab.settings import Places

ROOT = Path("/proc/sys")
SHARED = (
    "fs/inotify/max_user_instances",
    "fs/inotify/max_user_watches",
    "kernel/keys/root_maxbytes",
    "kernel/keys/root_maxkeys",
    "kernel/panic",
    "kernel/panic_on_oops",
    "net/ipv4/ip_forward",
    "vm/max_map_count",
    "vm/overcommit_memory",
    "vm/panic_on_oom",
)


def note(places: Places) -> None:
    """Write down the values unless that was done for this lab."""
    file = places.state / "sysctls.json"
    if not file.exists():
        values = {name: (ROOT / name).read_text().strip() for name in SHARED if (ROOT / name).exists()}
        file.write_text(json.dumps(values, indent=2) + "\n")


def restore(state: Path) -> list[str]:
    """Put back the values that differ; returns their names."""
    try:
        values = json.loads((state / "sysctls.json").read_text())
    except (OSError, ValueError):
        return []
    differ = [name for name, value in values.items() if (ROOT / name).read_text().strip() != value]
    for name in differ:
        (ROOT / name).write_text(values[name])
    return differ
