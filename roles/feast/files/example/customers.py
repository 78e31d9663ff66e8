"""An example: what customers did, as features of a model that says who leaves."""

import os
from datetime import timedelta

from feast import Entity, FeatureService, FeatureView, Field, FileSource, ValueType
from feast.types import Float64, Int64

customer = Entity(name="customer", join_keys=["customer_id"], value_type=ValueType.INT64)

activity = FeatureView(
    name="customer_activity",
    entities=[customer],
    ttl=timedelta(days=365),
    schema=[
        Field(name="customer_id", dtype=Int64),
        Field(name="logins_7d", dtype=Int64),
        Field(name="spend_30d", dtype=Float64),
        Field(name="tickets_30d", dtype=Int64),
    ],
    source=FileSource(
        name="customer_activity",
        path=f"s3://{os.environ['FEAST_BUCKET']}/example/customer_activity.parquet",
        s3_endpoint_override=os.environ["FEAST_S3_ENDPOINT"],
        timestamp_field="event_timestamp",
    ),
)

churn = FeatureService(name="churn", features=[activity])
