# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The module s3_buckets over a service in memory."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError
from ansible_collections.baremetal.mlops.plugins.modules import s3_buckets
from ansible_collections.baremetal.mlops.tests.unit.fakes.s3 import FakeS3

SECRET = "s3cr3t-canary"
Call = t.Callable[..., dict[str, t.Any]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    def call(service: FakeS3, buckets: list[dict[str, t.Any]], **args: t.Any) -> dict[str, t.Any]:
        monkeypatch.setattr(s3_buckets, "connect", lambda _connection: None)
        monkeypatch.setattr(s3_buckets, "S3Client", lambda _boto: service)
        given = {"endpoint_url": "http://s3", "access_key": "a", "secret_key": SECRET, "buckets": buckets, **args}
        with patch_module_args(given), pytest.raises(SystemExit):
            s3_buckets.main()
        out = capsys.readouterr().out
        assert SECRET not in out
        answer: dict[str, t.Any] = json.loads(out)
        return answer

    return call


CASES = [
    pytest.param({}, [{"name": "a"}], ["create bucket a"], id="create"),
    pytest.param(
        {}, [{"name": "a", "versioning": True}], ["create bucket a", "enable versioning of a"], id="versioned"
    ),
    pytest.param({"a": True}, [{"name": "a", "versioning": False}], ["suspend versioning of a"], id="suspend"),
    pytest.param({"a": True}, [{"name": "a"}], [], id="versioning not given"),
    pytest.param({"a": False}, [{"name": "a", "state": "absent"}], ["delete bucket a"], id="delete"),
    pytest.param({}, [{"name": "a", "state": "absent"}], [], id="absent"),
    pytest.param({"a": False}, [{"name": "a"}, {"name": "b"}], ["create bucket b"], id="only the missing one"),
    pytest.param({"other": True}, [], [], id="not listed"),
]


@pytest.mark.parametrize(("start", "buckets", "actions"), CASES)
def test_converges_in_one_run(
    run: Call, start: dict[str, bool], buckets: list[dict[str, t.Any]], actions: list[str]
) -> None:
    service = FakeS3(**start)
    first = run(service, buckets)
    assert (first["actions"], first["changed"]) == (actions, bool(actions))
    assert run(service, buckets)["changed"] is False


@pytest.mark.parametrize(("start", "buckets", "actions"), CASES)
def test_check_mode_says_the_same_and_writes_nothing(
    run: Call, start: dict[str, bool], buckets: list[dict[str, t.Any]], actions: list[str]
) -> None:
    service = FakeS3(**start)
    checked = run(service, buckets, _ansible_check_mode=True, _ansible_diff=True)
    assert service.writes == []
    assert checked["actions"] == actions
    real = run(service, buckets, _ansible_diff=True)
    assert (checked["diff"], checked["buckets"]) == (real["diff"], real["buckets"])


def test_a_failure_tells_what_was_done_before_it(run: Call) -> None:
    class Full(FakeS3):
        def create_bucket(self, name: str) -> None:
            if name == "b":
                raise ApiError("S3: cannot create bucket b: quota", http_status=507)
            super().create_bucket(name)

    failed = run(Full(), [{"name": "a"}, {"name": "b"}])
    assert failed["failed"] is True
    assert (failed["msg"], failed["actions"]) == ("S3: cannot create bucket b: quota", ["create bucket a"])


def test_a_name_given_twice_is_refused(run: Call) -> None:
    service = FakeS3()
    assert "named more than once: a" in run(service, [{"name": "a"}, {"name": "a", "state": "absent"}])["msg"]
    assert service.writes == []
