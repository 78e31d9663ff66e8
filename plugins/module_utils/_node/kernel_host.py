# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""A host's kernel, read from /proc and /sys and changed by modprobe and swapoff.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import os
import pathlib
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import HostError
from ansible_collections.baremetal.mlops.plugins.module_utils._node.host import HostFiles

if t.TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    RunCommand = Callable[[Sequence[str]], tuple[int, str, str]]


class HostKernel(HostFiles):
    def __init__(self, run_command: RunCommand, root: str = "/") -> None:
        super().__init__()
        self._run_command = run_command
        self._root = pathlib.Path(root)

    def module_is_loaded(self, name: str) -> bool:
        name = name.replace("-", "_")
        builtin = self._root / "lib/modules" / os.uname().release / "modules.builtin"
        if (self._root / "sys/module" / name).exists():
            return True
        return builtin.is_file() and f"/{name}.ko" in builtin.read_text().replace("-", "_")

    def load_module(self, name: str) -> None:
        self._run(["modprobe", "--", name], f"kernel module {name} cannot be loaded")

    def sysctl(self, name: str) -> str | None:
        path = self._sysctl_path(name)
        return " ".join(path.read_text().split()) if path.exists() else None

    def set_sysctl(self, name: str, value: str) -> None:
        try:
            self._sysctl_path(name).write_text(value)
        except OSError as exc:
            raise HostError(f"kernel parameter {name} cannot be set to {value}: {exc.strerror}") from exc

    def swaps(self) -> list[str]:
        lines = (self._root / "proc/swaps").read_text().splitlines()[1:]
        return [line.split()[0] for line in lines]

    def swap_off(self) -> None:
        self._run(["swapoff", "--all"], "swap cannot be turned off")

    def _sysctl_path(self, name: str) -> pathlib.Path:
        return self._root / "proc/sys" / (name if "/" in name else name.replace(".", "/"))

    def _run(self, argv: Sequence[str], failure: str) -> None:
        code, _out, err = self._run_command(argv)
        if code:
            raise HostError(f"{failure}: {err.strip()}")
