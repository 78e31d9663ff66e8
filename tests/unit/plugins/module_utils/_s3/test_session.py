# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What botocore sends when it does not know Amazon's addresses."""

from __future__ import annotations

import base64
import hashlib
import io
import typing as t

import pytest
from botocore.awsrequest import AWSResponse

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.connection import Connection
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.session import connect

Sent = list[t.Any]


class Body(io.BytesIO):
    def stream(self) -> t.Iterator[bytes]:
        yield self.getvalue()


def client(sent: Sent, region: str = "lab-1") -> t.Any:
    """A client that sends nothing, but keeps what it would send."""

    def keep(request: t.Any, **_unused: t.Any) -> AWSResponse:
        sent.append(request)
        return AWSResponse(request.url, 200, {}, Body(b""))

    found = connect(Connection("https://s3.example.com:9000", "key", "s3cr3t-canary", region, True, 30))
    found.meta.events.register("before-send.s3", keep)
    return found


def test_a_bucket_is_a_part_of_the_path() -> None:
    sent: Sent = []
    found = client(sent)
    found.list_buckets()
    found.get_bucket_cors(Bucket="one")
    found.delete_object(Bucket="one", Key="a b/ü?#", VersionId="1&2")
    assert [request.url.partition(":9000")[2] for request in sent] == [
        "/",
        "/one?cors",
        "/one/a%20b/%C3%BC%3F%23?versionId=1%262",
    ]
    assert {request.url.partition(":9000")[0] for request in sent} == {"https://s3.example.com"}
    assert all("/lab-1/s3/aws4_request" in str(request.headers["Authorization"]) for request in sent)


def test_settings_for_amazon_in_the_environment_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"):
        monkeypatch.setenv(name, "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://elsewhere.example.com")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    sent: Sent = []
    client(sent).list_buckets()
    assert sent[0].url == "https://s3.example.com:9000/"


def test_older_services_want_a_digest_of_what_is_written() -> None:
    sent: Sent = []
    client(sent).put_bucket_tagging(Bucket="one", Tagging={"TagSet": [{"Key": "a", "Value": "1"}]})
    (request,) = sent
    digest = base64.b64encode(hashlib.md5(request.body).digest()).decode()
    assert request.headers["Content-MD5"] in (digest, digest.encode())


def test_a_region_that_is_none_is_refused() -> None:
    with pytest.raises(ApiError, match=r"S3: cannot use https://s3\.example\.com:9000"):
        client([], region="not a region")
