"""Where everything lies in the cache."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


def default_cache() -> Path:
    """The cache folder: BAREMETAL_MLOPS_CACHE or ~/.cache/baremetal-mlops."""
    named = os.environ.get("BAREMETAL_MLOPS_CACHE")
    return Path(named) if named else Path.home() / ".cache" / "baremetal-mlops"


@dataclass(frozen=True)
class Paths:
    """Folders of one cache."""

    cache: Path

    @property
    def mirror(self) -> Path:
        """The tree that the lab serves."""
        return self.cache / "mirror"

    @property
    def registry(self) -> Path:
        """Storage of the image registry."""
        return self.mirror / "registry"

    def stamp(self, name: str, key: str) -> Path:
        """Record of one finished component."""
        return self.cache / "built" / f"{name}-{key}.json"

    def log(self, name: str) -> Path:
        """Log of one component."""
        return self.cache / "logs" / f"{name}.log"

    def part(self, kind: str, name: str, key: str) -> Path:
        """Intermediate result (kind: bin, layers, debs, work) of one component."""
        return self.cache / kind / f"{name}-{key}"
