# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The module node_kernel over a kernel in memory."""

from __future__ import annotations

import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._node.kernel import MODULES_FILE, SYSCTL_FILE
from ansible_collections.baremetal.mlops.plugins.modules import node_kernel
from ansible_collections.baremetal.mlops.tests.unit.fakes.kernel import FakeKernel
from ansible_collections.baremetal.mlops.tests.unit.fakes.modules import four_claims, run

if t.TYPE_CHECKING:
    import pytest

FORWARD = "net.ipv4.ip_forward"
BRIDGE = "net.bridge.bridge-nf-call-iptables"
FSTAB = "UUID=1 / ext4 defaults 0 1\n/swap.img none swap sw 0 0\n# /old none swap sw 0 0\n"


def use(monkeypatch: pytest.MonkeyPatch, kernel: FakeKernel) -> None:
    monkeypatch.setattr(node_kernel, "HostKernel", lambda _run: kernel)


def test_a_bare_host(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    kernel = FakeKernel(sysctls={FORWARD: "0"}, swaps=["/swap.img"], fstab=FSTAB)
    kernel.brings = {"br_netfilter": {BRIDGE: "0"}}
    use(monkeypatch, kernel)
    wanted: dict[str, t.Any] = {"modules": ["br_netfilter"], "sysctls": {FORWARD: 1, BRIDGE: "1"}}
    assert four_claims(node_kernel.main, capsys, **wanted) == [
        "load module br_netfilter",
        f"set {FORWARD} = 1",
        f"set {BRIDGE} = 1",
        "turn swap off on /swap.img",
        f"write {MODULES_FILE}",
        f"write {SYSCTL_FILE}",
        "write /etc/fstab",
    ]
    assert kernel.files["/etc/fstab"].content == FSTAB.replace("/swap.img", "# /swap.img")


def test_a_parameter_changed_by_hand_is_put_back(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kernel = FakeKernel(sysctls={FORWARD: "1"})
    use(monkeypatch, kernel)
    four_claims(node_kernel.main, capsys, sysctls={FORWARD: 1})
    kernel.values[FORWARD] = "0"
    checked = run(node_kernel.main, capsys, _ansible_check_mode=True, _ansible_diff=True, sysctls={FORWARD: 1})
    assert checked["diff"] == {"before": {"kernel": {FORWARD: "0"}}, "after": {"kernel": {FORWARD: "1"}}}
    assert four_claims(node_kernel.main, capsys, sysctls={FORWARD: 1}) == [f"set {FORWARD} = 1"]


def test_swap_is_left_alone_when_the_site_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kernel = FakeKernel(swaps=["/swap.img"], fstab=FSTAB)
    use(monkeypatch, kernel)
    run(node_kernel.main, capsys, swap_off=False)
    assert (kernel.swap, kernel.files["/etc/fstab"].content) == (["/swap.img"], FSTAB)


def test_a_parameter_that_the_kernel_lacks_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(monkeypatch, FakeKernel())
    answer = run(node_kernel.main, capsys, sysctls={BRIDGE: 1})
    assert answer["failed"] is True
    assert BRIDGE in answer["msg"]
    assert "node_kernel_modules" in answer["msg"]
