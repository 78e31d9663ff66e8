# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Servers that misbehave: what is said, how often they are asked, and when they are given up."""

from __future__ import annotations

import time
import typing as t

import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils import _http
from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError, ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.client import S3Client
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.connection import Connection
from ansible_collections.baremetal.mlops.plugins.modules import s3_buckets
from ansible_collections.baremetal.mlops.tests.unit.fakes.modules import run
from tests.integration import faults
from tests.integration.s3.storage import REAL, connect, new_name, where

if t.TYPE_CHECKING:
    from tests.services import ObjectStorage

LIST = (
    b'<?xml version="1.0"?><ListAllMyBucketsResult><Owner><ID>a</ID></Owner><Buckets>%s</Buckets>%s'
    b"</ListAllMyBucketsResult>"
)
XML = {"Content-Type": "application/xml"}
SLOW_DOWN = b'<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>'


def client(address: str, verify: bool | str = True, timeout: int = 30) -> S3Client:
    return S3Client(Connection(address, "key", "s3cr3t-canary", "us-east-1", verify, timeout))


@pytest.mark.parametrize("kind", REAL)
def test_a_wrong_secret_is_said_in_one_line_without_the_secret(kind: str, request: pytest.FixtureRequest) -> None:
    with pytest.raises(ApiError) as caught:
        connect(request.getfixturevalue(kind), secret_key="not-the-secret").list_buckets()
    assert caught.value.msg == "S3: cannot list buckets: the secret key is wrong"
    assert "not-the-secret" not in str(caught.value.details)


@pytest.mark.parametrize("kind", REAL)
def test_an_unknown_access_key_is_said(kind: str, request: pytest.FixtureRequest) -> None:
    with pytest.raises(ApiError) as caught:
        connect(request.getfixturevalue(kind), access_key="nobody").list_buckets()
    assert caught.value.msg == "S3: cannot list buckets: the access key is not known there"


def test_wrong_keys_are_tried_once(seaweedfs_server: ObjectStorage) -> None:
    with faults.flaky_server(seaweedfs_server.endpoint_url, [], keep_host=True) as server:
        for keys in ({"secret_key": "not-the-secret"}, {"access_key": "nobody"}):
            server.requests.clear()
            with pytest.raises(ApiError):
                connect(seaweedfs_server, endpoint_url=server.address, **keys).list_buckets()
            assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("pair", "reason"),
    [
        ("expired", "certificate has expired (it is for localhost, 127.0.0.1, valid "),
        ("early", "certificate is not yet valid (it is for localhost, 127.0.0.1, valid "),
        ("elsewhere", "(it is for elsewhere.example.com, valid "),
        ("stranger", "unable to get local issuer certificate (it is for localhost, 127.0.0.1, valid "),
    ],
)
def test_a_certificate_that_does_not_hold_is_refused_with_the_reason(
    certificates: faults.Certificates, pair: str, reason: str
) -> None:
    with faults.tls_server(getattr(certificates, pair)) as server:
        started = time.monotonic()
        with pytest.raises(ApiError) as caught:
            client(server.address, certificates.ca_path).list_buckets()
        assert time.monotonic() - started < 10
    assert caught.value.msg.startswith(f"S3: cannot list buckets: the certificate of {server.address} is refused: ")
    assert reason in caught.value.msg
    assert "\n" not in caught.value.msg
    assert server.requests == []


def test_certificates_are_checked_by_default_and_not_if_told(certificates: faults.Certificates) -> None:
    listed = (200, XML, LIST % (b"", b""))
    with faults.answering_server(lambda _method, _path: listed, certificates.good) as server:
        assert client(server.address, certificates.ca_path).list_buckets() == set()
        with pytest.raises(ApiError, match="is refused: "):
            client(server.address).list_buckets()
        assert client(server.address, verify=False).list_buckets() == set()


def test_a_closed_port_fails_soon() -> None:
    address = faults.closed_port()
    started = time.monotonic()
    with pytest.raises(ApiError) as caught:
        client(address).list_buckets()
    assert caught.value.msg == f"S3: cannot list buckets: {address} cannot be reached: Connection refused"
    assert time.monotonic() - started < 5


def test_a_host_that_does_not_exist_is_named() -> None:
    with pytest.raises(ApiError, match=r"the name of http://s3\.invalid is not known"):
        client("http://s3.invalid").list_buckets()


