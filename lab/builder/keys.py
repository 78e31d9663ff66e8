"""Content keys: what a result was made from decides whether it is made again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lab.builder.model import GoModule, Recipe, Rootfs

FORMAT = "1"  # of what recipes mean: changing it makes everything anew
PACKING = "2"  # of layers and packages: changing it packs anew
HERE = Path(__file__).parent
LENGTH = 16


def plain(value: Any) -> Any:
    """Sets as sorted lists, for JSON."""
    return sorted(value) if isinstance(value, frozenset | set) else str(value)


def digest(*parts: object) -> str:
    """Short hash of plain values."""
    text = json.dumps([FORMAT, *parts], sort_keys=True, default=plain)
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


def folder(path: Path) -> str:
    """Hash of the files below `path`."""
    names = sorted(item for item in path.rglob("*") if item.is_file())
    return digest([(str(item.relative_to(path)), item.read_text()) for item in names])


def assets(recipe: Recipe) -> dict[str, str]:
    """Contents of the assets that a recipe takes."""
    takes = [take for image in recipe.images for take in image.takes]
    takes += [take for deb in recipe.debs for take in deb.takes]
    names = [take.source.removeprefix("asset:") for take in takes if take.source.startswith("asset:")]
    return {name: (HERE / "assets" / name).read_text() for name in names}


def go_key(version: str, modules: Iterable[GoModule]) -> str:
    """Key of the programs of one recipe."""
    listed = list(modules)
    ours = [target for item in listed for _unused, target in item.replace if " " not in target]
    ours += [item.local for item in listed if item.local]
    return digest(version, [asdict(item) for item in listed], [folder(HERE / "modules" / name) for name in ours])


def rootfs_key(version: str, rootfs: Rootfs, base: str) -> str:
    """Key of one root file system over the key of its base."""
    return digest(version, asdict(rootfs), base)


def recipe_key(version: str, recipe: Recipe, needs: Mapping[str, str], refs: Mapping[str, str]) -> str:
    """Key of a component: version, recipe without its measured time, names in the mirror, keys of what it needs."""
    values = asdict(recipe)
    for name in ("seconds", "profiles"):
        values.pop(name)
    return digest(PACKING, version, values, assets(recipe), {name: needs[name] for name in recipe.needs}, dict(refs))
