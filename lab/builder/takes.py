"""Where the files of images and packages come from."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lab.builder.fill import fill
from lab.builder.process import BuildError

if TYPE_CHECKING:
    from lab.builder.layers import Writer
    from lab.builder.model import Take

ASSETS = Path(__file__).parent / "assets"


@dataclass(frozen=True)
class Parts:
    """What was made for one component."""

    values: dict[str, str]
    programs: Path
    modules: tuple[Path, ...]
    packages: dict[str, Path]

    def path(self, source: str) -> Path:
        """The file or folder that a source names."""
        kind, _unused, rest = fill(source, self.values).partition(":")
        if kind == "deb":
            package, _unused, inner = rest.partition("/")
            found = self.packages[package] / "root" / inner
        elif kind == "module":
            found = self.modules[0] / rest
        elif kind in ("go", "asset"):
            found = (self.programs if kind == "go" else ASSETS) / rest
        else:
            raise BuildError(f"unknown source {source}")
        if not found.exists():
            raise BuildError(f"{source} is not there")
        return found


def applets(busybox: Path) -> list[str]:
    """Names that a busybox answers to."""
    out = subprocess.run([str(busybox), "--list"], capture_output=True, text=True, check=True, timeout=30).stdout
    return [name for name in out.split() if name != "busybox"]


def into_layer(take: Take, parts: Parts, writer: Writer) -> None:
    """Put one take in a layer."""
    kind, _unused, rest = fill(take.source, parts.values).partition(":")
    target = fill(take.target, parts.values)
    if kind == "link":
        writer.link(target, rest)
    elif kind == "empty":
        writer.folder(target, take.mode)
    elif kind == "applets":
        for name in applets(parts.path(rest)):
            writer.link(f"{target}/{name}", "busybox")
    elif (path := parts.path(take.source)).is_dir():
        writer.tree(target, path, take.mode, take.exclude)
    else:
        writer.copy(target, path, take.mode)


def into_folder(take: Take, parts: Parts, root: Path) -> None:
    """Put one take in a folder that becomes a package."""
    target = root / fill(take.target, parts.values).lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    source = parts.path(take.source)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
        return
    shutil.copyfile(source, target)
    target.chmod(take.mode)
