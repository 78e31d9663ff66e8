"""Writes a row of each of so many accounts as Parquet on S3: write_many.py NUMBER."""

import datetime
import os
import sys

import numpy as np
import pyarrow as pa
import pyarrow.fs
import pyarrow.parquet as pq

number = int(sys.argv[1])
random = np.random.default_rng(1)
yesterday = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
table = pa.table(
    {
        "account_id": pa.array(np.arange(number), pa.int64()),
        "event_timestamp": pa.array([yesterday] * number, pa.timestamp("us", tz="UTC")),
        "mean": pa.array(random.normal(size=number), pa.float64()),
        "spread": pa.array(random.random(number), pa.float64()),
        "bookings": pa.array(random.integers(0, 1000, number), pa.int64()),
    }
)
storage = pyarrow.fs.S3FileSystem(
    endpoint_override=os.environ["FEAST_S3_ENDPOINT"], tls_ca_file_path=os.environ["FEAST_CA_FILE"]
)
pq.write_table(table, f"{os.environ['FEAST_BUCKET']}/balances.parquet", filesystem=storage)
