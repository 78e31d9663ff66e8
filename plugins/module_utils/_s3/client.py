# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""S3's API through botocore. The only file that knows its errors, and how services differ.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import contextlib
import functools
import re
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils import _http
from ansible_collections.baremetal.mlops.plugins.module_utils._errors import (
    ApiError,
    ItemError,
    UnsupportedError,
)
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.api import APIS
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.connection import KEY_HINTS, service
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.fields import EMPTY
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.model import still_holds
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.session import connect

with contextlib.suppress(ImportError):
    # The session says if it is missing.
    from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ansible_collections.baremetal.mlops.plugins.module_utils._s3.api import Answer
    from ansible_collections.baremetal.mlops.plugins.module_utils._s3.connection import Connection
    from ansible_collections.baremetal.mlops.plugins.module_utils._s3.fields import Value
    from ansible_collections.baremetal.mlops.plugins.module_utils._s3.quota import Quotas

PAGE = 1000
SERVER_ERROR, UNAVAILABLE = 500, 503
NOT_IMPLEMENTED = (405, 501)
NOT_IMPLEMENTED_CODES = {"MethodNotAllowed", "NotImplemented", "UnsupportedOperation", "XNotImplemented"}
# With these, no request can succeed.
EVERYTHING = {
    "ExpiredToken",
    "InvalidAccessKeyId",
    "InvalidToken",
    "RequestTimeTooSkewed",
    "ServiceUnavailable",
    "SignatureDoesNotMatch",
    "SlowDown",
}
# Another run is at the same bucket: MinIO and Amazon say it like this. Not among what botocore tries again.
CONFLICTS = {"ClientDisconnected", "OperationAborted"}
HINTS = {
    "AccessDenied": "the access key may not do this",
    "BucketAlreadyExists": "the name belongs to another account",
    "BucketNotEmpty": still_holds("objects"),
    **KEY_HINTS,
    "RequestTimeTooSkewed": "its clock and that of this host differ too much",
}
# What services say when a field is not set.
UNSET = re.compile("NoSuch(TagSet|TagSetError|BucketPolicy|LifecycleConfiguration|CORSConfiguration)|.*NotFoundError")
# Ceph says NoSuchKey of a bucket that another run deletes meanwhile.
GONE = re.compile("NoSuch(Bucket|Upload|Key)|404")
OWNED = re.compile("BucketAlreadyOwnedByYou")
# Characters that XML cannot carry.
NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class S3Client:
    """``service`` is the name of the service, known from its first answer. Empty if it is none that we know."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._boto = connect(connection)
        self._quotas: Quotas | None = None
        self.service = ""

    def list_buckets(self, names: Iterable[str] | None = None) -> set[str]:
        wanted = None if names is None else set(names)
        found: set[str] = set()
        nobody = False
        following: dict[str, t.Any] = {}
        while True:
            answer = self._ask("list buckets", "list_buckets", everything=True, MaxBuckets=PAGE, **following)
            if "Buckets" not in answer and "Owner" not in answer:
                raise ApiError(f"S3: cannot list buckets: {self._connection.endpoint_url} does not speak S3")
            page = {bucket["Name"] for bucket in answer.get("Buckets", [])}
            found |= page if wanted is None else page & wanted
            nobody = nobody or not (page or answer.get("Owner", {}).get("ID"))
            if not answer.get("ContinuationToken"):
                break
            following = {"ContinuationToken": answer["ContinuationToken"]}
        # SeaweedFS without identities lists no bucket to anybody.
        return {name for name in wanted if self._exists(name)} if nobody and wanted else found

    def refuse(self, name: str, field: str, value: Value) -> None:
        if field == "quota":
            self._quota(name).refuse(name, value)
        if field == "lifecycle" and self.service == "MinIO" and any("abort_multipart_days" in rule for rule in value):
            raise UnsupportedError(
                f"S3: cannot set lifecycle of {name}: MinIO has no abort_multipart_days: it removes unfinished uploads"
                " of all buckets by its own setting api stale_uploads_expiry"
            )

    def get(self, name: str, field: str) -> Value:
        if field == "quota":
            return self._quota(name).get(name)
        answer = self._ask(f"read {field} of {name}", APIS[field].get, but=UNSET, Bucket=name)
        return EMPTY[field] if answer is None else APIS[field].value(answer)

    def set(self, name: str, field: str, value: Value) -> None:
        if field == "quota":
            return self._quota(name).set(name, value)
        api = APIS[field]
        if api.delete and value == EMPTY[field]:
            self._ask(f"remove {field} of {name}", api.delete, but=UNSET, Bucket=name)
        else:
            self._ask(f"set {field} of {name}", api.put, Bucket=name, **api.arguments(value))
        return None

    def create_bucket(self, name: str, object_lock: bool = False) -> None:
        lock = {"ObjectLockEnabledForBucket": True} if object_lock else {}
        self._ask(f"create bucket {name}", "create_bucket", but=OWNED, Bucket=name, **lock)

    def holds(self, name: str) -> str | None:
        action = f"look into {name}"
        answer = self._ask(action, "list_object_versions", but=GONE, Bucket=name, MaxKeys=1)
        if answer is None:
            return None
        if answer.get("Versions") or answer.get("DeleteMarkers"):
            return "objects"
        answer = self._ask(action, "list_multipart_uploads", but=GONE, Bucket=name, MaxUploads=1)
        return "unfinished uploads" if answer and answer.get("Uploads") else ""

    def empty_bucket(self, name: str) -> None:
        """A page at a time, so that memory does not grow with the bucket.

        Ceph passes over versions of a key if the last version of a page is deleted before it is asked for the next
        page. So a pass follows until nothing is found, or the same as before.
        """
        action = f"delete everything in {name}"
        former, first = None, self._delete_versions(action, name)
        while first and first != former:
            former, first = first, self._delete_versions(action, name)
        for page in self._pages(action, "list_multipart_uploads", ("KeyMarker", "UploadIdMarker"), name):
            for upload in page.get("Uploads", []):
                which = {key: upload[key] for key in ("Key", "UploadId")}
                self._ask(action, "abort_multipart_upload", but=GONE, Bucket=name, **which)

    def delete_bucket(self, name: str, force: bool = False) -> None:
        # Some services delete a bucket together with its objects.
        if not force and (held := self.holds(name)):
            raise ItemError(f"S3: cannot delete bucket {name}: {still_holds(held)}", error_code="BucketNotEmpty")
        self._ask(f"delete bucket {name}", "delete_bucket", but=GONE, Bucket=name)

    def _delete_versions(self, action: str, name: str) -> dict[str, str] | None:
        """One pass over the bucket. The first version that was found, or None."""
        first = None
        for page in self._pages(action, "list_object_versions", ("KeyMarker", "VersionIdMarker"), name):
            found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            objects = [{key: item[key] for key in ("Key", "VersionId")} for item in found]
            self._delete_objects(action, name, objects)
            first = first or next(iter(objects), None)
        return first

    def _delete_objects(self, action: str, name: str, objects: Sequence[dict[str, t.Any]]) -> None:
        if plain := [item for item in objects if not NOT_IN_XML.search(item["Key"])]:
            answer = self._ask(action, "delete_objects", Bucket=name, Delete={"Objects": plain, "Quiet": True})
            for error in answer.get("Errors", []):
                reason = HINTS.get(error.get("Code"), error.get("Message") or error.get("Code"))
                raise ItemError(f"S3: cannot {action}: {error.get('Key')!a}: {reason}")
        for item in objects:
            if NOT_IN_XML.search(item["Key"]):
                self._ask(action, "delete_object", Bucket=name, **item)

    def _pages(self, action: str, method: str, markers: Sequence[str], name: str) -> Iterator[Answer]:
        following: dict[str, t.Any] = {}
        while True:
            page = self._ask(action, method, but=GONE, Bucket=name, **following)
            if page is None:
                return
            yield page
            following = {marker: page[f"Next{marker}"] for marker in markers if page.get(f"Next{marker}")}
            if not page.get("IsTruncated") or not following:
                return

    def _exists(self, name: str) -> bool:
        return self._ask(f"look for bucket {name}", "head_bucket", but=GONE, Bucket=name) is not None

    def _quota(self, name: str) -> Quotas:
        if self._quotas is None:
            # Its libraries take long to import, and few need them.
            from ansible_collections.baremetal.mlops.plugins.module_utils._s3 import quota  # noqa: PLC0415

            self._quotas = quota.of(self.service, self._connection, name)
        return self._quotas

    def _ask(
        self,
        action: str,
        method: str | Callable[..., Answer],
        *,
        but: re.Pattern[str] | None = None,
        everything: bool = False,
        **arguments: t.Any,
    ) -> Answer:
        """What the service answers; None if it refuses with a code that is no error here.

        ``method`` is one of botocore's, or what makes several requests. ``everything``: whether a refusal concerns all
        buckets, and not only one.
        """
        try:
            answer = self._call(method, arguments)
        except ClientError as exc:
            self._notice(exc.response)
            if but and but.fullmatch(_code(exc)):
                return None
            raise self._refusal(action, exc, everything) from exc
        except ParamValidationError as exc:
            raise ItemError(f"S3: cannot {action}: {_line(exc)}") from exc
        except BotoCoreError as exc:
            reason = _http.why(exc, self._connection.endpoint_url, self._connection.timeout)
            raise ApiError(f"S3: cannot {action}: {reason}") from exc
        self._notice(answer)
        return answer

    def _call(self, method: str | Callable[..., Answer], arguments: dict[str, t.Any]) -> Answer:
        call = functools.partial(getattr(self._boto, method) if isinstance(method, str) else method, **arguments)
        return _http.undisturbed(call, lambda exc: isinstance(exc, ClientError) and _code(exc) in CONFLICTS)

    def _refusal(self, action: str, exc: t.Any, everything: bool) -> ApiError:
        code, status = _code(exc), exc.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        said = exc.response.get("Error", {}).get("Message") or code
        details = {"error_code": code, "http_status": status}
        if everything or code in EVERYTHING or status == UNAVAILABLE:
            where = f"{self._connection.endpoint_url} answers with status {status}: " if status >= SERVER_ERROR else ""
            return ApiError(f"S3: cannot {action}: {where}{HINTS.get(code, said)}", **details)
        if status in NOT_IMPLEMENTED or code in NOT_IMPLEMENTED_CODES:
            who = self.service or "the service"
            return UnsupportedError(f"S3: cannot {action}: {who} does not support this ({code}: {said})", **details)
        return ItemError(f"S3: cannot {action}: {HINTS.get(code, said)}", **details)

    def _notice(self, answer: Answer) -> None:
        self.service = self.service or service(answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}))


def _code(exc: t.Any) -> str:
    return str(exc.response.get("Error", {}).get("Code", ""))


def _line(exc: Exception) -> str:
    return " ".join(str(exc).split())
