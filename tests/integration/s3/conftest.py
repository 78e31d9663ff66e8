# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Servers of a sort that only these tests need."""

from __future__ import annotations

import pathlib
import signal
import sys
import typing as t

import pytest

from tests.services.process import Program, answers_well, free_ports

GRPC = 10000


@pytest.fixture(scope="session")
def open_seaweedfs(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[str]:
    """Address of a SeaweedFS that knows no users, so that everybody may do everything."""
    folder = tmp_path_factory.mktemp("open_seaweedfs")
    master, volume, filer, gateway = free_ports(4, GRPC)
    options = [f"-dir={folder}", "-ip=127.0.0.1", "-volume.max=20", "-s3", "-s3.port.iceberg=0", "-s3.port.lance=0"]
    ports = [f"-master.port={master}", f"-volume.port={volume}", f"-filer.port={filer}", f"-s3.port={gateway}"]
    program = Program(
        "seaweedfs",
        folder,
        (str(pathlib.Path(sys.executable).with_name("weed")), "server", *options, *ports),
        env={"HOME": str(folder)},
        stop_signal=signal.SIGKILL,
    )
    with program.running(lambda: answers_well(f"http://127.0.0.1:{gateway}/status")):
        yield f"http://127.0.0.1:{gateway}"
