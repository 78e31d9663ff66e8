# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Looks for secrets in texts, and while a play runs also in processes and temporary files."""

from __future__ import annotations

import base64
import contextlib
import os
import pathlib
import re
import socket
import stat
import threading
import typing as t
from dataclasses import dataclass, field

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PAUSE_SECONDS = 0.05
OTHERS = stat.S_IRWXG | stat.S_IRWXO
LARGEST_FILE, LARGEST_LINE = 2**24, 2**16
SYSTEM_LOG = pathlib.Path("/dev/log")


class Search:
    """Finds any of the secrets, also as base64 writes them wherever they stand in a longer text."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets for form in _forms(secret.encode())}
        self._pattern = re.compile(b"|".join(map(re.escape, sorted(forms))))

    def within(self, data: bytes) -> str:
        """Where a secret stands in a text, with what is around it; empty if there is none."""
        found = self._pattern.search(data)
        return data[max(0, found.start() - 80) : found.end() + 20].decode(errors="replace") if found else ""

    def file(self, path: pathlib.Path) -> str:
        """The same of a file, which may be gone."""
        with contextlib.suppress(OSError):
            if path.is_file() and path.stat().st_size < LARGEST_FILE:
                return self.within(path.read_bytes())
        return ""


def _forms(secret: bytes) -> Iterator[bytes]:
    yield secret
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + secret)
        # The first and the last characters depend on what is around.
        yield encoded[(before * 8 + 5) // 6 : len(encoded) - 4]


@dataclass
class Seen:
    """Commands of processes that were watched, texts of processes with a secret, and names of files with one.

    Nobody but its owner could reach a ``private`` file.
    """

    commands: set[str] = field(default_factory=set)
    leaks: set[str] = field(default_factory=set)
    private: set[str] = field(default_factory=set)
    open: set[str] = field(default_factory=set)


@contextlib.contextmanager
def watching(search: Search, seen: Seen, folder: pathlib.Path) -> Iterator[None]:
    """Look again and again at all commands, at environments of processes that know the folder, and at files below it.

    Files that the playbooks' owner made before are none of theirs.
    """
    done = threading.Event()
    known: dict[pathlib.Path, tuple[float, int]] = {}

    def look() -> None:
        while not done.wait(PAUSE_SECONDS):
            _look_at_processes(search, seen, str(folder).encode())
            _look_at_files(search, seen, folder, known)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


@contextlib.contextmanager
def system_log() -> Iterator[list[bytes] | None]:
    """What programs tell the machine's log meanwhile, where modules say what they were given. None if it has one."""
    said: list[bytes] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
        if client.connect_ex(str(SYSTEM_LOG)) == 0:
            yield None
            return
    # Left by a run that was killed.
    SYSTEM_LOG.unlink(missing_ok=True)

    def listen() -> None:
        while line := listener.recv(LARGEST_LINE):
            said.append(line)

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(SYSTEM_LOG))
        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        try:
            yield said
        finally:
            SYSTEM_LOG.unlink()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _look_at_processes(search: Search, seen: Seen, mark: bytes) -> None:
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (process / "cmdline").read_bytes()
            environment = (process / "environ").read_bytes()
            if mark in environment:
                seen.commands.add(command.replace(b"\0", b" ").decode(errors="replace"))
                command += b"\0" + environment
            if place := search.within(command):
                seen.leaks.add(place)


def _look_at_files(
    search: Search, seen: Seen, folder: pathlib.Path, known: dict[pathlib.Path, tuple[float, int]]
) -> None:
    for place, _folders, names in os.walk(folder):
        for path in (pathlib.Path(place, name) for name in names):
            with contextlib.suppress(OSError):
                about = path.stat()
                version = (about.st_mtime, about.st_size)
                if known.get(path) == version:
                    continue
                known[path] = version
                if search.file(path):
                    private = not about.st_mode & OTHERS or not path.parent.stat().st_mode & OTHERS
                    (seen.private if private else seen.open).add(path.name)
