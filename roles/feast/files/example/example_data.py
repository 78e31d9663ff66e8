"""What customers.py reads, made once: a row a day of each of 1,000 customers for 30 days, and who of them left.

Customers are numbered from 1. Whoever leaves has logged in less and less before. The file of labels is no feature: it
is what a training set is joined to.
"""

import datetime
import os

import numpy as np
import pyarrow as pa
import pyarrow.fs
import pyarrow.parquet as pq

CUSTOMERS = 1000
DAYS = 30
SHARE_LEAVING = 0.3
FOLDER = f"{os.environ['FEAST_BUCKET']}/example"


def tables(today: datetime.datetime) -> dict[str, pa.Table]:
    random = np.random.default_rng(7)
    customers = np.repeat(np.arange(1, CUSTOMERS + 1), DAYS)
    ages = np.tile(np.arange(DAYS - 1, -1, -1), CUSTOMERS)
    leaves = random.random(CUSTOMERS) < SHARE_LEAVING
    fading = np.where(np.repeat(leaves, DAYS), (ages + 1) / DAYS, 1.0)
    days = np.array([today - datetime.timedelta(days=int(age)) for age in ages], dtype="datetime64[us]")
    stamp = pa.timestamp("us", tz="UTC")
    activity = {
        "customer_id": pa.array(customers, pa.int64()),
        "event_timestamp": pa.array(days, pa.timestamp("us")).cast(stamp),
        "logins_7d": pa.array(random.poisson(12 * fading), pa.int64()),
        "spend_30d": pa.array(np.round(random.gamma(2.0, 40.0, len(customers)) * fading, 2), pa.float64()),
        "tickets_30d": pa.array(random.poisson(np.where(fading < 1, 2.0, 0.7)), pa.int64()),
    }
    labels = {
        "customer_id": pa.array(np.arange(1, CUSTOMERS + 1), pa.int64()),
        "event_timestamp": pa.array([today] * CUSTOMERS, stamp),
        "left": pa.array(leaves.astype("int64"), pa.int64()),
    }
    return {"customer_activity.parquet": pa.table(activity), "customer_churn.parquet": pa.table(labels)}


def main() -> None:
    storage = pyarrow.fs.S3FileSystem(
        endpoint_override=os.environ["FEAST_S3_ENDPOINT"], tls_ca_file_path=os.environ["FEAST_CA_FILE"]
    )
    # The first moment of today: what is made again on the same day is the same.
    today = datetime.datetime.now(datetime.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for name, table in tables(today).items():
        path = f"{FOLDER}/{name}"
        if storage.get_file_info(path).type == pyarrow.fs.FileType.NotFound:
            pq.write_table(table, path, filesystem=storage)
            print(f"{path}: {table.num_rows} rows")


if __name__ == "__main__":
    main()
