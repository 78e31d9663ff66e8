"""`make versions`: each component of the catalog with its pin, what the lab proves, and the newest known release."""

from __future__ import annotations

import pathlib
import sys
from typing import Any

import yaml

ROOT = pathlib.Path(__file__).parents[1]
HEADER = ("component", "pinned", "proven in the lab", "newest known", "")


def pins(inventory: pathlib.Path) -> dict[str, str]:
    """`catalog_pins` of an inventory's group_vars."""
    found: dict[str, str] = {}
    for path in sorted(inventory.glob("group_vars/**/*.yml")):
        found.update((yaml.safe_load(path.read_text()) or {}).get("catalog_pins", {}))
    return found


def rows(catalog: dict[str, Any], proven: dict[str, str]) -> list[tuple[str, ...]]:
    """One row a component; the last column says where a newer release waits for its review."""
    found: list[tuple[str, ...]] = []
    for name, entry in catalog.items():
        pinned, known = str(entry["version"]), str(entry["known"])
        found.append((name, pinned, str(proven.get(name, pinned)), known, "" if pinned == known else "newer known"))
    return found


def table(lines: list[tuple[str, ...]]) -> str:
    """Columns of equal width."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def main() -> int:
    """Print the table."""
    catalog = yaml.safe_load((ROOT / "catalog/components.yml").read_text())
    print(table([HEADER, *rows(catalog, pins(ROOT / "inventories/lab"))]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
