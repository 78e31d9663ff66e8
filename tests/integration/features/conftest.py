# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Feature stores on real servers: definitions through PgBouncer, as on a site."""

from __future__ import annotations

import typing as t

import pytest

from tests import services
from tests.integration.features.stores import HERE, fill
from tests.services import role

if t.TYPE_CHECKING:
    import pathlib

    from tests.services import Cache, Database, FeatureStore, ObjectStorage


@pytest.fixture(scope="session")
def valkey_server(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Cache]:
    with services.valkey(tmp_path_factory.mktemp("valkey")) as server:
        yield server


@pytest.fixture(scope="module")
def example(
    tmp_path_factory: pytest.TempPathFactory,
    pgbouncer_server: Database,
    minio_server: ObjectStorage,
    valkey_server: Cache,
) -> t.Iterator[FeatureStore]:
    """The example that comes with the role, applied and materialised."""
    folder = tmp_path_factory.mktemp("example")
    with services.feast(folder / "feast", pgbouncer_server, minio_server, valkey_server) as store:
        fill(store, *(role.ROLES / "feast/files/example").glob("*.py"))
        store.apply("example_data.py")
        store.materialize()
        yield store


@pytest.fixture(scope="module")
def served(example: FeatureStore) -> t.Iterator[str]:
    """Where the example is served."""
    with example.serving() as url:
        yield url


@pytest.fixture(params=["s3", "postgresql"])
def trips(
    request: pytest.FixtureRequest,
    tmp_path: pathlib.Path,
    pgbouncer_server: Database,
    minio_server: ObjectStorage,
    valkey_server: Cache,
) -> t.Iterator[FeatureStore]:
    """Few rows in each kind of offline store."""
    name = "trips.py" if request.param == "s3" else "trips_sql.py"
    with services.feast(tmp_path / "feast", pgbouncer_server, minio_server, valkey_server, request.param) as store:
        yield fill(store, HERE / "repository" / name)
