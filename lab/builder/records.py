"""What the mirror holds: one record a component, and the two lists made from them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

from lab.builder.debs import replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lab.builder.paths import Paths
    from lab.builder.plan import Job

HEADER = "---\n# What the builder put in the mirror: artifact -> digest.\n"


def new(job: Job, made: dict[str, tuple[str, int]], seconds: float) -> dict[str, Any]:
    """Record of a finished job."""
    return {
        "name": job.name,
        "version": job.version,
        "key": job.key,
        "seconds": round(seconds, 1),
        "size": sum(size for _unused, size in made.values()),
        "artifacts": {name: digest for name, (digest, _unused) in made.items()},
    }


def save(paths: Paths, job: Job, record: dict[str, Any]) -> None:
    """Keep a record."""
    stamp = paths.stamp(job.name, job.key)
    stamp.parent.mkdir(parents=True, exist_ok=True)
    replace(stamp, json.dumps(record, indent=2).encode())


def publish(paths: Paths, records: Iterable[dict[str, Any]]) -> None:
    """Write checksums.yml and contents.json for what is in the mirror now."""
    listed = sorted(records, key=lambda record: str(record["name"]))
    checksums: dict[str, str] = {}
    for record in listed:
        checksums.update(record["artifacts"])
    paths.mirror.mkdir(parents=True, exist_ok=True)
    text = HEADER + yaml.safe_dump({"catalog_checksums": checksums}, sort_keys=True)
    replace(paths.mirror / "checksums.yml", text.encode())
    replace(paths.mirror / "contents.json", json.dumps(listed, indent=2).encode())
