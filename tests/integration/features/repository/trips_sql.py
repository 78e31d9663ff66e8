"""As trips.py, from a table."""

from datetime import timedelta

from feast import Entity, FeatureService, FeatureView, Field, ValueType
from feast.infra.offline_stores.contrib.postgres_offline_store.postgres_source import PostgreSQLSource
from feast.types import Int64

driver = Entity(name="driver", join_keys=["driver_id"], value_type=ValueType.INT64)
trips = FeatureView(
    name="trips",
    entities=[driver],
    ttl=timedelta(days=2),
    schema=[Field(name="driver_id", dtype=Int64), Field(name="number", dtype=Int64)],
    source=PostgreSQLSource(name="trips", table="trips", timestamp_field="event_timestamp"),
)
service = FeatureService(name="trips", features=[trips])
