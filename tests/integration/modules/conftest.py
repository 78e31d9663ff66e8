# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""All servers that the modules know, for tests that are about every module."""

from __future__ import annotations

import pytest

from tests.integration.modules.scenarios import Servers


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> Servers:
    names = (
        "minio_server",
        "postgresql_server",
        "mlflow_server",
        "mlflow_open_server",
        "serving_server",
        "triton_server",
    )
    return Servers(*(request.getfixturevalue(name) for name in names))