@pytest.mark.parametrize("timeout", [3, 12])
def test_a_server_that_never_answers_is_given_up(timeout: int) -> None:
    with faults.silent_server() as address:
        started = time.monotonic()
        with pytest.raises(ApiError) as caught:
            client(address, timeout=timeout).list_buckets()
        took = time.monotonic() - started
    assert caught.value.msg == f"S3: cannot list buckets: {address} does not answer within {timeout} seconds"
    assert took < max(timeout, 7)


@pytest.mark.parametrize("fault", [503, 429, faults.RESET])
def test_what_passes_soon_is_tried_again(
    seaweedfs_server: ObjectStorage, capsys: pytest.CaptureFixture[str], fault: faults.Fault
) -> None:
    name = new_name()
    buckets = [{"name": name, "versioning": True}]
    with faults.flaky_server(seaweedfs_server.endpoint_url, [fault, fault], keep_host=True) as server:
        options = {**where(seaweedfs_server), "endpoint_url": server.address, "buckets": buckets}
        assert run(s3_buckets.main, capsys, **options)["actions"] == [
            f"create bucket {name}",
            f"enable versioning of {name}",
        ]


def test_an_answer_that_was_lost_is_no_failure(seaweedfs_server: ObjectStorage) -> None:
    """The next attempt finds the bucket made, or gone."""
    name = new_name()
    writes: list[t.Callable[[S3Client], None]] = [
        lambda client: client.create_bucket(name),
        lambda client: client.set(name, "tags", {"a": "1"}),
        lambda client: client.delete_bucket(name, force=True),
    ]
    for write in writes:
        lost: list[faults.Fault] = [faults.LOST, faults.LOST]
        with faults.flaky_server(seaweedfs_server.endpoint_url, lost, keep_host=True) as server:
            write(connect(seaweedfs_server, endpoint_url=server.address))
            assert len(server.requests) == _http.ATTEMPTS
    assert connect(seaweedfs_server).list_buckets([name]) == set()


def test_slow_down_is_asked_a_bounded_number_of_times() -> None:
    with faults.answering_server(lambda _method, _path: (503, XML, SLOW_DOWN)) as server:
        with pytest.raises(ApiError, match="answers with status 503: Reduce your request rate"):
            client(server.address).list_buckets()
        assert len(server.requests) == _http.ATTEMPTS


@pytest.mark.parametrize("code", ["OperationAborted", "ClientDisconnected"])
def test_a_bucket_that_another_run_is_at_is_tried_again(code: str) -> None:
    body = b"<Error><Code>%s</Code><Message>A conflicting operation is in progress.</Message></Error>" % code.encode()
    left = [body, body]

    def answer(_method: str, _path: str) -> faults.Answer:
        return (409, XML, left.pop()) if left else (200, {}, b"")

    with faults.answering_server(answer) as server:
        client(server.address).create_bucket("one")
        assert len(server.requests) == _http.ATTEMPTS
        left += [body] * 5
        with pytest.raises(ItemError, match="cannot create bucket two: A conflicting operation is in progress"):
            client(server.address).create_bucket("two")


@pytest.mark.parametrize("page", [b"<html><br>", b"<html><body>Welcome</body></html>", b"", b"{}"])
def test_something_that_is_not_s3_is_one_line(page: bytes) -> None:
    with (
        faults.answering_server(lambda _method, _path: (200, {"Content-Type": "text/html"}, page)) as server,
        pytest.raises(ApiError) as caught,
    ):
        client(server.address).list_buckets()
    assert caught.value.msg.startswith("S3: cannot list buckets: ")
    assert server.address in caught.value.msg
    assert "\n" not in caught.value.msg


def test_buckets_are_listed_in_pages() -> None:
    """As Amazon's service and newer gateways of Ceph do."""

    def answer(_method: str, path: str) -> faults.Answer:
        page = int(path.partition("continuation-token=")[2].partition("&")[0] or 0)
        names = b"".join(b"<Bucket><Name>bucket-%d</Name></Bucket>" % number for number in range(page, page + 1000))
        token = b"<ContinuationToken>%d</ContinuationToken>" % (page + 1000) if page < 4000 else b""
        return 200, XML, LIST % (names, token)

    with faults.answering_server(answer) as server:
        assert len(client(server.address).list_buckets()) == 5000
        assert len(server.requests) == 5
        assert "max-buckets=1000" in server.requests[0]
        assert client(server.address).list_buckets(["bucket-4999", "other"]) == {"bucket-4999"}
