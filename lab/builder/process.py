"""Run other programs: always with a time limit, output to the component's log."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

LIVE: set[subprocess.Popen[str]] = set()
STOPPED = threading.Event()


class BuildError(Exception):
    """A component could not be built; the message is for people."""


@dataclass(frozen=True)
class Log:
    """The log file of one component."""

    path: Path

    def write(self, text: str) -> None:
        """Add one line."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a") as stream:
            stream.write(text.rstrip("\n") + "\n")


def run(
    argv: Sequence[str],
    log: Log,
    *,
    limit: int,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    quiet: bool = False,
    stdin: str | None = None,
) -> str:
    """Run a program and return its standard output; errors and, unless quiet, output go to the log."""
    began = time.monotonic()
    log.write(f"$ {' '.join(argv)}")
    with log.path.open("a") as errors:
        process = start(argv, errors, env, cwd)
        try:
            out, _unused = process.communicate(stdin or "", timeout=limit)
        except subprocess.TimeoutExpired as error:
            end(process)
            raise BuildError(f"{argv[0]} did not end within {limit} seconds") from error
        finally:
            LIVE.discard(process)
    if out and not quiet:
        log.write(out)
    log.write(f"-> {process.returncode} after {time.monotonic() - began:.1f} s")
    if process.returncode != 0:
        raise BuildError(f"{argv[0]} {' '.join(argv[1:3])} ended with {process.returncode}")
    return out


def start(
    argv: Sequence[str], errors: IO[str], env: Mapping[str, str] | None, cwd: Path | None
) -> subprocess.Popen[str]:
    """Start a program in a process group of its own, so that it can be ended with its children."""
    if STOPPED.is_set():
        raise BuildError("interrupted")
    try:
        process = subprocess.Popen(
            list(argv),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=dict(env) if env is not None else None,
            cwd=cwd,
            text=True,
            process_group=0,
        )
    except OSError as error:
        raise BuildError(f"{argv[0]} cannot be run: {error.strerror}") from error
    LIVE.add(process)
    return process


def end(process: subprocess.Popen[str]) -> None:
    """End a program and its children."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def stop() -> None:
    """End everything that runs; nothing new starts."""
    STOPPED.set()
    for process in list(LIVE):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
