"""Bring rows that are newer than the last materialisation to the online store: materialize.py FOLDER.

Runs as a CronJob. Says at the end, in one line of JSON, until when each feature view is materialised now, and what the
online store had to drop meanwhile: an entry that is gone is served as null, with HTTP 200.
"""

from __future__ import annotations

import datetime
import json
import resource
import sys
import time
import typing as t

import feast
import redis

KIBI = 1024


def server(connection: str) -> redis.Redis:
    """The online store, by Feast's own way to write where it is."""
    address, *options = connection.split(",")
    host, _colon, port = address.partition(":")
    return redis.Redis(host, int(port), **dict(option.split("=", 1) for option in options))


def counters(store: redis.Redis) -> dict[str, int]:
    """What the online store says of itself."""
    told: dict[str, t.Any] = store.info()
    names = ("evicted_keys", "used_memory", "used_memory_peak", "maxmemory")
    return {**{name: int(told[name]) for name in names}, "keys": store.dbsize()}


def main() -> None:
    store = feast.FeatureStore(repo_path=sys.argv[1])
    online = server(store.config.online_store.connection_string)
    started, before = time.monotonic(), counters(online)
    store.materialize_incremental(end_date=datetime.datetime.now(datetime.UTC))
    after = counters(online)
    evicted = after.pop("evicted_keys") - before["evicted_keys"]
    report = {
        "views": {view.name: str(view.most_recent_end_time) for view in store.list_feature_views()},
        "seconds": round(time.monotonic() - started, 1),
        "peak_memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIBI,
        "evicted_keys": evicted,
        **after,
    }
    print(json.dumps(report))
    if evicted:
        print(f"{evicted} entries were dropped: the online store is too small for the features", file=sys.stderr)


if __name__ == "__main__":
    main()
