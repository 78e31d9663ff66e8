# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""A kernel in memory: modules, parameters, swap and files. Records its writes."""

from __future__ import annotations

import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._node.files import File


class FakeKernel:
    def __init__(
        self,
        modules: t.Iterable[str] = (),
        sysctls: t.Mapping[str, str] | None = None,
        swaps: t.Iterable[str] = (),
        fstab: str = "",
    ) -> None:
        self.modules = set(modules)
        self.values = dict(sysctls or {})
        self.swap = list(swaps)
        self.files = {"/etc/fstab": File("/etc/fstab", fstab)}
        self.brings: dict[str, dict[str, str]] = {}

    def read(self, path: str) -> File | None:
        return self.files.get(path)

    def write(self, file: File) -> None:
        self.files[file.path] = file

    def module_is_loaded(self, name: str) -> bool:
        return name in self.modules

    def load_module(self, name: str) -> None:
        self.modules.add(name)
        self.values.update(self.brings.get(name, {}))

    def sysctl(self, name: str) -> str | None:
        return self.values.get(name)

    def set_sysctl(self, name: str, value: str) -> None:
        self.values[name] = value

    def swaps(self) -> list[str]:
        return list(self.swap)

    def swap_off(self) -> None:
        self.swap = []
