# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The module minio_users over a service in memory."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.baremetal.mlops.plugins.modules import minio_users
from ansible_collections.baremetal.mlops.tests.unit.fakes.minio import FakeMinio

SECRET = "s3cr3t-canary"
MLFLOW = {"name": "mlflow", "secret_key": SECRET, "buckets": ["mlflow"]}
ALL = ["write policy user-mlflow", "create user mlflow", "attach policy user-mlflow to mlflow"]
Call = t.Callable[..., dict[str, t.Any]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    def call(service: FakeMinio, *users: dict[str, t.Any], **args: t.Any) -> dict[str, t.Any]:
        monkeypatch.setattr(minio_users, "MinioUsers", lambda _connection: service)
        given = {"endpoint_url": "http://s3", "access_key": "a", "secret_key": SECRET, "users": list(users), **args}
        with patch_module_args(given), pytest.raises(SystemExit):
            minio_users.main()
        out = capsys.readouterr().out
        assert SECRET not in out
        answer: dict[str, t.Any] = json.loads(out)
        return answer

    return call


def test_creates_and_then_has_nothing_to_do(run: Call) -> None:
    service = FakeMinio()
    assert run(service, MLFLOW)["actions"] == ALL
    assert run(service, MLFLOW)["changed"] is False


def test_check_mode_says_the_same_and_writes_nothing(run: Call) -> None:
    service = FakeMinio()
    checked = run(service, MLFLOW, _ansible_check_mode=True, _ansible_diff=True)
    assert service.writes == []
    real = run(service, MLFLOW, _ansible_diff=True)
    assert (checked["actions"], checked["diff"], checked["users"]) == (real["actions"], real["diff"], real["users"])


@pytest.mark.parametrize(
    ("drift", "actions"),
    [
        (lambda s: s.secrets.update(mlflow="old"), ["set secret key of mlflow"]),
        (lambda s: s.attached.update(mlflow="readwrite"), ["attach policy user-mlflow to mlflow"]),
        (lambda s: s.policies["user-mlflow"]["Statement"].pop(), ["write policy user-mlflow"]),
        (lambda s: s.policies["user-mlflow"]["Statement"].reverse(), []),
        (lambda s: s.secrets.update(other="x"), []),
    ],
    ids=["secret", "attached", "policy", "order means nothing", "not listed"],
)
def test_puts_back_exactly_what_drifted(run: Call, drift: t.Callable[[FakeMinio], object], actions: list[str]) -> None:
    service = FakeMinio()
    run(service, MLFLOW)
    drift(service)
    assert run(service, MLFLOW)["actions"] == actions


def test_a_reader_may_not_write(run: Call) -> None:
    service = FakeMinio()
    run(service, {**MLFLOW, "read_only": True})
    said = json.dumps(service.policies["user-mlflow"])
    assert "s3:GetObject" in said
    assert "PutObject" not in said


def test_removes_the_user_and_its_policy(run: Call) -> None:
    service = FakeMinio()
    run(service, MLFLOW)
    gone = {"name": "mlflow", "state": "absent"}
    assert run(service, gone)["actions"] == ["delete user mlflow", "delete policy user-mlflow"]
    assert run(service, gone)["changed"] is False


def test_a_user_without_a_secret_is_refused(run: Call) -> None:
    assert "secret_key" in run(FakeMinio(), {"name": "mlflow"})["msg"]
