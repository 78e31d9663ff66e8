"""Which parts of the builder belong to a component, and which are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lab.builder import catalog, plan, supply
from lab.builder.paths import Paths
from lab.builder.process import BuildError, Log
from lab.builder.recipes import RECIPES

if TYPE_CHECKING:
    import pathlib

    from lab.builder.supply import Supply


@pytest.fixture
def store(tmp_path: pathlib.Path) -> Supply:
    return supply.of(Paths(tmp_path), plan.jobs(plan.order(RECIPES), catalog.load()))


def put(store: Supply, name: str) -> None:
    """Parts of a component and of what it needs, of this version and of another."""
    for job in plan.order([job.recipe for job in store.jobs.values()], [name]):
        if job.rootfs:
            store.shop.rootfs(job.name).mkdir(parents=True)
            (store.shop.paths.cache / "rootfs" / f"{job.name}-0123456789abcdef").mkdir()
        for module in job.modules:
            for _package, binary in module.packages:
                path = store.shop.programs(store.jobs[job.name]) / binary
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()


def test_nothing_is_there_at_first(store: Supply) -> None:
    assert [job.name for job in store.missing({"debian", "postgresql", "minio"})] == ["debian", "minio", "postgresql"]
    with pytest.raises(BuildError, match=r"minio is not in .*: run `python -m lab.builder --parts --only minio`"):
        store.program("minio", "minio")
    with pytest.raises(BuildError, match="postgresql is not in"):
        store.roots("postgresql")


def test_a_root_file_system_lies_over_its_base(store: Supply) -> None:
    put(store, "postgresql")
    assert store.roots("postgresql") == [store.shop.rootfs("postgresql"), store.shop.rootfs("debian")]
    assert not store.missing({"debian", "postgresql"})


def test_a_root_file_system_without_its_base_is_missing(store: Supply) -> None:
    put(store, "postgresql")
    store.shop.rootfs("debian").rmdir()
    assert [job.name for job in store.missing({"postgresql"})] == ["postgresql"]


def test_a_module_that_only_files_are_taken_from_is_missing_until_it_is_unpacked(store: Supply) -> None:
    assert [job.name for job in store.missing({"gateway-api"})] == ["gateway-api"]
    with pytest.raises(BuildError, match="gateway-api is not in"):
        store.source("gateway-api")
    version = store.jobs["gateway-api"].version
    folder = store.shop.paths.cache / "go" / "mod" / "sigs.k8s.io" / f"gateway-api@v{version}"
    folder.mkdir(parents=True)
    assert store.source("gateway-api") == folder
    assert not store.missing({"gateway-api"})


def test_a_program_is_found_by_its_key(store: Supply) -> None:
    put(store, "minio")
    assert store.program("minio", "minio").parent == store.shop.programs(store.jobs["minio"])
    assert not store.missing({"debian", "minio"})


def test_a_component_without_a_root_file_system_has_none_to_make(store: Supply) -> None:
    store.shop.install(store.jobs["minio"], Log(store.shop.paths.log("minio")))
    assert not (store.shop.paths.cache / "rootfs").exists()
