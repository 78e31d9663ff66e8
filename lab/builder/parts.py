"""The steps below a component, each cached by its own key: programs, packages, root file systems, layers."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lab.builder import debian, golang, images, keys
from lab.builder.recipes.base import DEBIAN
from lab.builder.takes import Parts

if TYPE_CHECKING:
    from pathlib import Path

    from lab.builder.layers import Layer
    from lab.builder.model import Recipe, Rootfs
    from lab.builder.paths import Paths
    from lab.builder.plan import Job
    from lab.builder.process import Log


def spent(part: Path) -> float:
    """Seconds that a part took."""
    note = part.with_name(f"{part.name}.seconds")
    return float(note.read_text()) if note.exists() else 0.0


def spend(part: Path, seconds: float) -> None:
    """Note the seconds that a part took; work after an interruption adds up."""
    part.with_name(f"{part.name}.seconds").write_text(f"{spent(part) + seconds:.1f}")


@dataclass
class Workshop:
    """Makes the parts of jobs below one cache."""

    paths: Paths
    recipes: dict[str, Recipe]
    versions: dict[str, str]
    updated: dict[str, debian.Apt] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def programs(self, job: Job) -> Path:
        """Folder of a job's Go programs."""
        return self.paths.part("bin", job.name, keys.go_key(job.version, job.recipe.modules))

    def wrapper(self, job: Job, number: int) -> Path:
        """Folder of a wrapper module."""
        key = keys.go_key(job.version, job.recipe.modules)
        return self.paths.part("work", f"{job.name}-{number}", key)

    def apt(self, suite: str, log: Log) -> debian.Apt:
        """The apt of a suite, its index fetched once a run."""
        with self.lock:
            if suite not in self.updated:
                apt = debian.Apt(self.paths.cache / "apt" / suite, suite)
                apt.update(log)
                self.updated[suite] = apt
            return self.updated[suite]

    def fetch(self, job: Job, log: Log) -> Parts:
        """Everything that comes from the network before the compiler starts."""
        modules = tuple(
            golang.prepare(self.paths.cache, module, job.values, self.wrapper(job, number), log)
            for number, module in enumerate(job.recipe.modules)
        )
        packages, values = {}, dict(job.values)
        for suite, package in job.recipe.distribution:
            target = self.paths.part("packages", package, suite)
            if not target.exists():
                self.apt(suite, log).unpack(package, target, log)
            values[f"deb:{package}"] = debian.upstream((target / "version").read_text())
            packages[package] = target
        return Parts(values, self.programs(job), modules, packages)

    def compiled(self, job: Job) -> bool:
        """Whether all Go programs of a job are there."""
        out = self.programs(job)
        return all((out / binary).exists() for module in job.recipe.modules for _unused, binary in module.packages)

    def compile(self, job: Job, log: Log) -> None:
        """Build the Go programs that are not there."""
        out, began = self.programs(job), time.monotonic()
        if self.compiled(job):
            return
        for number, module in enumerate(job.recipe.modules):
            if module.packages:
                work = self.wrapper(job, number)
                golang.build(self.paths.cache, module, job.values, work=work, out=out, log=log)

        spend(out, time.monotonic() - began)

    def rootfs_key(self, name: str) -> str:
        """Key of a root file system by the name of its recipe."""
        rootfs = self.recipe_rootfs(name)
        below = self.rootfs_key(rootfs.base) if rootfs.base else ""
        return keys.rootfs_key(self.versions[name], rootfs, below)

    def recipe_rootfs(self, name: str) -> Rootfs:
        """The root file system of a recipe that has one."""
        rootfs = self.recipes[name].rootfs
        if rootfs is None:
            raise KeyError(name)
        return rootfs

    def rootfs(self, name: str) -> Path:
        """Folder of a root file system."""
        return self.paths.part("rootfs", name, self.rootfs_key(name))

    def roots(self, name: str) -> list[Path]:
        """Folders of a root file system as an overlay takes them: the topmost first, the base last."""
        base = self.recipe_rootfs(name).base
        return [self.rootfs(name), *(self.roots(base) if base else [])]

    def installed(self, job: Job) -> bool:
        """Whether the root file system of a job is there, if it has one."""
        return job.recipe.rootfs is None or all(path.exists() for path in self.roots(job.name))

    def install(self, job: Job, log: Log) -> None:
        """Make the root file system of a job, and its layer."""
        rootfs = job.recipe.rootfs
        if rootfs is None:
            return
        target = self.rootfs(job.name)
        if not target.exists():
            began = time.monotonic()
            if rootfs.base:
                shared = self.paths.cache / "apt" / f"{rootfs.suite}-chroot"
                base = self.rootfs(rootfs.base)
                debian.extend(rootfs, base, target, shared=shared, values=job.values, log=log)
            else:
                debian.bootstrap(rootfs, target, log)
            spend(target, time.monotonic() - began)
        self.layers(job.name)

    def layers(self, name: str) -> list[Layer]:
        """Layers of a root file system, its base's first."""
        rootfs = self.recipe_rootfs(name)
        below = self.layers(rootfs.base) if rootfs.base else []
        path = self.paths.part("layers", name, keys.digest(keys.PACKING, self.rootfs_key(name))).with_suffix(".tar.gz")
        with self.lock:
            return [*below, images.rootfs_layer(self.rootfs(name), path)]

    def cost(self, job: Job) -> float:
        """Seconds that the kept parts of a job took when they were made."""
        made = [self.programs(job)] if job.recipe.modules else []
        made += [self.rootfs(job.name)] if job.recipe.rootfs else []
        return sum(spent(part) for part in made)

    def certificates(self) -> Path:
        """Where the base distribution's certificates lie."""
        return self.rootfs(DEBIAN)
