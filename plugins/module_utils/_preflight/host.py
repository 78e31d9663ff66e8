# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What a host says about itself before anything is changed on it. Only the standard library; reads only.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import concurrent.futures
import os
import pathlib
import platform
import socket
import ssl
import time
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Sequence

LISTEN = "0A"
MEMBER = "/etc/kubernetes/kubelet.conf"


def collect(
    root: str, *, paths: Sequence[str], ports: Sequence[int], endpoints: Sequence[str], ca: str, timeout: float
) -> dict[str, t.Any]:
    """One host's answers, as the evaluation on the controller takes them."""
    base = pathlib.Path(root)
    release = _pairs(base / "etc/os-release")
    memory = _pairs(base / "proc/meminfo", ":")
    return {
        "time": time.time(),
        "os": release.get("ID", "unknown"),
        "os_version": release.get("VERSION_ID", "unknown"),
        "architecture": platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_mb": int(memory.get("MemTotal", "0 kB").split()[0]) // 1024,
        "disk_free_mb": {path: _free_mb(base / path.lstrip("/")) for path in paths},
        "cgroup": 2 if (base / "sys/fs/cgroup/cgroup.controllers").exists() else 1,
        "swaps": [line.split()[0] for line in _lines(base / "proc/swaps")[1:]],
        "machine_id": "".join(_lines(base / "etc/machine-id")[:1]),
        "hostname": socket.gethostname(),
        "address": _own_address(),
        "is_member": (base / MEMBER.lstrip("/")).exists(),
        "ports_taken": sorted(_listening(base) & set(ports)),
        "endpoints": _reach(endpoints, ca, timeout),
    }


def reach(endpoint: str, context: ssl.SSLContext, timeout: float) -> dict[str, str]:
    """Why ``host[:port]`` cannot be used over TLS: ``kind`` is empty, name, connect or certificate."""
    host, _unused, port = endpoint.partition(":")
    try:
        plain = socket.create_connection((host, int(port or 443)), timeout)
        with plain, context.wrap_socket(plain, server_hostname=host):
            return {"kind": "", "reason": ""}
    except ssl.SSLCertVerificationError as exc:
        return {"kind": "certificate", "reason": exc.verify_message}
    except socket.gaierror as exc:
        return {"kind": "name", "reason": str(exc.strerror)}
    except OSError as exc:
        return {"kind": "connect", "reason": str(exc.strerror or exc)}


def _reach(endpoints: Sequence[str], ca: str, timeout: float) -> dict[str, dict[str, str]]:
    context = ssl.create_default_context(cadata=ca or None)
    with concurrent.futures.ThreadPoolExecutor(max_workers=16) as pool:
        answers = pool.map(lambda endpoint: reach(endpoint, context, timeout), endpoints)
        return dict(zip(endpoints, answers, strict=True))


def _own_address() -> str:
    """The address from which the host would speak to others. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return ""
        return str(probe.getsockname()[0])


def _listening(base: pathlib.Path) -> set[int]:
    rows = [line.split() for name in ("tcp", "tcp6") for line in _lines(base / "proc/net" / name)[1:]]
    return {int(row[1].rsplit(":", 1)[1], 16) for row in rows if row[3] == LISTEN}


def _free_mb(path: pathlib.Path) -> int:
    while not path.exists():
        path = path.parent
    found = os.statvfs(path)
    return found.f_bavail * found.f_frsize // 1024 // 1024


def _pairs(path: pathlib.Path, separator: str = "=") -> dict[str, str]:
    pairs = (line.partition(separator) for line in _lines(path))
    return {key.strip(): value.strip().strip('"') for key, _unused, value in pairs}


def _lines(path: pathlib.Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:
        return []
