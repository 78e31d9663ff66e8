"""What is to be done: order, keys, what is done already."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lab.builder import keys
from lab.builder.fill import words
from lab.builder.process import BuildError
from lab.builder.recipes.base import DEBIAN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lab.builder.catalog import Entry
    from lab.builder.model import Recipe
    from lab.builder.paths import Paths


@dataclass(frozen=True)
class Job:
    """One component to build."""

    recipe: Recipe
    version: str
    values: dict[str, str]
    refs: dict[str, dict[str, str]]  # kind -> short name -> name in the mirror
    key: str
    base_keys: dict[str, str]

    @property
    def name(self) -> str:
        """Name of the component."""
        return self.recipe.name


def needs(recipe: Recipe) -> tuple[str, ...]:
    """Recipes that must be done before, certificates of the base distribution included."""
    wanted = list(recipe.needs)
    if any(image.certificates for image in recipe.images) and DEBIAN not in wanted:
        wanted.append(DEBIAN)
    return tuple(wanted)


def order(recipes: Iterable[Recipe], names: Iterable[str] = ()) -> list[Recipe]:
    """The recipes with those that they need before them; only `names` and their needs if given."""
    known = {recipe.name: recipe for recipe in recipes}
    found: dict[str, Recipe] = {}

    def add(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise BuildError(f"recipes need each other: {' -> '.join((*above, name))}")
        if name not in known:
            raise BuildError(f"unknown component {name}: known are {', '.join(known)}")
        for need in needs(known[name]):
            add(need, (*above, name))
        found.setdefault(name, known[name])

    for name in names or known:
        add(name, ())
    return list(found.values())


def jobs(recipes: Iterable[Recipe], catalog: Mapping[str, Entry]) -> list[Job]:
    """Jobs for recipes that stand in order."""
    found: dict[str, Job] = {}
    for recipe in recipes:
        entry = catalog.get(recipe.entry)
        if recipe.entry and entry is None:
            raise BuildError(f"{recipe.name}: the catalog has no entry {recipe.entry}")
        version = entry.version if entry else ""
        refs = {"images": entry.images, "charts": entry.charts, "files": entry.files} if entry else {}
        below = {name: found[name].key for name in needs(recipe)}
        flat = {f"{kind}.{key}": ref for kind, group in refs.items() for key, ref in group.items()}
        key = keys.recipe_key(version, recipe, below, flat)
        found[recipe.name] = Job(recipe, version, words(version), refs, key, below)
    return list(found.values())


def record(paths: Paths, job: Job) -> dict[str, Any] | None:
    """What a finished job left behind, or None."""
    stamp = paths.stamp(job.name, job.key)
    present = (paths.mirror / "contents.json").exists()
    return json.loads(stamp.read_text()) if present and stamp.exists() else None
