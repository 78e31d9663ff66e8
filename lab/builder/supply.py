"""Programs and root file systems of components, for those who run them on this machine: the tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab.builder import catalog, plan
from lab.builder.fill import fill
from lab.builder.parts import Workshop
from lab.builder.paths import Paths, default_cache
from lab.builder.process import BuildError, Log
from lab.builder.recipes import RECIPES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from lab.builder.model import GoModule
    from lab.builder.plan import Job


@dataclass(frozen=True)
class Supply:
    """The parts of all components in one cache; nothing is made by asking for it."""

    shop: Workshop
    jobs: dict[str, Job]

    def program(self, name: str, binary: str) -> Path:
        """A Go program of a component."""
        return self.there(name, [self.shop.programs(self.jobs[name]) / binary])[0]

    def source(self, name: str) -> Path:
        """Folder of a component's first Go module, as upstream released it."""
        job = self.jobs[name]
        return self.there(name, [self.unpacked(job, job.recipe.modules[0])])[0]

    def roots(self, name: str) -> list[Path]:
        """Folders of a component's root file system as an overlay takes them, the topmost first."""
        return self.there(name, self.shop.roots(name))

    def unpacked(self, job: Job, module: GoModule) -> Path:
        """Where the Go toolchain keeps a module of a job."""
        return self.shop.paths.cache / "go" / "mod" / f"{module.path}@{fill(module.version, job.values)}"

    def sourced(self, job: Job) -> bool:
        """Whether the modules are there that only files are taken from."""
        bare = [module for module in job.recipe.modules if not module.packages and not module.local]
        return all(self.unpacked(job, module).exists() for module in bare)

    def there(self, name: str, paths: list[Path]) -> list[Path]:
        """The paths, if all of them exist."""
        if not all(path.exists() for path in paths):
            make = f"python -m lab.builder --parts --only {name}"
            raise BuildError(f"{name} is not in {self.shop.paths.cache}: run `{make}`")
        return paths

    def missing(self, names: Collection[str]) -> list[Job]:
        """Components with a part that has to be made, in the order of their needs."""
        jobs = [job for job in self.jobs.values() if job.name in names]
        made = (self.shop.compiled, self.shop.installed, self.sourced)
        return [job for job in jobs if not all(part(job) for part in made)]

    def make(self, jobs: Iterable[Job]) -> None:
        """Make the parts of jobs; the mirror stays as it is."""
        for job in jobs:
            log = Log(self.shop.paths.log(job.name))
            print(f"lab.builder: making {job.name}; log {log.path}", flush=True)
            self.shop.fetch(job, log)
            self.shop.compile(job, log)
            self.shop.install(job, log)


def of(paths: Paths, jobs: Iterable[Job]) -> Supply:
    """The parts of jobs that stand in order."""
    every = {job.name: job for job in jobs}
    recipes = {name: job.recipe for name, job in every.items()}
    versions = {name: job.version for name, job in every.items()}
    return Supply(Workshop(paths, recipes, versions), every)


def default() -> Supply:
    """The parts of all components in the cache of this machine."""
    return of(Paths(default_cache()), plan.jobs(plan.order(RECIPES), catalog.load()))
