"""Runs jobs: downloads ahead of the compiler, root file systems beside it, packing as soon as parts are there."""

from __future__ import annotations

import threading
import time
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lab.builder import pack, plan, process, records, registry
from lab.builder.process import BuildError, Log
from lab.builder.progress import Progress, spell

if TYPE_CHECKING:
    from lab.builder.parts import Workshop
    from lab.builder.paths import Paths
    from lab.builder.plan import Job
    from lab.builder.takes import Parts

REMIND_EVERY = 60


@dataclass
class Engine:
    """One run of the builder over jobs in order."""

    paths: Paths
    jobs: list[Job]
    shop: Workshop
    done: dict[str, dict[str, Any]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    spent: dict[str, float] = field(default_factory=dict)

    def log(self, name: str) -> Log:
        """Log of a component."""
        return Log(self.paths.log(name))

    def timed(self, job: Job, what: str, action: Any, *args: Any) -> Any:
        """Run a step that leaves no part of its own, adding its time to the component."""
        began = time.monotonic()
        result = self.step(job, what, action, *args)
        self.spent[job.name] = self.spent.get(job.name, 0) + time.monotonic() - began
        return result

    def step(self, job: Job, what: str, action: Any, *args: Any) -> Any:
        """Run one step and show it."""
        self.progress.start(job.name, what)
        try:
            return action(*args)
        finally:
            self.progress.leave(job.name)

    def fetch(self, job: Job) -> Parts:
        """Step one."""
        parts: Parts = self.timed(job, "downloading", self.shop.fetch, job, self.log(job.name))
        return parts

    def compile(self, job: Job, fetched: Future[Parts]) -> None:
        """Step two, in the compiler's lane."""
        fetched.result()
        if any(module.packages for module in job.recipe.modules):
            self.step(job, "building", self.shop.compile, job, self.log(job.name))

    def install(self, job: Job, bases: list[Future[None]]) -> None:
        """Step two, in the lane of root file systems."""
        for base in bases:
            base.result()
        if job.recipe.rootfs:
            self.step(job, "installing", self.shop.install, job, self.log(job.name))

    def finish(self, job: Job, fetched: Future[Parts], others: list[Future[None]], client: registry.Client) -> None:
        """Step three: wait for all parts, pack, keep the record."""
        try:
            for other in others:
                other.result()
            made = self.timed(job, "packing", pack.pack, job, fetched.result(), self.shop, client, self.log(job.name))
        except (Exception, CancelledError) as error:
            if process.STOPPED.is_set():
                return
            known = isinstance(error, BuildError)
            self.failed[job.name] = str(error) if known else f"{type(error).__name__}: {error}"
            self.log(job.name).write(self.failed[job.name])
            self.progress.done(job.name, f"FAILED: {self.failed[job.name]}; log {self.paths.log(job.name)}")
            return
        record = records.new(job, made, self.spent[job.name] + self.shop.cost(job))
        records.save(self.paths, job, record)
        self.done[job.name] = record
        records.publish(self.paths, self.done.values())
        self.progress.done(job.name, f"done in {spell(record['seconds'])}")

    def run(self) -> bool:
        """Build what is not done; true when everything is in the mirror."""
        for job in self.jobs:
            if record := plan.record(self.paths, job):
                self.done[job.name] = record
        open_jobs = [job for job in self.jobs if job.name not in self.done]
        expected = {job.name: job.recipe.seconds for job in open_jobs}
        self.progress = Progress(len(self.jobs), expected, finished=len(self.done))
        self.paths.mirror.mkdir(parents=True, exist_ok=True)
        if open_jobs:
            with registry.serve(self.paths.registry, self.paths.cache / "logs" / "registry.log") as client:
                self.work(open_jobs, client)
        records.publish(self.paths, self.done.values())
        if not self.failed:
            self.progress.say("mirror", "is complete")
        return not self.failed

    def work(self, open_jobs: list[Job], client: registry.Client) -> None:
        """Start all steps of all jobs and wait for them."""
        stop = threading.Event()
        reminder = threading.Thread(target=self.remind, args=(stop,), daemon=True)
        reminder.start()
        with (
            ThreadPoolExecutor(2) as downloads,
            ThreadPoolExecutor(1) as compiler,
            ThreadPoolExecutor(1) as installer,
            ThreadPoolExecutor(len(open_jobs)) as packer,
        ):
            installed: dict[str, Future[None]] = {}
            ends = []
            for job in open_jobs:
                fetched = downloads.submit(self.fetch, job)
                bases = [installed[name] for name in plan.needs(job.recipe) if name in installed]
                if job.recipe.rootfs:
                    installed[job.name] = installer.submit(self.install, job, bases)
                others = [compiler.submit(self.compile, job, fetched), *bases]
                if job.recipe.rootfs:
                    others.append(installed[job.name])
                ends.append(packer.submit(self.finish, job, fetched, others, client))
            try:
                wait(ends)
            except KeyboardInterrupt:
                process.stop()
                for pool in (downloads, compiler, installer, packer):
                    pool.shutdown(wait=False, cancel_futures=True)
                raise
        stop.set()

    def remind(self, stop: threading.Event) -> None:
        """Print what is going on every minute."""
        while not stop.wait(REMIND_EVERY):
            self.progress.remind()
