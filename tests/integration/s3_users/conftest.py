# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Servers of a sort that only these tests need."""

from __future__ import annotations

import typing as t

import pytest

from tests.integration import faults
from tests.services.ceph import CephGateway, ceph


@pytest.fixture(scope="session")
def ceph_server(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[CephGateway]:
    with ceph(tmp_path_factory.mktemp("ceph")) as server:
        yield server


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> faults.Certificates:
    return faults.certificates(tmp_path_factory.mktemp("certificates"))
