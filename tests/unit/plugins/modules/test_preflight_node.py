# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The module preflight_node on this machine, and its reading on a made-up one."""

from __future__ import annotations

import socket
import ssl
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._preflight import host
from ansible_collections.baremetal.mlops.plugins.modules import preflight_node
from ansible_collections.baremetal.mlops.tests.unit.fakes.modules import run

if t.TYPE_CHECKING:
    import pathlib

    import pytest

LISTENS = " 0: 00000000:192B 00000000:0000 0A 0\n 1: 0100007F:280A 00000000:0000 01 0\n"


def test_this_machine_says_something(capsys: pytest.CaptureFixture[str]) -> None:
    node = run(preflight_node.main, capsys, paths=["/no/such/place"], asked=1.5)["node"]
    assert node["cores"] > 0
    assert node["memory_mb"] > 0
    assert node["disk_free_mb"]["/no/such/place"] >= 0
    assert node["asked"] == 1.5


def test_a_ca_that_is_none_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    answer = run(preflight_node.main, capsys, ca="no certificate")
    assert answer["msg"].startswith("platform_mirror_ca holds no certificate")


def test_a_host_is_read(tmp_path: pathlib.Path) -> None:
    for path, text in {
        "etc/os-release": 'ID=ubuntu\nVERSION_ID="24.04"\n',
        "etc/machine-id": "abc\n",
        "proc/meminfo": "MemTotal:        2048000 kB\n",
        "proc/swaps": "Filename Type Size\n/swap.img file 1\n",
        "proc/net/tcp": f"header\n{LISTENS}",
        "sys/fs/cgroup/cgroup.controllers": "cpu",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    node = host.collect(str(tmp_path), paths=["/"], ports=[6443, 10250], endpoints=[], ca="", timeout=1)
    found = {key: node[key] for key in ("os", "os_version", "memory_mb", "machine_id", "cgroup", "swaps")}
    assert found == {
        "os": "ubuntu",
        "os_version": "24.04",
        "memory_mb": 2000,
        "machine_id": "abc",
        "cgroup": 2,
        "swaps": ["/swap.img"],
    }
    assert node["ports_taken"] == [6443]
    assert node["is_member"] is False


def test_refused_and_unknown_are_told_apart() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    context = ssl.create_default_context()
    assert host.reach(f"127.0.0.1:{port}", context, 1)["kind"] == "connect"
    assert host.reach("no.such.host.invalid", context, 1)["kind"] == "name"
