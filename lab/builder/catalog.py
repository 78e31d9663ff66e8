"""The catalog with the lab's pins, as far as the builder needs it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lab.builder.fill import fill, words

ROOT = Path(__file__).resolve().parents[2]
CATALOG = ROOT / "catalog" / "components.yml"
PINS = ROOT / "inventories" / "lab" / "group_vars" / "all" / "catalog.yml"


@dataclass(frozen=True)
class Entry:
    """One entry of the catalog at the version that the lab installs."""

    name: str
    version: str
    images: dict[str, str]
    charts: dict[str, str]  # short name -> path in the mirror with `:version`
    files: dict[str, str]


def chart_path(repository: str, name: str, version: str) -> str:
    """Where a chart lies in the mirror: the host and path of its repository, its name, its version."""
    return f"{repository.split('://', 1)[1].rstrip('/')}/{name}:{version}"


def file_path(url: str) -> str:
    """Where a file lies below mirror/files."""
    return url.split("://", 1)[1]


def entry(name: str, raw: dict[str, Any], pins: dict[str, str]) -> Entry:
    """One entry with its pin applied."""
    version = str(pins.get(name, raw["version"]))
    values = words(version)
    return Entry(
        name=name,
        version=version,
        images={key: fill(ref, values) for key, ref in (raw.get("images") or {}).items()},
        charts={
            key: chart_path(chart["repository"], chart["name"], fill(chart["version"], values))
            for key, chart in (raw.get("charts") or {}).items()
        },
        files={key: fill(url, values) for key, url in (raw.get("files") or {}).items()},
    )


def load(catalog: Path = CATALOG, pins: Path = PINS) -> dict[str, Entry]:
    """All entries."""
    pinned = yaml.safe_load(pins.read_text())["catalog_pins"] if pins.exists() else {}
    return {name: entry(name, raw, pinned) for name, raw in yaml.safe_load(catalog.read_text()).items()}
