# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Objects of buckets: listed, read, written, copied and deleted.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.client import GONE, PAGE, S3Client

with contextlib.suppress(ImportError):
    # The session says if it is missing: boto3 brings it with botocore.
    from s3transfer.futures import NonThreadedExecutor
    from s3transfer.manager import TransferConfig, TransferManager

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ansible_collections.baremetal.mlops.plugins.module_utils._s3.api import Answer

# In the names that S3 gives to our own headers of an object.
MARK = "baremetal-mlops-mark"
PART_BYTES = 64 * 1024 * 1024


class Objects(S3Client):
    """``mark`` is a text that an object carries, and that is copied with it."""

    def objects(self, bucket: str, prefix: str) -> Iterator[tuple[str, int, str]]:
        """Key, size and tag of each."""
        following: dict[str, t.Any] = {}
        while True:
            page = self._ask(
                f"list s3://{bucket}/{prefix}",
                "list_objects_v2",
                Bucket=bucket,
                Prefix=prefix,
                MaxKeys=PAGE,
                **following,
            )
            for item in page.get("Contents", []):
                yield item["Key"], int(item.get("Size", 0)), str(item.get("ETag", "")).strip('"')
            if not page.get("NextContinuationToken"):
                return
            following = {"ContinuationToken": page["NextContinuationToken"]}

    def read_object(self, bucket: str, key: str) -> bytes | None:
        """None if there is no such object."""

        def whole(**which: t.Any) -> Answer:
            answer = self._boto.get_object(**which)
            return {**answer, "Body": answer["Body"].read()}

        answer = self._ask(f"read s3://{bucket}/{key}", whole, but=GONE, Bucket=bucket, Key=key)
        return None if answer is None else t.cast("bytes", answer["Body"])

    def mark(self, bucket: str, key: str) -> str:
        """Empty if there is no such object, or it has none."""
        answer = self._ask(f"look at s3://{bucket}/{key}", "head_object", but=GONE, Bucket=bucket, Key=key)
        return str((answer or {}).get("Metadata", {}).get(MARK, ""))

    def write_object(self, bucket: str, key: str, data: bytes, mark: str) -> None:
        self._ask(f"write s3://{bucket}/{key}", "put_object", Bucket=bucket, Key=key, Body=data, Metadata={MARK: mark})

    def upload(self, bucket: str, key: str, path: str, mark: str) -> None:
        """Large files go in parts."""
        extra = {"Metadata": {MARK: mark}}
        try:
            self._transfer(f"write s3://{bucket}/{key}", lambda manager: manager.upload(path, bucket, key, extra))
        except OSError as exc:
            raise ItemError(f"S3: cannot write s3://{bucket}/{key}: {path}: {exc.strerror}") from exc

    def copy(self, source: tuple[str, str], bucket: str, key: str, mark: str) -> None:
        """Inside of the service. ``source`` is a bucket and a key."""
        extra = {"Metadata": {MARK: mark}, "MetadataDirective": "REPLACE"}
        self._transfer(
            f"copy s3://{'/'.join(source)} to s3://{bucket}/{key}",
            lambda manager: manager.copy({"Bucket": source[0], "Key": source[1]}, bucket, key, extra),
        )

    def delete_objects(self, bucket: str, keys: Sequence[str]) -> None:
        for start in range(0, len(keys), PAGE):
            page = [{"Key": key} for key in keys[start : start + PAGE]]
            self._delete_objects(f"delete from s3://{bucket}", bucket, page)

    def _transfer(self, action: str, start: Callable[[t.Any], t.Any]) -> None:
        def whole() -> Answer:
            config = TransferConfig(multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES)
            with TransferManager(self._boto, config, executor_cls=NonThreadedExecutor) as manager:
                start(manager).result()
            return {}

        self._ask(action, whole)
