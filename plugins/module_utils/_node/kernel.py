# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Kernel modules, kernel parameters and swap of a host: what is, what is wanted, and the plan between the two.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import HostError
from ansible_collections.baremetal.mlops.plugins.module_utils._node.files import File
from ansible_collections.baremetal.mlops.plugins.module_utils._reconcile import Plan, Step

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MODULES_FILE = "/etc/modules-load.d/90-baremetal-mlops.conf"
SYSCTL_FILE = "/etc/sysctl.d/90-baremetal-mlops.conf"
FSTAB = "/etc/fstab"
HEADER = "# Kept by baremetal.mlops: changes are overwritten.\n"
SWAP_LINE = re.compile(r"^(?!\s*#)(\s*\S+\s+\S+\s+swap\s.*)$", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Wanted:
    """The kernel as the site wants it, now and after a reboot."""

    modules: Sequence[str] = ()
    sysctls: Mapping[str, str] = dataclasses.field(default_factory=dict)
    swap_off: bool = True


class KernelClient(t.Protocol):
    """The calls that a plan needs. The host and the tests' fake both have them."""

    def read(self, path: str) -> File | None: ...
    def write(self, file: File) -> None: ...
    def module_is_loaded(self, name: str) -> bool: ...
    def load_module(self, name: str) -> None: ...
    def sysctl(self, name: str) -> str | None: ...
    def set_sysctl(self, name: str, value: str) -> None: ...
    def swaps(self) -> list[str]: ...
    def swap_off(self) -> None: ...


def plan(client: KernelClient, wanted: Wanted) -> Plan:
    before: dict[str, t.Any] = {}
    after: dict[str, t.Any] = {}
    steps: list[Step] = []
    for name in wanted.modules:
        if not client.module_is_loaded(name):
            before[f"module {name}"], after[f"module {name}"] = "not loaded", "loaded"
            steps.append(Step(f"load module {name}", functools.partial(client.load_module, name)))
    for name, value in wanted.sysctls.items():
        actual = client.sysctl(name)
        if actual is None and not steps:
            raise HostError(
                f"this kernel has no parameter {name}: load the module that brings it (node_kernel_modules) "
                "or take it out of node_sysctls"
            )
        if actual != value:
            before[name], after[name] = actual, value
            steps.append(Step(f"set {name} = {value}", functools.partial(client.set_sysctl, name, value)))
    if wanted.swap_off and (swaps := client.swaps()):
        before["swap"], after["swap"] = swaps, []
        steps.append(Step(f"turn swap off on {', '.join(swaps)}", client.swap_off))
    for file in wanted_files(client, wanted):
        old = client.read(file.path)
        if old is None or old.content != file.content:
            before[file.path] = old.content.splitlines() if old else []
            after[file.path] = file.content.splitlines()
            steps.append(Step(f"write {file.path}", functools.partial(client.write, file)))
    return Plan(before={"kernel": before}, after={"kernel": after}, steps=steps)


def wanted_files(client: KernelClient, wanted: Wanted) -> list[File]:
    """What makes the same state come back after a reboot."""
    files = [
        File(MODULES_FILE, HEADER + "".join(f"{name}\n" for name in wanted.modules)),
        File(SYSCTL_FILE, HEADER + "".join(f"{name} = {value}\n" for name, value in wanted.sysctls.items())),
    ]
    fstab = client.read(FSTAB)
    if wanted.swap_off and fstab:
        files.append(dataclasses.replace(fstab, content=SWAP_LINE.sub(r"# \1", fstab.content)))
    return files
