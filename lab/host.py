"""What this machine needs before a lab can start: Debian packages and root."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from lab import process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lab.settings import Places

GIB = 1024**3
COLD_DISK = 40 * GIB
WARM_DISK = 15 * GIB
MEMORY = 12 * GIB
POLICY = Path("/usr/sbin/policy-rc.d")
LIST = Path(__file__).with_name("debian-packages.txt")


def wanted(text: str) -> list[str]:
    """Package names of a list with comments."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line]


def missing(names: list[str]) -> list[str]:
    """Those that are not installed."""
    shown = process.run(["dpkg-query", "-W", "-f", "${db:Status-Abbrev} ${Package}\n", *names], check=False)
    there = {line.split()[1] for line in shown.splitlines() if line.startswith("ii ")}
    return [name for name in names if name not in there]


@contextmanager
def no_services() -> Iterator[None]:
    """Keep packages from starting their services: the lab starts its own processes."""
    ours = not POLICY.exists()
    if ours:
        POLICY.write_text("#!/bin/sh\nexit 101\n")
        POLICY.chmod(0o755)
    try:
        yield
    finally:
        if ours:
            POLICY.unlink()


def unfit(root: bool, free: int, memory: int, cold: bool) -> str:
    """Why this machine cannot hold a lab; empty if it can."""
    disk = COLD_DISK if cold else WARM_DISK
    if not root:
        return "the lab needs root: it makes network bridges and loop devices"
    if free < disk:
        return f"{free / GIB:.0f} GiB of disk are free, the lab needs {disk // GIB}: make room"
    if memory < MEMORY:
        return f"{memory / GIB:.0f} GiB of memory, the lab needs {MEMORY // GIB}"
    return ""


def prepare(places: Places) -> str:
    """Install what is missing; returns what was done, in words."""
    folder = next(path for path in (places.cache, *places.cache.parents) if path.exists())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    cold = not (places.mirror_tree / "checksums.yml").exists()
    problem = unfit(os.geteuid() == 0, shutil.disk_usage(folder).free, memory, cold)
    if problem:
        raise process.LabError(problem)
    names = missing(wanted(LIST.read_text()))
    if not names:
        return "nothing missing"
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    process.run(["apt-get", "update", "-q"], env=env)
    with no_services():
        process.run(["apt-get", "install", "-q", "-y", "--no-install-recommends", *names], env=env, limit=1800)
    return f"{len(names)} packages installed"
