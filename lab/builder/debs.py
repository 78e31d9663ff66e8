"""Debian packages, and the signed repositories they lie in."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
from typing import TYPE_CHECKING

from lab.builder.fill import fill
from lab.builder.process import Log, run
from lab.builder.takes import Parts, into_folder

if TYPE_CHECKING:
    from pathlib import Path

    from lab.builder.model import Deb

LIMIT = 300
KEY_NAME = "Mirror of the lab <mirror@lab.invalid>"
REVISION = "1"


def control(deb: Deb, version: str, size: int) -> str:
    """Text of DEBIAN/control."""
    fields = {
        "Package": deb.name,
        "Version": version,
        "Architecture": "amd64",
        "Maintainer": KEY_NAME,
        "Installed-Size": str(size // 1024),
        "Section": "admin",
        "Priority": "optional",
        "Depends": ", ".join(deb.depends),
        "Conflicts": ", ".join(deb.conflicts),
        "Replaces": ", ".join(deb.conflicts),
        "Provides": ", ".join(deb.conflicts),
        "Description": deb.summary,
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items() if value)


def version_of(deb: Deb, parts: Parts) -> str:
    """Version of a package: upstream's and our revision."""
    return f"{fill(deb.version, parts.values)}-{REVISION}"


def build(deb: Deb, parts: Parts, work: Path, repository: Path, log: Log) -> Path:
    """Build one package into its repository."""
    root = work / deb.name
    shutil.rmtree(root, ignore_errors=True)
    for take in deb.takes:
        into_folder(take, parts, root)
    size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file())
    version = version_of(deb, parts)
    (root / "DEBIAN").mkdir()
    (root / "DEBIAN" / "control").write_text(control(deb, version, size))
    if deb.conffiles:
        (root / "DEBIAN" / "conffiles").write_text("".join(f"{name}\n" for name in deb.conffiles))
    for path in (root, *root.rglob("*")):
        if path.is_dir():
            path.chmod(0o755)
    repository.mkdir(parents=True, exist_ok=True)
    target = repository / f"{deb.name}_{version}_amd64.deb"
    stage = work / target.name
    env = {**os.environ, "SOURCE_DATE_EPOCH": "1"}
    run(
        ["dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", str(root), str(stage)], log, env=env, limit=LIMIT
    )
    shutil.rmtree(root)
    for old in repository.glob(f"{deb.name}_*_amd64.deb"):
        old.unlink()
    shutil.move(stage, target)
    return target


def keyring(home: Path, log: Log) -> None:
    """The key of the repositories, made once."""
    if (home / "trustdb.gpg").exists():
        return
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)
    argv = ["--passphrase", "", "--quick-generate-key", KEY_NAME, "rsa3072", "sign", "never"]
    run(["gpg", "--homedir", str(home), "--batch", *argv], log, limit=LIMIT)


def index(repository: Path, home: Path, log: Log) -> None:
    """Write the index of a flat repository and sign it."""
    keyring(home, log)
    packages = run(["apt-ftparchive", "packages", "."], log, cwd=repository, limit=LIMIT, quiet=True)
    replace(repository / "Packages", packages.encode())
    replace(repository / "Packages.gz", gzip.compress(packages.encode(), 1, mtime=1))
    options = [
        f"-oAPT::FTPArchive::Release::{name}={value}"
        for name, value in (
            ("Origin", "lab"),
            ("Label", repository.name),
            ("Suite", "stable"),
            ("Architectures", "amd64"),
        )
    ]
    for name in ("Release", "InRelease", "Release.gpg"):
        (repository / name).unlink(missing_ok=True)
    release = run(["apt-ftparchive", *options, "release", "."], log, cwd=repository, limit=LIMIT, quiet=True)
    gpg = ["gpg", "--homedir", str(home), "--batch", "--yes", "--armor"]
    replace(repository / "Release", release.encode())
    signed = run([*gpg, "--clearsign", "--output", "-"], log, limit=LIMIT, stdin=release, quiet=True)
    replace(repository / "InRelease", signed.encode())
    apart = run([*gpg, "--detach-sign", "--output", "-"], log, limit=LIMIT, stdin=release, quiet=True)
    replace(repository / "Release.gpg", apart.encode())
    replace(repository / "Release.key", run([*gpg, "--export"], log, limit=LIMIT, quiet=True).encode())


def replace(path: Path, content: bytes) -> None:
    """Write a file at once, so that readers see it whole."""
    temporary = path.with_name(f".{path.name}.part")
    temporary.write_bytes(content)
    temporary.replace(path)


def checksum(path: Path) -> str:
    """sha256 of a file."""
    with path.open("rb") as stream:
        return f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}"
