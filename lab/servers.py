"""Ordinary background processes with a pid file; stopped by that pid, and only if it is still the same program."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from lab import process

STOP_LIMIT = 10


@dataclass(frozen=True)
class Server:
    """One program in the foreground of its own session."""

    name: str
    argv: tuple[str, ...]
    folder: Path

    @property
    def pid_file(self) -> Path:
        """Holds the process id."""
        return self.folder / f"{self.name}.pid"

    @property
    def log(self) -> Path:
        """Holds what the program printed."""
        return self.folder / f"{self.name}.log"

    def pid(self) -> int | None:
        """Process id, if the program runs."""
        try:
            pid = int(self.pid_file.read_text())
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        except (OSError, ValueError):
            return None
        return pid if any(str(self.folder) in word for word in words) else None

    def start(self) -> None:
        """Start it unless it runs."""
        if self.pid():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            child = subprocess.Popen(
                self.argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd="/"
            )
        self.pid_file.write_text(f"{child.pid}\n")
        time.sleep(0.2)
        if child.poll() is not None:
            said = self.log.read_text(errors="replace").strip().splitlines()
            raise process.LabError(f"{self.name} did not start: {said[-1] if said else 'no message'} (log: {self.log})")

    def stop(self) -> bool:
        """End it, if it runs."""
        pid = self.pid()
        if pid:
            os.kill(pid, signal.SIGTERM)
            deadline = time.monotonic() + STOP_LIMIT
            while self.pid() and time.monotonic() < deadline:
                time.sleep(0.1)
                reap(pid)
            if self.pid():
                os.kill(pid, signal.SIGKILL)
        self.pid_file.unlink(missing_ok=True)
        return bool(pid)


def reap(pid: int) -> None:
    """Take the exit status of a child of ours, so that its entry in /proc goes."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return
