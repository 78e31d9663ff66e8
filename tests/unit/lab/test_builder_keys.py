"""The builder's content keys: each thing that changes a result changes its key, nothing else does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lab.builder import keys
from lab.builder.model import GoModule, Image, Recipe, Rootfs, Take

MODULE = GoModule("example.org/app", packages=(("cmd/app", "app"),))
IMAGE = Image("app", takes=(Take("go:app", "/app"),), entrypoint=("/app",))
RECIPE = Recipe("app", "app", 10, modules=(MODULE,), images=(IMAGE,), needs=("base",))
NEEDS = {"base": "k1"}
REFS = {"images.app": "example.org/app:1"}


def key(recipe: Recipe = RECIPE, version: str = "1", needs: dict[str, str] | None = None) -> str:
    return keys.recipe_key(version, recipe, needs or NEEDS, REFS)


def test_same_input_same_key() -> None:
    assert key() == key(replace(RECIPE))


@pytest.mark.parametrize(
    "other",
    [
        key(version="2"),
        key(needs={"base": "k2"}),
        key(replace(RECIPE, images=(replace(IMAGE, user="1:1"),))),
        key(replace(RECIPE, modules=(replace(MODULE, tags="x"),))),
    ],
    ids=["version", "needs", "image", "module"],
)
def test_what_changes_the_key(other: str) -> None:
    assert other != key()


def test_measured_time_and_profiles_do_not_change_the_key() -> None:
    assert key(replace(RECIPE, seconds=99, profiles=frozenset({"full"}))) == key()


def test_programs_do_not_depend_on_the_image() -> None:
    assert keys.go_key("1", (MODULE,)) == keys.go_key("1", [replace(MODULE)])
    assert keys.go_key("1", (MODULE,)) != keys.go_key("1", (replace(MODULE, ldflags="-X a=b"),))


def test_contents_of_assets_count() -> None:
    recipe = replace(RECIPE, images=(replace(IMAGE, takes=(Take("asset:minio-entrypoint.sh", "/x"),)),))
    assert "exec /usr/bin/minio" in keys.assets(recipe)["minio-entrypoint.sh"]


def test_root_file_system_depends_on_its_base() -> None:
    rootfs = Rootfs(base="debian", packages=("x",))
    assert keys.rootfs_key("1", rootfs, "a") != keys.rootfs_key("1", rootfs, "b")
