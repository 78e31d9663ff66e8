"""Order of recipes, names in the mirror, words in recipes."""

from __future__ import annotations

import pytest

from lab.builder import catalog, plan, registry
from lab.builder.fill import fill, words
from lab.builder.model import Image, Recipe
from lab.builder.process import BuildError
from lab.builder.recipes import RECIPES
from lab.builder.recipes.base import DEBIAN

A = Recipe("a", "", 1, needs=("b",))
B = Recipe("b", "", 1)
# An option that is off by default, and larger than all of the lab's images together.
NOT_BUILT = {("kserve_huggingface", "huggingface")}


def names(recipes: list[Recipe]) -> list[str]:
    return [recipe.name for recipe in recipes]


def test_needs_come_first() -> None:
    assert names(plan.order([A, B])) == ["b", "a"]


def test_only_named_components_and_their_needs() -> None:
    assert names(plan.order([A, B, Recipe("c", "", 1)], ["a"])) == ["b", "a"]


def test_images_with_certificates_need_the_base_distribution() -> None:
    assert plan.needs(Recipe("x", "", 1, images=(Image("x", certificates=True),))) == (DEBIAN,)


def test_a_circle_is_refused() -> None:
    with pytest.raises(BuildError, match="a -> b -> a"):
        plan.order([A, Recipe("b", "", 1, needs=("a",))], ["a"])


def test_an_unknown_component_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BuildError, match="unknown component nope: known are a, b"):
        plan.order([A, B], ["nope"])


def test_every_recipe_fits_the_catalog() -> None:
    jobs = plan.jobs(plan.order(RECIPES), catalog.load())
    assert len({job.name for job in jobs}) == len(RECIPES)
    for job in jobs:
        for kind, items in (("images", job.recipe.images), ("charts", job.recipe.charts), ("files", job.recipe.files)):
            assert {item.key for item in items} <= set(job.refs.get(kind, {})), job.name


def test_every_image_of_the_catalog_is_built() -> None:
    entries = catalog.load()
    built = {(recipe.entry, image.key) for recipe in RECIPES for image in recipe.images}
    assert {(name, key) for name, entry in entries.items() for key in entry.images} == built | NOT_BUILT


def test_names_in_the_mirror() -> None:
    assert catalog.chart_path("https://charts.example.org/x", "app", "1.2") == "charts.example.org/x/app:1.2"
    assert catalog.chart_path("oci://example.org/charts", "app", "v1") == "example.org/charts/app:v1"
    assert catalog.file_path("https://example.org/a/b.yaml") == "example.org/a/b.yaml"
    assert registry.split("example.org/a/b:v1") == ("example.org/a/b", "v1")


def test_an_image_without_tag_is_refused() -> None:
    with pytest.raises(BuildError, match="has no tag"):
        registry.split("example.org:5000/a")


def test_a_pin_changes_version_and_names() -> None:
    raw = {"version": "2.0.0", "images": {"app": "example.org/app:v{version}"}}
    entry = catalog.entry("app", raw, {"app": "1.0.0"})
    assert (entry.version, entry.images["app"]) == ("1.0.0", "example.org/app:v1.0.0")


def test_words_of_a_version() -> None:
    found = words("3.6.6-0")
    assert (found["base"], found["minor"], found["patch"]) == ("3.6.6", "3.6", "6")
    assert words("RELEASE.2026-02-12T20-18-48Z")["release_stamp"] == "20260212201848"


def test_unknown_braces_stay() -> None:
    assert fill("{version} ${x} {deb:runc}", {"version": "1", "deb:runc": "2"}) == "1 ${x} 2"
