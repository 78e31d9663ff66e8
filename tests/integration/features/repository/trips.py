"""Few rows, each of which says which labels it may be joined to."""

import os
from datetime import timedelta

from feast import Entity, FeatureService, FeatureView, Field, FileSource, ValueType
from feast.types import Int64

driver = Entity(name="driver", join_keys=["driver_id"], value_type=ValueType.INT64)
trips = FeatureView(
    name="trips",
    entities=[driver],
    ttl=timedelta(days=2),
    schema=[Field(name="driver_id", dtype=Int64), Field(name="number", dtype=Int64)],
    source=FileSource(
        name="trips",
        path=f"s3://{os.environ['FEAST_BUCKET']}/trips.parquet",
        s3_endpoint_override=os.environ["FEAST_S3_ENDPOINT"],
        timestamp_field="event_timestamp",
    ),
)
service = FeatureService(name="trips", features=[trips])
