"""`python -m lab.builder`: fill the mirror."""

from __future__ import annotations

import argparse
import fcntl
import signal
import sys
from functools import partial
from typing import TYPE_CHECKING, TextIO

from lab.builder import catalog, debian, golang, plan, supply, toolchain
from lab.builder.engine import Engine
from lab.builder.paths import Paths, default_cache
from lab.builder.process import BuildError, Log
from lab.builder.progress import spell
from lab.builder.recipes import RECIPES
from lab.builder.recipes.base import GO_SUITE

if TYPE_CHECKING:
    from collections.abc import Callable

INTERRUPTED = 130


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="lab.builder", description="Fill the lab's mirror from package registries.")
    parser.add_argument("--profile", choices=("core", "full"), default="core")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="this component and its needs")
    parser.add_argument("--parts", action="store_true", help="only programs and root file systems, no mirror")
    parser.add_argument("--list", action="store_true", help="show the components and what is built")
    return parser.parse_args()


def show(paths: Paths, jobs: list[plan.Job]) -> None:
    """One line a component."""
    for job in jobs:
        record = plan.record(paths, job)
        state = f"built in {spell(record['seconds'])}, {record['size'] >> 20} MiB" if record else "to be built"
        print(f"{job.name:24} {job.version or '-':32} {job.key}  {state}")


def prepare(paths: Paths) -> None:
    """Have a Go toolchain."""
    apt = debian.Apt(paths.cache / "apt" / GO_SUITE, GO_SUITE)
    toolchain.ensure(paths.cache, apt, Log(paths.log("toolchain")))


def build(paths: Paths, every: list[plan.Job], wanted: set[str]) -> int:
    """Build what is wanted; 0 when all of it is in the mirror."""
    prepare(paths)
    kept = [job for job in every if job.name in wanted or plan.record(paths, job)]
    engine = Engine(paths, kept, supply.of(paths, every).shop)
    complete = engine.run()
    for name, reason in engine.failed.items():
        print(f"lab.builder: {name} failed: {reason}; see {paths.log(name)}", file=sys.stderr)
    if complete and all(plan.record(paths, job) for job in every):
        golang.forget(paths.cache)
    return 0 if complete else 1


def build_parts(paths: Paths, store: supply.Supply, wanted: set[str]) -> int:
    """Make the parts of what is wanted."""
    prepare(paths)
    store.make(store.missing(wanted))
    return 0


def free(lock: TextIO) -> bool:
    """Whether nobody else had it; it is ours then."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def alone(paths: Paths, action: Callable[[], int]) -> int:
    """Run with the cache to ourselves."""
    paths.cache.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with (paths.cache / ".builder.lock").open("w") as lock:
        try:
            if not free(lock):
                print(f"lab.builder: waiting for another builder in {paths.cache}", file=sys.stderr)
                fcntl.flock(lock, fcntl.LOCK_EX)
            return action()
        except BuildError as error:
            print(f"lab.builder: {error}", file=sys.stderr)
        except KeyboardInterrupt:
            print("lab.builder: interrupted; what is finished stays, run it again to go on", file=sys.stderr)
            return INTERRUPTED
    return 2


def main() -> int:
    """Run; 0 when what is wanted is there."""
    args = arguments()
    paths = Paths(default_cache())
    chosen = [recipe for recipe in RECIPES if args.profile in recipe.profiles or recipe.name in args.only]
    try:
        every = plan.jobs(plan.order(chosen), catalog.load())
        wanted = {recipe.name for recipe in plan.order(chosen, args.only)}
    except BuildError as error:
        print(f"lab.builder: {error}", file=sys.stderr)
        return 2
    if args.list:
        show(paths, every)
        return 0
    if args.parts:
        store = supply.of(paths, every)
        return alone(paths, partial(build_parts, paths, store, wanted)) if store.missing(wanted) else 0
    return alone(paths, partial(build, paths, every, wanted))


if __name__ == "__main__":
    sys.exit(main())
