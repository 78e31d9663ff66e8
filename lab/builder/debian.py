"""Packages and root file systems of Debian, from where the host's own apt gets them."""

from __future__ import annotations

import os
import shlex
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab.builder.fill import fill
from lab.builder.process import BuildError, Log, run

if TYPE_CHECKING:
    from pathlib import Path

    from lab.builder.model import Rootfs

APT_LIMIT = 600
BOOTSTRAP_LIMIT = 1200
INSTALL_LIMIT = 1800
PASSED = (
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "PIP_TRUSTED_HOST",
    "PIP_DEFAULT_TIMEOUT",
)
NOT_IN_LAYER = (
    "run",
    "proc",
    "dev",
    "sys",
    "tmp",
    "var/cache/apt",
    "var/lib/apt/lists",
    "etc/resolv.conf",
    "root/.cache",
    "var/log/apt",
    "var/log/dpkg.log",
    "var/log/alternatives.log",
)
LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*", "/usr/share/lintian/*")


def archive(log: Log) -> str:
    """Address of the Debian archive in the host's apt sources."""
    text = "$(REPO_URI) $(ORIGIN) $(LABEL) $(COMPONENT)"
    out = run(["apt-get", "indextargets", "--format", text, "Created-By: Packages"], log, limit=60)
    for line in out.splitlines():
        words = line.split(" ")
        if words[1:] == ["Debian", "Debian", "main"]:
            return words[0]
    raise BuildError("the host's apt sources name no Debian archive: run apt-get update, or add one")


@dataclass(frozen=True)
class Apt:
    """An apt of its own for one suite, so that the host's stays as it is."""

    folder: Path
    suite: str

    def options(self) -> list[str]:
        """Options that keep it below its folder."""
        pairs = {
            "Dir::State": self.folder / "state",
            "Dir::State::status": self.folder / "status",
            "Dir::Cache": self.folder / "cache",
            "Dir::Etc::sourcelist": self.folder / "sources.list",
            "Dir::Etc::sourceparts": self.folder / "none",
            "Dir::Etc::preferencesparts": self.folder / "none",
            "APT::Sandbox::User": "root",
            "Acquire::Check-Valid-Until": "false",
            "Acquire::Languages": "none",
        }
        return [word for name, value in pairs.items() for word in ("-o", f"{name}={value}")]

    def update(self, log: Log) -> None:
        """Fetch the suite's index."""
        for name in ("state/lists/partial", "cache/archives/partial", "none"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "status").touch()
        (self.folder / "sources.list").write_text(f"deb {archive(log)} {self.suite} main\n")
        run(["apt-get", *self.options(), "-q", "update"], log, limit=APT_LIMIT)

    def unpack(self, package: str, target: Path, log: Log) -> str:
        """Fetch and unpack one package; returns its upstream version."""
        stage = target.with_name(f".{target.name}")
        shutil.rmtree(stage, ignore_errors=True)
        (stage / "root").mkdir(parents=True)
        run(["apt-get", *self.options(), "-q", "download", package], log, cwd=stage, limit=APT_LIMIT)
        deb = next(stage.glob("*.deb"))
        run(["dpkg-deb", "-x", str(deb), str(stage / "root")], log, limit=APT_LIMIT)
        version = run(["dpkg-deb", "-f", str(deb), "Version"], log, limit=60).strip()
        (stage / "version").write_text(version)
        deb.unlink()
        shutil.rmtree(target, ignore_errors=True)
        stage.rename(target)
        return upstream(version)


def upstream(version: str) -> str:
    """Upstream's part of a Debian version: `1:1.9.1+ds1-1` is 1.9.1."""
    return (
        version.rsplit(":", maxsplit=1)[-1]
        .split("-", maxsplit=1)[0]
        .split("+", maxsplit=1)[0]
        .split("~", maxsplit=1)[0]
    )


def bootstrap(rootfs: Rootfs, target: Path, log: Log) -> None:
    """A minimal Debian in a folder."""
    stage = target.with_name(f".{target.name}")
    shutil.rmtree(stage, ignore_errors=True)
    stage.parent.mkdir(parents=True, exist_ok=True)
    options = [f"--dpkgopt=path-exclude={path}" for path in LEFT_OUT]
    include = f"--include={','.join(rootfs.packages)}"
    argv = ["mmdebstrap", "--quiet", "--format=directory", "--variant=minbase", include, *options]
    run([*argv, rootfs.suite, str(stage), archive(log)], log, limit=BOOTSTRAP_LIMIT)
    (stage / "etc" / "resolv.conf").write_text("")
    stage.rename(target)


def steps(rootfs: Rootfs, values: dict[str, str]) -> str:
    """What is run inside, as text of a shell."""
    packages = " ".join(shlex.quote(fill(name, values)) for name in rootfs.packages)
    lines = ["set -eu", "printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d", "chmod 755 /usr/sbin/policy-rc.d"]
    lines += [fill(line, values) for line in rootfs.prepare]
    if packages:
        lines += ["apt-get -q update", f"apt-get -q -y --no-install-recommends install {packages}"]
    for name, version in rootfs.expect:
        package, wanted = fill(name, values), fill(version, values)
        lines.append(
            f"found=$(dpkg-query -W -f '${{Version}}' {package}); case $found in {wanted}[-+~]*) ;;"
            f' *) echo "{package} is $found, the catalog pins {wanted}: change the pin" >&2; exit 1 ;; esac'
        )
    lines += [fill(line, values) for line in rootfs.run]
    lines.append("rm -f /usr/sbin/policy-rc.d")
    return "\n".join(lines)


def extend(rootfs: Rootfs, base: Path, target: Path, *, shared: Path, values: dict[str, str], log: Log) -> None:
    """Packages and commands over a base; `target` becomes the upper side of the overlay."""
    stage = target.with_name(f".{target.name}")
    shutil.rmtree(stage, ignore_errors=True)
    for name in ("upper", "work", "merged"):
        (stage / name).mkdir(parents=True)
    for name in ("archives/partial", "lists/partial", "pip"):
        (shared / name).mkdir(parents=True, exist_ok=True)
    env = {key: os.environ[key] for key in PASSED if key in os.environ}
    inside = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/root",
        "LANG": "C.UTF-8",
        "DEBIAN_FRONTEND": "noninteractive",
        "PIP_CACHE_DIR": "/run/pip",
        "PIP_CERT": "/run/ca.crt",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        **env,
    }
    certificates = os.environ.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt")
    merged = shlex.quote(str(stage / "merged"))
    outer = f"""set -eu
m={merged}
mount -t overlay overlay -o lowerdir={base},upperdir={stage}/upper,workdir={stage}/work,metacopy=off,redirect_dir=off $m
mount -t proc proc $m/proc
mount --rbind /dev $m/dev
mount -t tmpfs -o mode=1777 tmpfs $m/tmp
mount -t tmpfs tmpfs $m/run
mkdir -p $m/run/pip $m/run/lock
mount --bind {shared}/archives $m/var/cache/apt/archives
mount --bind {shared}/lists $m/var/lib/apt/lists
mount --bind {shared}/pip $m/run/pip
mount --bind /etc/resolv.conf $m/etc/resolv.conf
cp {certificates} $m/run/ca.crt
if [ -e /etc/pip.conf ]; then cp /etc/pip.conf $m/etc/pip.conf; fi
env -i {" ".join(shlex.quote(f"{key}={value}") for key, value in inside.items())} chroot $m sh -s
rm -f $m/etc/pip.conf
"""
    argv = ["unshare", "--mount", "--propagation", "private", "sh", "-c", outer]
    run(argv, log, limit=INSTALL_LIMIT, stdin=steps(rootfs, values))
    shutil.rmtree(target, ignore_errors=True)
    (stage / "upper").rename(target)
    shutil.rmtree(stage)
