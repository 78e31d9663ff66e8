# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""A module in a process of its own, for tests that kill it or run two of them at once."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import typing as t

ROOT = pathlib.Path(__file__).parents[2]
MODULES = "ansible_collections.baremetal.mlops.plugins.modules"


@contextlib.contextmanager
def started(
    name: str, options: t.Mapping[str, t.Any], stdout: int = subprocess.DEVNULL
) -> t.Iterator[subprocess.Popen[str]]:
    """It does not outlive the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", f"{MODULES}.{name}"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / ".collections")},
        stdin=subprocess.PIPE,
        stdout=stdout,
        text=True,
    )
    try:
        assert process.stdin is not None
        process.stdin.write(json.dumps({"ANSIBLE_MODULE_ARGS": options}))
        process.stdin.close()
        yield process
    finally:
        process.kill()
        process.wait()
