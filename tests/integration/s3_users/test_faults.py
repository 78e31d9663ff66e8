# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Servers that misbehave: what is said, how often they are asked, when they are given up, and that no key is told."""

from __future__ import annotations

import json
import time
import typing as t
import urllib.parse

import pytest
from minio.crypto import encrypt

from ansible_collections.baremetal.mlops.plugins.module_utils import _http
from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError, ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.connection import Connection
from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users import client
from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users.model import BACKENDS, CEPH, MINIO
from tests.integration import faults

if t.TYPE_CHECKING:
    from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users.model import UserClient
    from tests.services import ObjectStorage

OWN_SECRET = "0wn-canary"
# As it is written in the addresses of Ceph's administration API.
SECRET = "s3cr3t/canary"
CANARIES = (OWN_SECRET, SECRET, urllib.parse.quote(SECRET, safe=""))
JSON, XML, HTML = ({"Content-Type": f"application/{kind}"} for kind in ("json", "xml", "xhtml"))
NO_USER = b'{"Code":"NoSuchUser","RequestId":"tx1-default","HostId":"1-default"}'


def connection(address: str, verify: bool | str = True, timeout: int = 30) -> Connection:
    return Connection(address, "key", OWN_SECRET, "us-east-1", verify, timeout)


def connect(backend: str, address: str, verify: bool | str = True, timeout: int = 30) -> UserClient:
    return client.connect(connection(address, verify, timeout), backend)


def find(backend: str, address: str, verify: bool | str = True, timeout: int = 30) -> None:
    connect(backend, address, verify, timeout).find(["somebody"])


def said(caught: pytest.ExceptionInfo[ApiError]) -> str:
    """One line without a key, that is about everything."""
    text = caught.value.msg + str(caught.value.details)
    assert "\n" not in text
    assert not [canary for canary in CANARIES if canary in text]
    return caught.value.msg


def no_users(_method: str, path: str) -> faults.Answer:
    """What either service says when it has no users."""
    if path.startswith("/minio/admin/v3/list-users"):
        return 200, JSON, encrypt(b"{}", OWN_SECRET)
    if path.startswith("/minio/"):
        return 200, JSON, b"{}"
    return 404, JSON, NO_USER


each_backend = pytest.mark.parametrize("backend", BACKENDS)
each_asking = pytest.mark.parametrize("backend", [*BACKENDS, "auto"])


# What a service is


def test_services_are_told_apart(minio_server: ObjectStorage, ceph_server: ObjectStorage) -> None:
    for server, backend in ((minio_server, MINIO), (ceph_server, CEPH)):
        assert client.detect(connection(server.endpoint_url, server.ca_path or True)) == backend


def test_another_service_is_not_guessed(seaweedfs_server: ObjectStorage) -> None:
    with pytest.raises(ApiError, match="say which with the option backend") as caught:
        client.detect(connection(seaweedfs_server.endpoint_url))
    assert seaweedfs_server.endpoint_url in said(caught)


@pytest.mark.parametrize(
    ("status", "headers", "backend"),
    [
        (403, {"X-Minio": "1", "x-amz-request-id": "18EA1245B0F20AA5"}, None),
        (200, {"x-amz-request-id": "18EA1245B0F20AA5"}, MINIO),
        (200, {}, None),
        (403, {"x-amz-request-id": "tx00000cd352d47078dce80-006b01a087-1008-default"}, CEPH),
        (302, {"Location": "https://login.example.com"}, None),
    ],
)
def test_a_proxy_that_hides_which_service_it_is(status: int, headers: dict[str, str], backend: str | None) -> None:
    with faults.answering_server(lambda _method, _path: (status, headers, b"")) as server:
        if backend:
            assert client.detect(connection(server.address)) == backend
        else:
            with pytest.raises(ApiError, match="option backend"):
                client.detect(connection(server.address))
        assert len(server.requests) == 1


# No answer


@each_asking
@pytest.mark.parametrize("pair", ["expired", "early", "elsewhere", "stranger"])
def test_a_certificate_that_does_not_hold_is_refused_with_the_reason(
    certificates: faults.Certificates, backend: str, pair: str
) -> None:
    with faults.tls_server(getattr(certificates, pair)) as server:
        with pytest.raises(ApiError) as caught:
            find(backend, server.address, certificates.ca_path)
        assert f"the certificate of {server.address} is refused: " in said(caught)
        assert server.requests == []


@each_backend
@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_certificates_are_checked_by_default_and_not_if_told(certificates: faults.Certificates, backend: str) -> None:
    with faults.answering_server(no_users, certificates.good) as server:
        find(backend, server.address, certificates.ca_path)
        with pytest.raises(ApiError, match="is refused: "):
            find(backend, server.address)
        find(backend, server.address, verify=False)


@each_asking
def test_a_closed_port_fails_soon(backend: str) -> None:
    address = faults.closed_port()
    started = time.monotonic()
    with pytest.raises(ApiError) as caught:
        find(backend, address)
    assert said(caught).endswith(f"{address} cannot be reached: Connection refused")
    assert time.monotonic() - started < 5


