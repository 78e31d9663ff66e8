"""The nodes' root file system: a minimal Debian with systemd, sshd and python3, made once and cached by content."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from lab import debian, process, settings
from lab.podman import podman

RECIPE = 2
REPOSITORY = "localhost/baremetal-mlops-node"
PACKAGES = (
    "ca-certificates",
    "curl",
    "dbus",
    "iproute2",
    "kmod",
    "openssh-server",
    "procps",
    "python3",
    "python3-apt",
    "systemd",
    "systemd-sysv",
    "udev",
)
# Units that would act on this machine's devices or consoles, which containers share with it.
MASKED = (
    "apt-daily-upgrade.timer",
    "apt-daily.timer",
    "console-getty.service",
    "getty.target",
    "systemd-binfmt.service",
    "systemd-logind.service",
    "systemd-udev-trigger.service",
    "systemd-udevd-control.socket",
    "systemd-udevd-kernel.socket",
    "systemd-udevd.service",
)
# systemd shares mounts itself on a machine, but not in a container.
SHARE_MOUNTS = """\
[Unit]
Description=Share mounts with those made later
DefaultDependencies=no
Before=local-fs-pre.target
Wants=local-fs-pre.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/bin/mount --make-rshared /

[Install]
WantedBy=sysinit.target
"""
# Each node makes its own host keys when it starts first.
HOST_KEYS = """\
[Service]
ExecStartPre=
ExecStartPre=/usr/bin/ssh-keygen -A
ExecStartPre=/usr/sbin/sshd -t
"""
FILES = {
    "etc/systemd/system/share-mounts.service": SHARE_MOUNTS,
    "etc/systemd/system/ssh.service.d/host-keys.conf": HOST_KEYS,
    "etc/machine-id": "",
    "etc/hostname": "",
}


def hooks(folder: Path) -> list[str]:
    """Commands for mmdebstrap that turn the installed packages into a node."""
    masked = " ".join(MASKED)
    return [
        f"--customize-hook=copy-in {folder}/etc /",
        '--customize-hook=rm -f "$1"/etc/ssh/ssh_host_* "$1"/var/lib/dbus/machine-id',
        f'--customize-hook=systemctl --root="$1" mask {masked}',
        '--customize-hook=systemctl --root="$1" enable share-mounts.service ssh.service',
    ]


def key(sources: list[debian.Source], proxies: str) -> str:
    """Content key: the same inputs give the same image."""
    content = [str(RECIPE), *PACKAGES, *MASKED, *FILES, *FILES.values(), *(item.line() for item in sources), proxies]
    return hashlib.sha256("\0".join(content).encode()).hexdigest()[:16]


def build(archive: Path, sources: list[debian.Source], proxies: str) -> None:
    """Make the archive of the root file system."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    partial = archive.with_suffix(f".partial-{os.getpid()}.tar")
    with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
        for name, text in {**FILES, "etc/apt/apt.conf.d/90proxy": proxies}.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        command = ["mmdebstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", *hooks(Path(folder))]
        command.append("--skip=cleanup/apt/lists")  # a fresh machine has the lists that its installer fetched
        lines = "".join(f"{item.line()}\n" for item in sources)
        process.run([*command, debian.SUITE, str(partial), "-"], stdin=lines, limit=1800)
    partial.replace(archive)


def ensure(places: settings.Places) -> tuple[str, str]:
    """Name of the node image, and in words how it was come by."""
    sources, proxies = debian.sources(), debian.proxies()
    digest = key(sources, proxies)
    name = f"{REPOSITORY}:{digest}"
    archive = places.cache / "node-image" / f"{digest}.tar"
    done = "in podman already"
    if not archive.exists():
        build(archive, sources, proxies)
        for old in archive.parent.iterdir():
            if old != archive:
                shutil.rmtree(old) if old.is_dir() else old.unlink()
        done = "built"
    if not exists(name):
        done = done if done == "built" else "imported from the cache"
        podman("import", "--quiet", "--change", 'CMD ["/sbin/init"]', str(archive), name)
    return name, done


def exists(name: str) -> bool:
    """Whether podman has the image."""
    return bool(podman("images", "--quiet", name, check=False).strip())


def remove() -> None:
    """Take all node images out of podman; the archive stays in the cache."""
    for name in podman("images", "--format", "{{.Repository}}:{{.Tag}}", "--filter", f"reference={REPOSITORY}").split():
        podman("rmi", "--force", name, check=False)
