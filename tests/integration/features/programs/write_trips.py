"""Writes rows of a file of JSON as Parquet on S3: write_trips.py ROWS."""

import datetime
import json
import os
import pathlib
import sys

import pyarrow as pa
import pyarrow.fs
import pyarrow.parquet as pq

rows = json.loads(pathlib.Path(sys.argv[1]).read_text())
table = pa.table(
    {
        "driver_id": pa.array([row[0] for row in rows], pa.int64()),
        "event_timestamp": pa.array(
            [datetime.datetime.fromisoformat(row[1]) for row in rows], pa.timestamp("us", tz="UTC")
        ),
        "number": pa.array([row[2] for row in rows], pa.int64()),
    }
)
storage = pyarrow.fs.S3FileSystem(
    endpoint_override=os.environ["FEAST_S3_ENDPOINT"], tls_ca_file_path=os.environ["FEAST_CA_FILE"]
)
pq.write_table(table, f"{os.environ['FEAST_BUCKET']}/trips.parquet", filesystem=storage)
