"""Run other programs and say in one line what failed."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

LIMIT = 600


class LabError(Exception):
    """Something that a person has to read; the message says what, where and what to do."""


def run(
    argv: Sequence[str],
    *,
    check: bool = True,
    stdin: str | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    limit: int = LIMIT,
) -> str:
    """Run a program and return its standard output."""
    try:
        done = subprocess.run(
            list(argv),
            capture_output=True,
            text=True,
            input=stdin if stdin is not None else "",
            env=dict(env) if env is not None else None,
            cwd=cwd,
            timeout=limit,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise LabError(f"{argv[0]} did not end within {limit} seconds") from error
    except OSError as error:
        raise LabError(f"{argv[0]} cannot be run: {error.strerror}") from error
    if check and done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise LabError(f"{' '.join(argv[:6])} ended with {done.returncode}: {said[-1] if said else 'no message'}")
    return done.stdout


def stream(argv: Sequence[str], *, env: Mapping[str, str], cwd: Path) -> int:
    """Run a program with our own terminal as its output and return its exit status; it ends when we are killed."""
    with subprocess.Popen(["setpriv", "--pdeathsig", "TERM", *argv], env=dict(env), cwd=cwd) as child:
        try:
            return child.wait()
        except KeyboardInterrupt:
            child.terminate()
            child.wait()
            raise