@each_asking
def test_a_host_that_does_not_exist_is_named(backend: str) -> None:
    with pytest.raises(ApiError) as caught:
        find(backend, "http://s3.invalid")
    assert "the name of http://s3.invalid is not known" in said(caught)


@each_asking
@pytest.mark.parametrize("timeout", [3, 12])
def test_a_server_that_never_answers_is_given_up(backend: str, timeout: int) -> None:
    with faults.silent_server() as address:
        started = time.monotonic()
        with pytest.raises(ApiError) as caught:
            find(backend, address, timeout=timeout)
        took = time.monotonic() - started
    assert said(caught).endswith(f"{address} does not answer within {timeout} seconds")
    assert took < max(timeout, 7)


@each_backend
def test_a_server_that_falls_silent_while_it_is_written_to_tells_no_key(backend: str) -> None:
    with faults.silent_server() as address, pytest.raises(ApiError) as caught:
        connect(backend, address, timeout=3).create_user("somebody", "somebody", SECRET)
    assert "cannot create user somebody" in said(caught)


# Answers that are no good


@each_backend
@pytest.mark.parametrize("fault", [503, 429, faults.RESET])
def test_what_passes_soon_is_tried_again(backend: str, fault: faults.Fault) -> None:
    with (
        faults.answering_server(no_users) as upstream,
        faults.flaky_server(upstream.address, [fault, fault]) as server,
    ):
        find(backend, server.address)


@each_backend
@pytest.mark.parametrize("fault", [503, faults.RESET, faults.LOST])
def test_what_stays_is_asked_a_bounded_number_of_times_and_tells_no_key(backend: str, fault: faults.Fault) -> None:
    with (
        faults.answering_server(no_users) as upstream,
        faults.flaky_server(upstream.address, [fault] * 10) as server,
    ):
        with pytest.raises(ApiError) as caught:
            connect(backend, server.address).create_user("somebody", "somebody", SECRET)
        assert len(server.requests) == _http.ATTEMPTS
    assert said(caught)
    assert not isinstance(caught.value, ItemError)


@each_backend
def test_wrong_credentials_are_tried_once(backend: str) -> None:
    refusal = json.dumps({"Code": "SignatureDoesNotMatch", "Message": "no"}).encode()
    with faults.answering_server(lambda _method, _path: (403, JSON, refusal)) as server:
        with pytest.raises(ApiError) as caught:
            connect(backend, server.address).find([f"user-{number}" for number in range(20)])
        assert len(server.requests) == 1
    assert said(caught).endswith("the secret key is wrong")


@each_backend
@pytest.mark.parametrize("status", [200, 404, 500])
@pytest.mark.parametrize(
    "page", [b"<html><br>", b"<html><body>Welcome</body></html>", b"", b"[]", b"{}", b'"x"', b"null"]
)
def test_something_else_is_one_line(backend: str, status: int, page: bytes) -> None:
    with faults.answering_server(lambda _method, _path: (status, HTML, page)) as server:
        with pytest.raises(ApiError) as caught:
            find(backend, server.address)
        assert said(caught)


def test_an_answer_that_was_lost_is_no_failure(minio_server: ObjectStorage, ceph_server: ObjectStorage) -> None:
    """What a write finds done already is what it wants."""
    for server in (minio_server, ceph_server):
        service = client.connect(
            Connection(
                server.endpoint_url, server.access_key, server.secret_key, "us-east-1", server.ca_path or True, 30
            ),
            "auto",
        )
        for _attempt in range(2):
            service.create_user("lost-answer", "lost-answer", "secret-of-it")
        for _attempt in range(2):
            service.delete_user("lost-answer")
            service.delete_policy("lost-answer", "user-lost-answer")


# What is given wrong


@each_asking
def test_a_file_without_authorities_is_said(certificates: faults.Certificates, backend: str) -> None:
    with faults.tls_server(certificates.good) as server:
        with pytest.raises(ApiError) as caught:
            find(backend, server.address, __file__)
        assert server.address in said(caught)


@each_backend
@pytest.mark.parametrize("key", ["line\nbreak", "ümläut", "a b/c", "x" * 5000])
def test_an_odd_access_key_of_ones_own_is_one_line(backend: str, key: str) -> None:
    with faults.answering_server(lambda _method, _path: (403, JSON, b'{"Code":"InvalidAccessKeyId"}')) as server:
        with pytest.raises(ApiError) as caught:
            client.connect(Connection(server.address, key, OWN_SECRET, "us-east-1", True, 5), backend).find(["user"])
        assert said(caught)


@each_backend
def test_an_odd_region_is_one_line(backend: str) -> None:
    with pytest.raises(ApiError, match="cannot use http://s3") as caught:
        client.connect(Connection("http://s3", "key", OWN_SECRET, "a b", True, 5), backend)
    assert said(caught)
