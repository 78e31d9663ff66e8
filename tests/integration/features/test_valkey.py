# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The online store under more features than it can hold."""

from __future__ import annotations

import threading
import typing as t

from tests import services
from tests.integration.features.stores import HERE, fill
from tests.services import process

if t.TYPE_CHECKING:
    import pathlib

    from tests.services import Cache, Database, ObjectStorage

ROWS = 1_000_000
MEBI = 1024**2
# As the role limits the pod.
POD_LIMIT = (64 * 3 // 2 + 64) * MEBI
JOB_LIMIT = 1024 * MEBI


class Watch(threading.Thread):
    """Looks at the server's memory until told to stop."""

    def __init__(self, server: Cache) -> None:
        super().__init__(daemon=True)
        self.server, self.done = server, threading.Event()
        self.used: list[int] = []
        self.resident: list[int] = []

    def run(self) -> None:
        while not self.done.wait(0.2):
            figures = self.server.figures()
            self.used.append(figures["used_memory"])
            self.resident.append(figures["used_memory_rss"])


def test_valkey_asks_for_its_password_and_has_its_limit(valkey_server: Cache) -> None:
    assert valkey_server.ask("PING", password="").startswith("-NOAUTH")
    assert valkey_server.ask("PING", password="password1234").startswith("-NOAUTH")
    assert valkey_server.ask("CONFIG", "GET", "maxmemory") == f"maxmemory\n{64 * MEBI}"
    assert valkey_server.ask("CONFIG", "GET", "maxmemory-policy") == "maxmemory-policy\nallkeys-lru"
    assert valkey_server.ask("CONFIG", "GET", "save") == "save\n"


def test_a_million_rows_fit_the_memory_and_what_was_dropped_is_said(
    tmp_path: pathlib.Path, pgbouncer_server: Database, minio_server: ObjectStorage
) -> None:
    with (
        services.valkey(tmp_path / "valkey") as cache,
        services.feast(tmp_path / "feast", pgbouncer_server, minio_server, cache) as store,
    ):
        fill(store, HERE / "repository/many.py")
        store.python("programs/write_many.py", str(ROWS))
        store.apply()
        before = cache.figures()["process_id"]
        watch = Watch(cache)
        watch.start()
        try:
            report = store.materialize()
        finally:
            watch.done.set()
            watch.join()
        after = cache.figures()
        print(report, {"used": max(watch.used), "resident": max(watch.resident)})
    assert after["process_id"] == before
    assert report["maxmemory"] == 64 * MEBI
    assert len(watch.used) > 10
    assert max(watch.used) <= report["maxmemory"] * 1.01
    assert max(watch.resident) < POD_LIMIT
    assert report["peak_memory"] < JOB_LIMIT
    assert report["evicted_keys"] > 0
    assert report["evicted_keys"] == after["evicted_keys"]
    assert report["evicted_keys"] + report["keys"] == ROWS


def test_a_store_that_is_not_there_is_said(
    tmp_path: pathlib.Path, pgbouncer_server: Database, minio_server: ObjectStorage, valkey_server: Cache
) -> None:
    with services.feast(tmp_path / "feast", pgbouncer_server, minio_server, valkey_server) as store:
        fill(store, HERE / "repository/many.py")
        store.apply()
        try:
            store.materialize()
        except process.ServiceError as error:
            assert "balances.parquet" in str(error)
        else:
            raise AssertionError("a file that is missing was not missed")
