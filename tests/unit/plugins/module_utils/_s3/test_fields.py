# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Values of fields, names of buckets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.baremetal.mlops.plugins.module_utils._s3 import fields
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.connection import service


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("1073741824", 1024**3),
        ("1Ki", 1024),
        ("10Gi", 10 * 1024**3),
        ("10GiB", 10 * 1024**3),
        ("10 GiB", 10 * 1024**3),
        ("500M", 500 * 1000**2),
        ("500MB", 500 * 1000**2),
        ("1.5Ti", 1536 * 1024**3),
        ("2k", 2000),
        ("0.001k", 1),
        ("16E", 16 * 1000**6),
        (" 5B ", 5),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert fields.size(text) == size


@pytest.mark.parametrize("text", ["", "ten", "-1", "1e3", "1 Q", "Gi", "10 Gi B", "1,5Gi", "٣", "0.5"])
def test_what_is_no_size(text: str) -> None:
    assert list(fields.problems("quota", text))


@given(number=st.integers(0, 2**63))
def test_a_number_of_bytes_is_a_size(number: int) -> None:
    assert fields.size(str(number)) == number


@pytest.mark.parametrize("name", ["abc", "a-b", "a.b", "0ab", "a" * 63, "1.2.3.4.5", "999.1.1.1", "a.b-c.d"])
def test_names(name: str) -> None:
    assert not list(fields.name_problems(name))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("ab", "it has 2 characters"),
        ("a" * 64, "it has 64 characters"),
        ("Abc", "small letters"),
        ("a_b", "small letters"),
        ("ab.", "small letters"),
        ("a.-b", "small letters"),
        ("a..b", "small letters"),
        ("abc\n", "small letters"),
        ("äbc", "small letters"),
        ("192.168.5.4", "it is an address"),
    ],
)
def test_what_is_no_name(name: str, reason: str) -> None:
    (problem,) = fields.name_problems(name)
    assert reason in problem
    assert problem.isascii()
    assert problem.isprintable()


def test_a_long_name_is_shown_in_part() -> None:
    (problem,) = fields.name_problems("x" * 100000)
    assert len(problem) < 200


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({"server": "MinIO"}, "MinIO"),
        ({"server": "Silo"}, "MinIO"),
        ({"server": "SeaweedFS 8000GB 4"}, "SeaweedFS"),
        ({"server": "Ceph Object Gateway (squid)"}, "Ceph"),
        ({"server": "nginx", "x-amz-request-id": "tx00000527b0b424e55a3ec-006ab3b279-14295-default"}, "Ceph"),
        ({"server": "nginx", "x-amz-request-id": "18EA12579B612915"}, ""),
        ({}, ""),
    ],
)
def test_services_are_known_by_their_answers(headers: dict[str, str], name: str) -> None:
    assert service(headers) == name
