"""The last step of a component: put images, charts, files and packages in the mirror."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from lab.builder import charts, debs, images
from lab.builder.catalog import file_path
from lab.builder.fill import fill
from lab.builder.process import BuildError

if TYPE_CHECKING:
    from pathlib import Path

    from lab.builder.parts import Workshop
    from lab.builder.plan import Job
    from lab.builder.process import Log
    from lab.builder.registry import Client
    from lab.builder.takes import Parts

Made = dict[str, tuple[str, int]]  # artifact -> (digest, size)


def name_in(job: Job, kind: str, key: str) -> str:
    """Name of an artifact in the mirror, from the catalog."""
    try:
        return job.refs[kind][key]
    except KeyError:
        raise BuildError(f"the catalog's entry {job.recipe.entry} names no {kind} {key}") from None


def push_images(job: Job, parts: Parts, shop: Workshop, client: Client, work: Path) -> Made:
    """All images of a job."""
    made: Made = {}
    for image in job.recipe.images:
        if image.base:
            layers = shop.layers(image.base)
        else:
            certificates = shop.certificates() if image.certificates else None
            layers = [images.scaffold(work / "scaffold.tar.gz", certificates)]
        if image.takes:
            layers = [*layers, images.own_layer(image, parts, work / f"{image.key}.tar.gz")]
        ref = name_in(job, "images", image.key)
        made[ref] = images.push(image, ref, job.values, layers, client)
    return made


def push_charts(job: Job, parts: Parts, client: Client, work: Path) -> Made:
    """All charts of a job."""
    made: Made = {}
    for chart in job.recipe.charts:
        folder = work / chart.key
        charts.assemble(parts.modules[0] / chart.folder, parts.modules[0], chart.adapt, job.version, folder)
        ref = name_in(job, "charts", chart.key)
        made[ref] = charts.push(folder, ref, work / "chart.tgz", client)
    return made


def write_files(job: Job, parts: Parts, mirror: Path) -> Made:
    """All files of a job."""
    made: Made = {}
    for item in job.recipe.files:
        url = name_in(job, "files", item.key)
        target = mirror / "files" / file_path(url)
        target.parent.mkdir(parents=True, exist_ok=True)
        sources = [parts.modules[0] / fill(source, job.values) for source in item.sources]
        debs.replace(target, charts.documents(sources))
        made[url] = (debs.checksum(target), target.stat().st_size)
    return made


def build_debs(job: Job, parts: Parts, shop: Workshop, work: Path, log: Log) -> Made:
    """All packages of a job, and the index of their repositories."""
    made: Made = {}
    for deb in job.recipe.debs:
        repository = shop.paths.mirror / "deb" / deb.repository
        path = debs.build(deb, parts, work, repository, log)
        made[f"deb/{deb.repository}/{path.name}"] = (debs.checksum(path), path.stat().st_size)
    for name in sorted({deb.repository for deb in job.recipe.debs}):
        debs.index(shop.paths.mirror / "deb" / name, shop.paths.cache / "gnupg", log)
    return made


def copy_tools(job: Job, parts: Parts, mirror: Path) -> Made:
    """Programs for the controller."""
    made: Made = {}
    for take in job.recipe.tools:
        target = mirror / "bin" / take.target
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{target.name}.part")
        shutil.copyfile(parts.path(take.source), temporary)
        temporary.chmod(take.mode)
        temporary.replace(target)
        made[f"bin/{take.target}"] = (debs.checksum(target), target.stat().st_size)
    return made


def pack(job: Job, parts: Parts, shop: Workshop, client: Client, log: Log) -> Made:
    """Everything of one job; returns what lies in the mirror now."""
    work = shop.paths.part("work", job.name, "pack")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    made = {
        **push_images(job, parts, shop, client, work),
        **push_charts(job, parts, client, work),
        **write_files(job, parts, shop.paths.mirror),
        **build_debs(job, parts, shop, work, log),
        **copy_tools(job, parts, shop.paths.mirror),
    }
    shutil.rmtree(work)
    return made
