# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The module s3_buckets_info over a service in memory."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError, ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.fields import EMPTY
from ansible_collections.baremetal.mlops.plugins.modules import s3_buckets, s3_buckets_info
from ansible_collections.baremetal.mlops.tests.unit.fakes import modules
from ansible_collections.baremetal.mlops.tests.unit.fakes.s3 import FakeS3

CONNECTION = {"endpoint_url": "http://s3.example.com", "access_key": "a", "secret_key": "s3cr3t-canary"}
RULE = {"id": "old", "enabled": True, "prefix": "tmp/", "tags": {"a": "1"}, "expiration_days": 3}
STATEMENT = {"Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": ["s3:*"], "Resource": ["arn:aws:s3:::two"]}
FULL: dict[str, t.Any] = {
    "versioning": True,
    "object_lock": {"enabled": True, "mode": "GOVERNANCE", "days": 3},
    "encryption": {"algorithm": "aws:kms", "kms_key_id": "k"},
    "tags": {"team": "ml"},
    "lifecycle": [RULE],
    "cors": [{"allowed_origins": ["*"], "allowed_methods": ["GET"], "max_age_seconds": 5}],
    "quota": 1024,
    "policy": {"Version": "2012-10-17", "Statement": [STATEMENT]},
}


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> t.Callable[..., dict[str, t.Any]]:
    def call(service: FakeS3, **args: t.Any) -> dict[str, t.Any]:
        monkeypatch.setattr(s3_buckets_info, "S3Client", lambda _connection: service)
        answer = modules.run(s3_buckets_info.main, capsys, **CONNECTION, **args)
        assert service.writes == []
        return answer

    return call


def test_all_buckets_are_read_with_few_requests(ask: t.Callable[..., dict[str, t.Any]]) -> None:
    service = FakeS3({"two": {"versioning": True}, "one": {}})
    answer = ask(service)
    assert answer["buckets"] == [{"name": "one", "versioning": False}, {"name": "two", "versioning": True}]
    assert (answer["changed"], answer["unsupported"]) == (False, [])
    assert service.reads == ["list_buckets", "get one versioning", "get two versioning"]


def test_named_buckets_are_read_as_far_as_they_exist(ask: t.Callable[..., dict[str, t.Any]]) -> None:
    answer = ask(FakeS3({"one": {}, "two": {}}), buckets=["two", "three"], fields=[])
    assert answer["buckets"] == [{"name": "two"}]


def test_what_was_read_is_what_the_other_module_takes(
    ask: t.Callable[..., dict[str, t.Any]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    service = FakeS3({"one": {}, "two": FULL})
    found = ask(service, fields=list(EMPTY))["buckets"]
    monkeypatch.setattr(s3_buckets, "S3Client", lambda _connection: service)
    again = modules.run(s3_buckets.main, capsys, **CONNECTION, buckets=found)
    assert (again["changed"], again.get("failures")) == (False, None)
    elsewhere = FakeS3()
    monkeypatch.setattr(s3_buckets, "S3Client", lambda _connection: elsewhere)
    modules.run(s3_buckets.main, capsys, **CONNECTION, buckets=found)
    assert elsewhere.buckets == service.buckets


def test_what_the_service_lacks_is_said_once(ask: t.Callable[..., dict[str, t.Any]]) -> None:
    service = FakeS3({"one": {}, "two": {}}, lacks={"quota"})
    answer = ask(service, fields=["quota", "tags"])
    assert answer["buckets"] == [{"name": "one", "tags": {}}, {"name": "two", "tags": {}}]
    assert [item["item"] for item in answer["unsupported"]] == ["quota"]
    assert service.reads.count("get two quota") == 0


def test_what_the_other_module_cannot_say_is_left_out(ask: t.Callable[..., dict[str, t.Any]]) -> None:
    rule = {"id": "cold", "enabled": True, "beyond": ["Transitions"]}
    answer = ask(FakeS3({"one": {"lifecycle": [rule]}}), fields=["lifecycle"])
    assert answer["buckets"] == [{"name": "one"}]
    assert answer["unsupported"] == [
        {"item": "one.lifecycle", "msg": "s3_buckets has no option for Transitions of rule cold"}
    ]


def test_what_cannot_be_read_fails_after_the_others(ask: t.Callable[..., dict[str, t.Any]]) -> None:
    class Closed(FakeS3):
        def get(self, name: str, field: str) -> t.Any:
            if name == "one":
                raise ItemError(f"S3: cannot read {field} of one: the access key may not do this")
            return super().get(name, field)

    answer = ask(Closed({"one": {}, "two": {}}), fields=["tags", "policy"])
    assert answer["failed"] is True
    reasons = [f"S3: cannot read {field} of one: the access key may not do this" for field in ("tags", "policy")]
    assert answer["msg"] == "; ".join(reasons)
    assert [failure["item"] for failure in answer["failures"]] == ["one.tags", "one.policy"]
    assert answer["buckets"] == [{"name": "one"}, {"name": "two", "tags": {}, "policy": {}}]


def test_no_answer_is_one_line(ask: t.Callable[..., dict[str, t.Any]]) -> None:
    class Down(FakeS3):
        def list_buckets(self, names: t.Iterable[str] | None = None) -> set[str]:
            raise ApiError("S3: cannot list buckets: no answer")

    assert ask(Down())["msg"] == "S3: cannot list buckets: no answer"


def test_a_name_that_is_none_is_refused(ask: t.Callable[..., dict[str, t.Any]]) -> None:
    service = FakeS3()
    assert "'..' is not a bucket name" in ask(service, buckets=[".."])["msg"]
    assert service.reads == []
