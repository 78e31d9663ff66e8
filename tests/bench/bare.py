# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""One of our modules in a plain process: options on stdin, result on stdout, what it took as the last line of stderr.

`python -m tests.bench.bare s3_buckets <options.json`, options as `{"ANSIBLE_MODULE_ARGS": {...}}`.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import pathlib
import sys
import time
import typing as t

MODULES = "ansible_collections.baremetal.mlops.plugins.modules"


@contextlib.contextmanager
def reported() -> t.Iterator[None]:
    """Say at the end of the block how long it took, and the peak of this process's memory."""
    started = time.perf_counter()
    try:
        yield
    finally:
        inside = time.perf_counter() - started
        print(json.dumps({"inside": inside, "peak_kib": _peak_kib()}), file=sys.stderr)


def main() -> None:
    """Imports are not counted as inside."""
    name = sys.argv.pop(1)
    module = importlib.import_module(f"{MODULES}.{name}")
    with reported():
        module.main()


def _peak_kib() -> int:
    """Of this program alone: the kernel's ru_maxrss would remember the memory of who started it."""
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


if __name__ == "__main__":
    main()
