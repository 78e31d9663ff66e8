# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Runs a program for as long as a block lasts: in its own process namespace, so that nothing of it is left.

A program of a component's root file system sees that root over the memory of its namespace, and its own folder as /srv.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import random
import shutil
import signal
import socket
import ssl
import subprocess
import time
import typing as t
import urllib.error
import urllib.request
from dataclasses import dataclass, field

from lab.builder import supply

START_LIMIT_SECONDS = 120
STOP_LIMIT_SECONDS = 10
POLL_SECONDS = 0.05
LINES_SHOWN = 15
# Below the ports that the kernel gives to clients.
PORTS = range(15000, 22000)
INSIDE = pathlib.Path("/srv")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
DIES_WITH_US = ("setpriv", "--pdeathsig", "KILL")
NAMESPACES = ("unshare", "--fork", "--kill-child", "--pid", "--ipc", "--mount", "--propagation", "private")
# Arguments: folders of the root file system, folder of the program, its uid, the program.
ENTER = """set -eu
layers=$1 folder=$2 uid=$3
shift 3
mount -t tmpfs -o mode=755 tmpfs "$folder/root"
cd "$folder/root"
mkdir upper work merged
mount -t overlay -o "lowerdir=$layers,upperdir=upper,workdir=work" overlay merged
mount -t proc proc merged/proc
mount --rbind /dev merged/dev
mount -t tmpfs -o mode=1777 tmpfs merged/dev/shm
mount -t tmpfs -o mode=1777 tmpfs merged/tmp
mount -t tmpfs -o mode=1777 tmpfs merged/run
mount --bind "$folder" merged/srv
exec chroot merged setpriv --reuid "$uid" --regid "$uid" --clear-groups --pdeathsig KILL -- "$@"
"""
PLAIN = 'set -eu\nmount -t proc proc /proc\nexec "$@"\n'


class ServiceError(Exception):
    """A server could not be started, or a program of it failed."""


class NoAnswerError(ServiceError):
    """We waited long enough."""


@dataclass(frozen=True)
class Root:
    """A root file system that the lab's builder made, and the user that programs have in it."""

    component: str
    uid: int

    def argv(self, folder: pathlib.Path, program: t.Sequence[str]) -> list[str]:
        """The program in this root."""
        (folder / "root").mkdir(exist_ok=True)
        layers = ":".join(str(path) for path in supply.default().roots(self.component))
        return [*NAMESPACES, "sh", "-c", ENTER, "sh", layers, str(folder), str(self.uid), *program]


@dataclass(frozen=True)
class Program:
    """One program, its folder and its log."""

    name: str
    folder: pathlib.Path
    argv: tuple[str, ...]
    env: t.Mapping[str, str] = field(default_factory=dict, repr=False)
    root: Root | None = None
    stop_signal: signal.Signals = signal.SIGTERM

    @property
    def log(self) -> pathlib.Path:
        """What it prints."""
        return self.folder / f"{self.name}.log"

    def command(self) -> list[str]:
        """The whole command: it ends when we end."""
        if self.root is None:
            return [*DIES_WITH_US, *NAMESPACES, "sh", "-c", PLAIN, "sh", *self.argv]
        return [*DIES_WITH_US, *self.root.argv(self.folder, self.argv)]

    def environment(self) -> dict[str, str]:
        """Nothing of ours but what is named."""
        return {"PATH": PATH, "HOME": "/tmp", "LANG": "C.UTF-8", **self.env}

    def run(self, limit: float = START_LIMIT_SECONDS) -> str:
        """Run it to its end; what it printed."""
        done = subprocess.run(
            self.command(),
            stdin=subprocess.DEVNULL,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=limit,
            check=False,
        )
        if done.returncode != 0:
            raise ServiceError(f"{self.name} ended with {done.returncode}: {(done.stderr or done.stdout).strip()}")
        return done.stdout

    @contextlib.contextmanager
    def running(self, answers: t.Callable[[], bool]) -> t.Iterator[None]:
        """Run it in the background from its first answer to the end of the block."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment(),
                process_group=0,
            )
        try:
            try:
                wait_until(answers, lambda: self.problem(process.poll()))
            except NoAnswerError as error:
                raise ServiceError(self.last_words(str(error))) from error
            yield
        finally:
            stop(process, self.stop_signal)

    def problem(self, status: int | None) -> str:
        """Why it is useless to wait longer; empty if it runs."""
        return "" if status is None else self.last_words(f"ended with {status}")

    def last_words(self, what: str) -> str:
        """What happened, and how the log ends."""
        said = self.log.read_text(errors="replace").splitlines()[-LINES_SHOWN:]
        return "\n".join([f"{self.name}: {what}; its log {self.log} ends with:", *said])


def wait_until(answers: t.Callable[[], bool], problem: t.Callable[[], str], limit: float = START_LIMIT_SECONDS) -> None:
    """Wait for an answer; the problem, if there is one, is raised."""
    deadline = time.monotonic() + limit
    while not answers():
        if reason := problem():
            raise ServiceError(reason)
        if time.monotonic() > deadline:
            raise NoAnswerError(f"no answer within {limit:g} seconds")
        time.sleep(POLL_SECONDS)


def children(pid: int) -> list[int]:
    """Processes that a process started."""
    try:
        return [int(word) for word in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def stop(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    """Ask the program to end, then end its namespace and with it all its processes."""
    for pid in children(process.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, how)
    try:
        process.wait(STOP_LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_ports(count: int = 1, companion: int = 0) -> list[int]:
    """Ports that nobody listens on, and whose companion (so much higher) is free as well."""
    found: list[int] = []
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as first, socket.socket() as second:
            try:
                first.bind(("127.0.0.1", port))
                second.bind(("127.0.0.1", port + companion if companion else 0))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise ServiceError(f"no {count} free ports from {PORTS.start} to {PORTS.stop}")


def own_folder(folder: pathlib.Path, uid: int = 0) -> pathlib.Path:
    """Make the folder of a program, for its user only."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    os.chown(folder, uid, uid)
    return folder.resolve()


def empty_folder(folder: pathlib.Path, uid: int = 0) -> pathlib.Path:
    """The folder of a program without what a former run left in it."""
    shutil.rmtree(folder, ignore_errors=True)
    return own_folder(folder, uid)


def write_secret(path: pathlib.Path, text: str, uid: int = 0) -> pathlib.Path:
    """Write a file for one user only."""
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(text)
    os.chown(path, uid, uid)
    return path


def answers_well(url: str, ca_path: str | None = None) -> bool:
    """Whether a server says that it is ready."""
    context = ssl.create_default_context(cafile=ca_path) if ca_path else None
    try:
        with urllib.request.urlopen(url, timeout=5, context=context) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
