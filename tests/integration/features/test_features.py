# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Features of real stores: nothing of the future in a training set, the same values for training and serving."""

from __future__ import annotations

import base64
import datetime
import json
import re
import typing as t
import urllib.error
import urllib.request

import pytest

from tests.integration.features.stores import say

if t.TYPE_CHECKING:
    from tests.services import Cache, Database, FeatureStore

NOW = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
CUSTOMERS = list(range(1, 1001))
FEATURES = ("logins_7d", "spend_30d", "tickets_30d")


def at(**before: int) -> str:
    """A time so long before now."""
    return (NOW - datetime.timedelta(**before)).isoformat()


ROWS = [
    (1, at(days=3), 10),
    (1, at(days=1), 20),
    (1, at(hours=1), 30),
    (2, at(days=9), 70),
    (3, at(hours=5), 80),
    (3, at(hours=4), 81),
]
# Driver, time of the label, and the number that was known then.
LABELS = [
    (1, at(days=10), None),  # before its first row
    (1, at(days=2), 10),
    (1, at(hours=2), 20),
    (1, at(days=1), 20),  # at the time of a row
    (1, at(hours=0), 30),
    (2, at(days=8), 70),
    (2, at(hours=0), None),  # older than the view's time to live
    (3, at(hours=4, minutes=30), 80),
    (4, at(hours=0), None),  # unknown
]


def write(store: FeatureStore, database: Database) -> None:
    """Put the rows where the definitions say."""
    if (store.repository / "trips.py").exists():
        store.python("programs/write_trips.py", say(store, "rows.json", ROWS))
        return
    values = ", ".join(f"({driver}, '{time}', {number})" for driver, time, number in ROWS)
    table = "create table trips (driver_id bigint, event_timestamp timestamptz, number bigint)"
    database.query(
        f"{table}; insert into trips values {values}; grant select on trips to {store.database}", store.database
    )


def training_set(store: FeatureStore, service: str, labels: t.Mapping[str, t.Any]) -> list[dict[str, t.Any]]:
    """What a data scientist gets for labels."""
    said = store.python("programs/training_set.py", "/srv/repository", service, say(store, "labels.json", labels))
    found: list[dict[str, t.Any]] = json.loads(said.splitlines()[-1])
    return found


def ask(url: str, client: t.Mapping[str, t.Any] | None, body: t.Any = None) -> tuple[int, bytes]:
    """Status and content that the proxy gives to a client."""
    request = urllib.request.Request(url, data=json.dumps(body).encode() if body is not None else None)
    request.add_header("Content-Type", "application/json")
    if client:
        login = base64.b64encode(f"{client['name']}:{client['password']}".encode()).decode()
        request.add_header("Authorization", f"Basic {login}")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def columns(content: bytes) -> dict[str, list[t.Any]]:
    """Values by feature: their order in an answer is not always the same."""
    answer = json.loads(content)
    names = answer["metadata"]["feature_names"]
    return {name: result["values"] for name, result in zip(names, answer["results"], strict=True)}


def test_a_training_set_has_nothing_of_the_future(trips: FeatureStore, postgresql_server: Database) -> None:
    write(trips, postgresql_server)
    trips.apply()
    labels = {
        "driver_id": [driver for driver, _time, _number in LABELS],
        "event_timestamp": [time for _driver, time, _number in LABELS],
        "expected": [number or -1 for _driver, _time, number in LABELS],
    }
    found = training_set(trips, "trips", labels)
    # Files: a label of a known driver of which nothing was known then is left out, which is Feast's way with them.
    left_out = 2 if (trips.repository / "trips.py").exists() else 0
    assert len(found) == len(LABELS) - left_out
    assert sorted(row["expected"] for row in found if row["expected"] > 0) == [10, 20, 20, 30, 70, 80]
    wrong = [row for row in found if (row["number"] or -1) != row["expected"]]
    assert not wrong


def test_definitions_are_applied_again_without_harm(example: FeatureStore, pgbouncer_server: Database) -> None:
    query = "select feature_view_name, last_updated_timestamp from feature_views"
    before = pgbouncer_server.query(query, example.database)
    assert [name for name, _time in before] == ["customer_activity"]
    example.apply("example_data.py")
    assert [name for name, _time in pgbouncer_server.query(query, example.database)] == ["customer_activity"]


def test_values_are_the_same_for_training_and_serving(example: FeatureStore, served: str) -> None:
    labels = {"customer_id": CUSTOMERS, "event_timestamp": [datetime.datetime.now(datetime.UTC).isoformat()] * 1000}
    offline = {row["customer_id"]: row for row in training_set(example, "churn", labels)}
    body = {"feature_service": "churn", "entities": {"customer_id": CUSTOMERS}}
    status, content = ask(f"{served}/get-online-features", example.clients[1], body)
    assert status == 200
    assert {state for result in json.loads(content)["results"] for state in result["statuses"]} == {"PRESENT"}
    online = columns(content)
    assert len(offline) == len(CUSTOMERS)
    wrong = [
        (customer, name)
        for place, customer in enumerate(online["customer_id"])
        for name in FEATURES
        if online[name][place] != pytest.approx(offline[customer][name])
    ]
    assert not wrong


def test_who_may_ask_what(example: FeatureStore, served: str) -> None:
    writer, reader = example.clients
    stranger = {"name": "reader", "password": "password1234"}
    row = {"customer_id": 5000, "logins_7d": 1, "spend_30d": 2.5, "tickets_30d": 0}
    frame = {**{name: [value] for name, value in row.items()}, "event_timestamp": [at(hours=1)]}
    written = {"feature_view_name": "customer_activity", "df": frame}
    body = {"feature_service": "churn", "entities": {"customer_id": [5000]}}
    for path in ("get-online-features", "push", "write-to-online-store", "materialize", "metrics", "docs", "chat"):
        for client in (None, stranger):
            assert ask(f"{served}/{path}", client, body)[0] == 401, path
    assert ask(f"{served}/health", None)[0] == 200
    assert ask(f"{served}/get-online-features", reader, body)[0] == 200
    assert ask(f"{served}/write-to-online-store", reader, written)[0] == 403
    assert ask(f"{served}/docs", reader)[0] == 403
    assert ask(f"{served}/write-to-online-store", writer, written)[0] == 200
    status, content = ask(f"{served}/get-online-features", reader, body)
    assert status == 200
    assert columns(content) == {name: [value] for name, value in row.items()}


def test_servers_say_how_old_the_features_are(example: FeatureStore, served: str) -> None:
    status, content = ask(f"{served}/metrics", example.clients[1])
    assert status == 200
    found = re.findall(r'feast_feature_freshness_seconds\{feature_view="([^"]*)"[^}]*\} (\S+)', content.decode())
    assert [name for name, _age in found] == ["customer_activity"]
    assert 0 <= float(found[0][1]) < 300


def test_passwords_are_in_no_log(example: FeatureStore, served: str, valkey_server: Cache) -> None:
    assert ask(f"{served}/get-online-features", example.clients[0], {"entities": {}})[0] >= 400
    logs = "".join(path.read_text() for path in (*example.folder.parent.glob("feast*/*.log"), valkey_server.log))
    hidden = [client["password"] for client in example.clients] + [valkey_server.password]
    hidden += [example.env["FEAST_OFFLINE_PASSWORD"], example.env["AWS_SECRET_ACCESS_KEY"]]
    assert logs
    assert not [word for word in hidden if word in logs]
