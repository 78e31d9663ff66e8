# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What a figure is worth depends on it: the machine, and the versions of what ran."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
import os
import pathlib
import platform

from .commands import ROOT

CLIENTS = ("ansible-core", "boto3", "psycopg", "urllib3")
COLLECTIONS = ("amazon.aws", "community.aws", "community.postgresql")
KIB_IN_GIB = 1024**2


def machine() -> str:
    """Processor, memory, system."""
    processor = _after("/proc/cpuinfo", "model name", ":")
    memory = int(_after("/proc/meminfo", "MemTotal", ":").split()[0]) / KIB_IN_GIB
    system = _after("/etc/os-release", "PRETTY_NAME", "=").strip('"')
    return f"{os.cpu_count()} cores ({processor}), {memory:.0f} GiB of memory, {system}, Linux {platform.release()}"


def clients() -> list[str]:
    """Versions of what the servers are asked with."""
    found = [f"{name} {importlib.metadata.version(name)}" for name in CLIENTS]
    collections = [f"{name} {_collection(name)}" for name in COLLECTIONS]
    return [f"Python {platform.python_version()}", *found, *collections]


def state() -> str:
    """A digest of the code that is measured and of the code that measures."""
    digest = hashlib.sha256()
    for folder in ("plugins", "tests/bench", "tests/services"):
        for path in sorted((ROOT / folder).rglob("*.[py][ym]*")):
            if path.suffix in {".py", ".yml"}:
                digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _collection(name: str) -> str:
    """The version that the Python package ``ansible`` brings."""
    spec = importlib.util.find_spec("ansible_collections")
    folders = [pathlib.Path(folder) for folder in (spec and spec.submodule_search_locations) or []]
    manifests = [folder / name.replace(".", "/") / "MANIFEST.json" for folder in folders]
    found = next(path for path in manifests if path.exists())
    return str(json.loads(found.read_text())["collection_info"]["version"])


def _after(path: str, key: str, mark: str) -> str:
    """The value of a key in a file of such lines."""
    lines = pathlib.Path(path).read_text().splitlines()
    return next((line.partition(mark)[2].strip() for line in lines if line.startswith(key)), "unknown")
