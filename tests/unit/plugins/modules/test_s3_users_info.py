# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The module s3_users_info over services in memory."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError
from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users import client
from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users.model import CEPH, MINIO
from ansible_collections.baremetal.mlops.plugins.modules import s3_users, s3_users_info
from ansible_collections.baremetal.mlops.tests.unit.fakes.modules import run
from ansible_collections.baremetal.mlops.tests.unit.fakes.s3_users import FakeUsers

WHERE: dict[str, t.Any] = {"endpoint_url": "http://s3", "access_key": "platform-root", "secret_key": "the-canary"}
USERS = [
    {"name": "mlflow", "secret_key": "a-canary-of-it", "buckets": ["mlflow", "datasets"]},
    {"name": "nobody", "secret_key": "a-canary-of-it", "buckets": []},
]


@pytest.mark.parametrize("backend", [MINIO, CEPH])
def test_tells_users_policies_and_buckets_and_no_keys(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], backend: str
) -> None:
    service = FakeUsers(backend)
    monkeypatch.setattr(client, "connect", lambda _connection, _backend: service)
    run(s3_users.main, capsys, **WHERE, users=USERS)
    service.writes.clear()
    answer = run(s3_users_info.main, capsys, **WHERE, _ansible_check_mode=True)
    assert (answer["changed"], answer["backend"], list(answer["users"])) == (False, backend, ["mlflow", "nobody"])
    assert answer["users"]["mlflow"]["buckets"] == ["datasets", "mlflow"]
    assert list(answer["users"]["mlflow"]["policies"]) == ["user-mlflow"]
    assert answer["users"]["nobody"]["buckets"] == []
    assert "canary" not in str(answer["users"])
    assert list(run(s3_users_info.main, capsys, **WHERE, names=["nobody", "unknown"])["users"]) == ["nobody"]
    assert service.writes == []


def test_a_service_that_does_not_answer_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise ApiError("http://s3 cannot be reached: Connection refused")

    monkeypatch.setattr(client, "connect", fail)
    assert run(s3_users_info.main, capsys, **WHERE)["msg"] == "http://s3 cannot be reached: Connection refused"
