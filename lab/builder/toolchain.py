"""The Go toolchain: the host's own, or Debian's from the archive in the cache."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from lab.builder.process import Log, run
from lab.builder.recipes.base import GO_PACKAGES

if TYPE_CHECKING:
    from pathlib import Path

    from lab.builder.debian import Apt


def ensure(cache: Path, apt: Apt, log: Log) -> None:
    """Have `go` on the PATH; newer toolchains that a module asks for come from the module proxy."""
    os.environ["GOTOOLCHAIN"] = "auto"
    if shutil.which("go"):
        return
    root = cache / "toolchain"
    if not (root / "done").exists():
        shutil.rmtree(root, ignore_errors=True)
        apt.update(log)
        for package in GO_PACKAGES:
            apt.unpack(package, root / package, log)
            shutil.copytree(root / package / "root", root / "root", symlinks=True, dirs_exist_ok=True)
        (root / "done").touch()
    found = next((root / "root" / "usr" / "lib").glob("go-*/bin"))
    os.environ["PATH"] = f"{found}:{os.environ['PATH']}"
    run(["go", "version"], log, limit=60)
