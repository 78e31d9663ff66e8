# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""A host's kernel, read from a made-up /proc and /sys."""

from __future__ import annotations

import os
import typing as t

import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import HostError
from ansible_collections.baremetal.mlops.plugins.module_utils._node.kernel_host import HostKernel

if t.TYPE_CHECKING:
    import pathlib


@pytest.fixture
def root(tmp_path: pathlib.Path) -> pathlib.Path:
    for path, text in {
        "proc/swaps": "Filename Type Size Used Priority\n/dev/sda2 partition 1 0 -2\n",
        "proc/sys/net/ipv4/tcp_rmem": "4096\t131072\t6291456\n",
        "sys/module/br_netfilter/refcnt": "0",
        f"lib/modules/{os.uname().release}/modules.builtin": "kernel/fs/overlayfs/overlay.ko\n",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def test_what_is_read(root: pathlib.Path) -> None:
    kernel = HostKernel(lambda _argv: (0, "", ""), str(root))
    assert [kernel.module_is_loaded(name) for name in ("br_netfilter", "overlay", "ip_vs")] == [True, True, False]
    assert kernel.sysctl("net.ipv4.tcp_rmem") == "4096 131072 6291456"
    assert kernel.sysctl("net.ipv4.no_such") is None
    assert kernel.swaps() == ["/dev/sda2"]


def test_what_is_changed(root: pathlib.Path) -> None:
    calls: list[t.Sequence[str]] = []

    def command(argv: t.Sequence[str]) -> tuple[int, str, str]:
        calls.append(argv)
        return 0, "", ""

    kernel = HostKernel(command, str(root))
    kernel.set_sysctl("net.ipv4.tcp_rmem", "1 2 3")
    kernel.load_module("ip_vs")
    kernel.swap_off()
    assert kernel.sysctl("net.ipv4.tcp_rmem") == "1 2 3"
    assert calls == [["modprobe", "--", "ip_vs"], ["swapoff", "--all"]]


def test_a_module_that_cannot_be_loaded_is_one_line(root: pathlib.Path) -> None:
    kernel = HostKernel(lambda _argv: (1, "", "modprobe: FATAL: Module x not found\n"), str(root))
    with pytest.raises(HostError, match=r"^kernel module x cannot be loaded: modprobe: FATAL: Module x not found$"):
        kernel.load_module("x")
