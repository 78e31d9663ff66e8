"""Layers of images: reproducible tar files, gzip at its fastest."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import stat
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LEVEL = 1
STAMP = 1


@dataclass(frozen=True)
class Layer:
    """One finished layer."""

    path: Path
    digest: str
    diff_id: str
    size: int


class Hashing(io.RawIOBase):
    """A stream that hashes and counts what is written through it."""

    def __init__(self, target: IO[bytes]) -> None:
        self.target = target
        self.hash = hashlib.sha256()
        self.count = 0

    def writable(self) -> bool:
        """It is written to."""
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """Pass on and count."""
        self.hash.update(data)
        self.count += len(data)
        self.target.write(data)
        return len(data)


class Writer:
    """Collects files into one layer."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.temporary = path.with_suffix(".part")
        self.file = self.temporary.open("wb")
        self.packed = Hashing(self.file)
        self.zipped = gzip.GzipFile("", "wb", LEVEL, self.packed, STAMP)
        self.plain = Hashing(self.zipped)  # type: ignore[arg-type]
        self.tar = tarfile.open(  # noqa: SIM115
            fileobj=self.plain,
            mode="w|",
            format=tarfile.PAX_FORMAT,
            bufsize=1 << 20,
        )
        self.folders: set[str] = set()

    def entry(self, name: str, mode: int, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
        """Header of a new file of root."""
        info = tarfile.TarInfo(name.lstrip("/"))
        info.mode, info.type, info.mtime = mode, kind, STAMP
        return info

    def parents(self, name: str) -> None:
        """Folders above a file, once each."""
        for parent in reversed(Path(name.lstrip("/")).parents[:-1]):
            if str(parent) not in self.folders:
                self.folder(str(parent))

    def folder(self, name: str, mode: int = 0o755, owner: int = 0) -> None:
        """A folder."""
        self.parents(name)
        info = self.entry(name, mode, tarfile.DIRTYPE)
        info.uid = info.gid = owner
        self.folders.add(info.name)
        self.tar.addfile(info)

    def link(self, name: str, target: str) -> None:
        """A symbolic link."""
        self.parents(name)
        info = self.entry(name, 0o777, tarfile.SYMTYPE)
        info.linkname = target
        self.tar.addfile(info)

    def data(self, name: str, content: bytes, mode: int = 0o644) -> None:
        """A file with this content."""
        self.parents(name)
        info = self.entry(name, mode)
        info.size = len(content)
        self.tar.addfile(info, io.BytesIO(content))

    def copy(self, name: str, source: Path, mode: int) -> None:
        """A copy of a file, link or folder tree."""
        self.parents(name)
        if source.is_symlink():
            self.link(name, str(source.readlink()))
            return
        info = self.entry(name, mode)
        info.size = source.stat().st_size
        with source.open("rb") as stream:
            self.tar.addfile(info, stream)

    def tree(self, name: str, source: Path, mode: int, exclude: Iterable[str]) -> None:
        """A folder with all below it."""
        skipped = set(exclude)
        for item in sorted(source.rglob("*")):
            inner = item.relative_to(source)
            if not skipped.intersection(inner.parts) and not (item.is_dir() and not item.is_symlink()):
                keep = 0o755 if item.stat().st_mode & stat.S_IXUSR else mode
                self.copy(f"{name}/{inner}", item, keep)

    def raw(self, root: Path, exclude: Iterable[str]) -> None:
        """A root file system or the upper side of an overlay, as it is; of excluded folders only themselves."""
        skipped = set(exclude)
        for top, names, files in os.walk(root):
            inner = Path(top).relative_to(root)
            for name in sorted(names):
                self.raw_item(Path(top) / name, str(inner / name))
            for name in sorted(files):
                if str(inner / name) not in skipped:
                    self.raw_item(Path(top) / name, str(inner / name))
            names[:] = sorted(
                name for name in names if str(inner / name) not in skipped and not (Path(top) / name).is_symlink()
            )

    def raw_item(self, path: Path, name: str) -> None:
        """One item; a whiteout of the overlay becomes one of the layer."""
        state = path.lstat()
        if stat.S_ISCHR(state.st_mode) and state.st_rdev == 0:
            self.tar.addfile(self.entry(str(Path(name).with_name(f".wh.{Path(name).name}")), 0o644))
            return
        if stat.S_ISSOCK(state.st_mode) or stat.S_ISCHR(state.st_mode) or stat.S_ISBLK(state.st_mode):
            return
        info = self.tar.gettarinfo(str(path), arcname=name)
        info.mtime, info.uname, info.gname = int(info.mtime), "", ""
        with path.open("rb") if info.isreg() else io.BytesIO() as stream:
            self.tar.addfile(info, stream)
        if info.isdir() and "trusted.overlay.opaque" in os.listxattr(path, follow_symlinks=False):
            self.tar.addfile(self.entry(f"{name}/.wh..wh..opq", 0o644))

    def close(self) -> Layer:
        """Finish; only a whole layer gets its name."""
        self.tar.close()
        self.zipped.close()
        self.file.close()
        self.temporary.replace(self.path)
        return Layer(
            self.path,
            f"sha256:{self.packed.hash.hexdigest()}",
            f"sha256:{self.plain.hash.hexdigest()}",
            self.packed.count,
        )
