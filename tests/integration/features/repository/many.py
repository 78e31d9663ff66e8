"""A million entities, which are more than a small online store holds."""

import os
from datetime import timedelta

from feast import Entity, FeatureView, Field, FileSource, ValueType
from feast.types import Float64, Int64

account = Entity(name="account", join_keys=["account_id"], value_type=ValueType.INT64)
balances = FeatureView(
    name="balances",
    entities=[account],
    ttl=timedelta(days=30),
    schema=[
        Field(name="account_id", dtype=Int64),
        Field(name="mean", dtype=Float64),
        Field(name="spread", dtype=Float64),
        Field(name="bookings", dtype=Int64),
    ],
    source=FileSource(
        name="balances",
        path=f"s3://{os.environ['FEAST_BUCKET']}/balances.parquet",
        s3_endpoint_override=os.environ["FEAST_S3_ENDPOINT"],
        timestamp_field="event_timestamp",
    ),
)
