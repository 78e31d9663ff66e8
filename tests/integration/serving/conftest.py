# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Where rollouts are tried: in memory, and on an API server with the kinds of KServe and of the gateway."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.baremetal.mlops.tests.unit.fakes.kserve import FakeServing
from tests.integration.serving.played import PlayedServing, remove_all

Start = t.Callable[[], FakeServing]


@pytest.fixture(params=["fake", "kubernetes"])
def start(request: pytest.FixtureRequest) -> t.Iterator[Start]:
    """Makes a cluster without models, as often as it is called."""
    if request.param == "fake":
        yield FakeServing
        return
    server = request.getfixturevalue("serving_server")

    def begin() -> FakeServing:
        remove_all(server)
        return PlayedServing(server)

    yield begin
    remove_all(server)
