# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The module s3_users over services in memory."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError, ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users import client
from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users.model import CEPH, MINIO
from ansible_collections.baremetal.mlops.plugins.modules import s3_users
from ansible_collections.baremetal.mlops.tests.unit.fakes import modules
from ansible_collections.baremetal.mlops.tests.unit.fakes.s3_users import Account, FakeUsers

SECRET = "s3cr3t-canary"
OTHER = "0ther-canary"
POLICY = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}
MLFLOW = {"name": "mlflow", "secret_key": SECRET, "buckets": ["mlflow"]}
Module = t.Callable[..., dict[str, t.Any]]
Change = t.Callable[[FakeUsers], object]


@pytest.fixture(params=[MINIO, CEPH])
def service(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> FakeUsers:
    found = FakeUsers(request.param)
    monkeypatch.setattr(client, "connect", lambda _connection, _backend: found)
    return found


@pytest.fixture
def minio(monkeypatch: pytest.MonkeyPatch) -> FakeUsers:
    found = FakeUsers(MINIO)
    monkeypatch.setattr(client, "connect", lambda _connection, _backend: found)
    return found


@pytest.fixture
def ceph(monkeypatch: pytest.MonkeyPatch) -> FakeUsers:
    found = FakeUsers(CEPH)
    monkeypatch.setattr(client, "connect", lambda _connection, _backend: found)
    return found


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Module:
    def call(*users: dict[str, t.Any], **args: t.Any) -> dict[str, t.Any]:
        answer = modules.run(s3_users.main, capsys, **_arguments(*users), **args)
        assert "canary" not in json.dumps({key: value for key, value in answer.items() if key != "invocation"})
        assert SECRET not in json.dumps(answer)
        return answer

    return call


@pytest.fixture
def four_claims(capsys: pytest.CaptureFixture[str]) -> t.Callable[..., list[str]]:
    return lambda *users: modules.four_claims(s3_users.main, capsys, **_arguments(*users))


def _arguments(*users: dict[str, t.Any]) -> dict[str, t.Any]:
    return {"endpoint_url": "http://s3", "access_key": "platform-root", "secret_key": OTHER, "users": list(users)}


CREATED = {
    MINIO: ["create user mlflow", "write policy user-mlflow", "attach policy user-mlflow to mlflow"],
    CEPH: ["create user mlflow", "write policy user-mlflow"],
}


def test_creates_and_then_has_nothing_to_do(service: FakeUsers, four_claims: t.Callable[..., list[str]]) -> None:
    assert four_claims(MLFLOW) == CREATED[service.backend]
    assert len(service.writes) == len(CREATED[service.backend])
    assert service.accounts["mlflow"].max_buckets == -1


def test_check_mode_says_the_same_and_writes_nothing(service: FakeUsers, run: Module) -> None:
    checked = run(MLFLOW, _ansible_check_mode=True, _ansible_diff=True)
    assert service.writes == []
    real = run(MLFLOW, _ansible_diff=True)
    assert (checked["actions"], checked["diff"], checked["users"]) == (real["actions"], real["diff"], real["users"])
    assert real["users"]["mlflow"]["secret_key"] == "as given"
    assert "secret_key" not in run(MLFLOW)["users"]["mlflow"]


MINIO_DRIFT: list[tuple[str, Change, list[str]]] = [
    ("secret", lambda s: s.accounts["mlflow"].keys.update(mlflow=OTHER), ["set secret key of mlflow"]),
    (
        "attached",
        lambda s: s.accounts["mlflow"].attached.append("readwrite"),
        ["attach policy user-mlflow to mlflow and detach readwrite from mlflow"],
    ),
    ("detached", lambda s: s.accounts["mlflow"].attached.clear(), ["attach policy user-mlflow to mlflow"]),
    (
        "policy",
        lambda s: s.policies.update({"user-mlflow": POLICY}),
        ["write policy user-mlflow"],
    ),
    ("policy gone", lambda s: s.policies.clear(), ["write policy user-mlflow"]),
    (
        "disabled: the key cannot be tried",
        lambda s: setattr(s.accounts["mlflow"], "enabled", False),
        ["set secret key of mlflow", "enable user mlflow"],
    ),
    ("another user", lambda s: s.accounts.update(other=Account({"other": "x"})), []),
]
CEPH_DRIFT: list[tuple[str, Change, list[str]]] = [
    ("secret", lambda s: s.accounts["mlflow"].keys.update(mlflow=OTHER), ["set secret key of mlflow"]),
    ("key gone", lambda s: s.accounts["mlflow"].keys.clear(), ["add access key mlflow to mlflow"]),
    ("another key", lambda s: s.accounts["mlflow"].keys.update(more=OTHER), []),
    ("policy more", lambda s: s.accounts["mlflow"].inline.update(all=POLICY), ["delete policy all"]),
    ("policy", lambda s: s.accounts["mlflow"].inline.update({"user-mlflow": POLICY}), ["write policy user-mlflow"]),
    ("suspended", lambda s: setattr(s.accounts["mlflow"], "enabled", False), ["enable user mlflow"]),
    ("buckets", lambda s: setattr(s.accounts["mlflow"], "max_buckets", 1000), ["forbid mlflow to own buckets"]),
]


@pytest.mark.parametrize(("drift", "actions"), [pytest.param(*case[1:], id=case[0]) for case in MINIO_DRIFT])
def test_puts_back_exactly_what_drifted_on_minio(
    minio: FakeUsers, run: Module, four_claims: t.Callable[..., list[str]], drift: Change, actions: list[str]
) -> None:
    run(MLFLOW)
    drift(minio)
    assert four_claims(MLFLOW) == actions


@pytest.mark.parametrize(("drift", "actions"), [pytest.param(*case[1:], id=case[0]) for case in CEPH_DRIFT])
def test_puts_back_exactly_what_drifted_on_ceph(
    ceph: FakeUsers, run: Module, four_claims: t.Callable[..., list[str]], drift: Change, actions: list[str]
) -> None:
    run(MLFLOW)
    drift(ceph)
    assert four_claims(MLFLOW) == actions


# Keys


def test_a_rotation_is_one_change_and_then_quiet(service: FakeUsers, run: Module) -> None:
    run(MLFLOW)
    rotated = {**MLFLOW, "secret_key": f"{SECRET}-new"}
    answer = run(rotated, _ansible_diff=True)
    assert answer["actions"] == ["set secret key of mlflow"]
    assert answer["diff"]["before"]["users"]["mlflow"]["secret_key"] == "another"
    assert answer["diff"]["after"]["users"]["mlflow"]["secret_key"] == "as given"
    assert run(rotated)["changed"] is False


@pytest.mark.parametrize("kept", [{"secret_key": None}, {"secret_key": f"{SECRET}-new", "update_secret": "on_create"}])
def test_keys_are_kept(service: FakeUsers, run: Module, kept: dict[str, t.Any]) -> None:
    run(MLFLOW)
    service.reads.clear()
    assert run({**MLFLOW, **kept})["changed"] is False
    assert service.accounts["mlflow"].keys == {"mlflow": SECRET}
    assert service.reads == ["find"]


def test_on_create_sets_the_key_of_a_new_user(service: FakeUsers, run: Module) -> None:
    run({**MLFLOW, "update_secret": "on_create"})
    assert service.accounts["mlflow"].keys == {"mlflow": SECRET}


def test_a_new_user_without_a_secret_key_is_refused_and_the_others_go_on(service: FakeUsers, run: Module) -> None:
    answer = run({"name": "keyless", "buckets": []}, MLFLOW)
    assert answer["failed"] is True
    assert answer["msg"] == "user keyless does not exist: a secret_key is needed to create it"
    assert answer["failures"] == [{"item": "keyless", "msg": answer["msg"]}]
    assert answer["actions"] == CREATED[service.backend]
    assert list(answer["users"]) == ["mlflow"]


def test_a_second_key_pair_and_the_end_of_the_first(
    ceph: FakeUsers, run: Module, four_claims: t.Callable[..., list[str]]
) -> None:
    run(MLFLOW)
    second = {**MLFLOW, "access_key": "mlflow-2", "update_secret": "on_create"}
    assert four_claims(second) == ["add access key mlflow-2 to mlflow"]
    assert four_claims({**second, "secret_key": None, "purge_keys": True}) == ["delete access key mlflow of mlflow"]
    assert ceph.accounts["mlflow"].keys == {"mlflow-2": SECRET}


def test_the_last_key_is_not_purged(ceph: FakeUsers, run: Module) -> None:
    run(MLFLOW)
    said = run({"name": "mlflow", "access_key": "unknown", "purge_keys": True})["msg"]
    assert said == "user mlflow has no access key unknown: a secret_key is needed to add it"
    assert ceph.accounts["mlflow"].keys == {"mlflow": SECRET}


def test_an_access_key_of_minio_is_the_name(minio: FakeUsers, run: Module) -> None:
    assert "on MinIO is its name" in run({**MLFLOW, "access_key": "mlflow-2"})["msg"]
    assert minio.writes == []


# Access


def test_access_that_is_not_given_is_left_alone(service: FakeUsers, run: Module) -> None:
    run(MLFLOW)
    service.writes.clear()
    answer = run({"name": "mlflow"})
    assert answer["changed"] is False
    assert ("policies" in answer["users"]["mlflow"]) is (service.backend == MINIO)


def test_no_buckets_at_all_take_everything_from_a_user(
    service: FakeUsers, run: Module, four_claims: t.Callable[..., list[str]]
) -> None:
    run(MLFLOW)
    detach = ["detach user-mlflow from mlflow"] if service.backend == MINIO else []
    assert four_claims({**MLFLOW, "buckets": []}) == [*detach, "delete policy user-mlflow"]
    assert service.policies == {}


def test_a_reader_may_not_write(service: FakeUsers, run: Module) -> None:
    said = json.dumps(run({**MLFLOW, "read_only": True})["users"]["mlflow"]["policies"])
    assert "s3:GetObject" in said
    assert "Put" not in said
    assert "Delete" not in said


def test_finer_access_comes_on_top_of_buckets(service: FakeUsers, four_claims: t.Callable[..., list[str]]) -> None:
    access = [{"bucket": "datasets", "prefix": "raw/", "permissions": ["list", "write"]}]
    assert four_claims({**MLFLOW, "access": access}) == CREATED[service.backend]


def test_a_whole_policy(service: FakeUsers, four_claims: t.Callable[..., list[str]]) -> None:
    user = {"name": "mlflow", "secret_key": SECRET}
    assert four_claims({**user, "policy": POLICY}) == CREATED[service.backend]
    assert four_claims({**user, "policy": {**POLICY, "Statement": [POLICY["Statement"]]}}) == []


def test_a_policy_that_the_service_refuses_stops_that_user_only(service: FakeUsers, run: Module) -> None:
    odd = {"name": "odd", "secret_key": SECRET, "policy": {"Statement": []}}
    statement = {"Effect": "Allow", "Action": "s3:NoSuchAction", "Resource": "*"}
    wrong = {"name": "wrong", "secret_key": SECRET, "policy": {"Statement": statement}}
    answer = run(odd, wrong, MLFLOW)
    assert [failure["item"] for failure in answer["failures"]] == ["odd", "wrong.policies"]
    assert "Statement is a list" in answer["msg"]
    assert answer["actions"] == ["create user wrong", *CREATED[service.backend]]


def test_buckets_and_a_policy_exclude_each_other(service: FakeUsers, run: Module) -> None:
    assert "mutually exclusive" in run({**MLFLOW, "policy": POLICY})["msg"]


# Removal


def test_removes_the_user_and_its_policy(
    service: FakeUsers, run: Module, four_claims: t.Callable[..., list[str]]
) -> None:
    run(MLFLOW)
    policy = ["delete policy user-mlflow"] if service.backend == MINIO else []
    assert four_claims({"name": "mlflow", "state": "absent"}) == ["delete user mlflow", *policy]
    assert (service.accounts, service.policies) == ({}, {})


def test_a_policy_that_an_interrupted_removal_left_goes(
    minio: FakeUsers, four_claims: t.Callable[..., list[str]]
) -> None:
    minio.policies["user-mlflow"] = POLICY
    assert four_claims({"name": "mlflow", "state": "absent"}) == ["delete policy user-mlflow"]


def test_a_user_that_owns_buckets_is_kept(ceph: FakeUsers, run: Module) -> None:
    run(MLFLOW)
    ceph.accounts["mlflow"].owns.add("its-own")
    answer = run({"name": "mlflow", "state": "absent"}, {**MLFLOW, "name": "other"})
    assert answer["msg"] == "Ceph: cannot delete user mlflow: it owns buckets"
    assert "create user other" in answer["actions"]


# Bad input and faults


@pytest.mark.parametrize(
    ("user", "said"),
    [
        ({"name": "../../etc"}, "cannot be its name"),
        ({"name": "a\nb"}, "cannot be its name"),
        ({"name": "a,b"}, "cannot be its name"),
        ({"name": "tenant$user"}, "cannot be its name"),
        ({"name": "x" * 300}, "cannot be its name"),
        ({"name": "a"}, "3 to 64 letters"),
        ({"name": "näme"}, "cannot be its name"),
        ({"name": "mlflow", "access_key": "a b"}, "cannot be its access key"),
        ({"name": "mlflow", "secret_key": "canary"}, "at least 8 characters"),
        ({"name": "mlflow", "secret_key": "canary-canary\n"}, "line break"),
        ({"name": "mlflow", "secret_key": "canary-cänäry"}, "printable ASCII"),
        ({"name": "mlflow", "buckets": ["*"]}, "'*' is not the name of a bucket"),
        ({"name": "mlflow", "buckets": ["a/b"]}, "is not the name of a bucket"),
        ({"name": "mlflow", "access": [{"bucket": "b23", "prefix": "a*", "permissions": ["list"]}]}, "wildcard"),
        ({"name": "mlflow", "policy": {"Statement": ["x"]}}, "Statement is a list of statements"),
        ({"name": "platform-root"}, "account which this module itself uses"),
        ({"name": "platform-root", "state": "absent"}, "account which this module itself uses"),
    ],
)
def test_bad_input_is_one_line_before_any_write(
    service: FakeUsers, run: Module, user: dict[str, t.Any], said: str
) -> None:
    answer = run({"secret_key": SECRET, **user}, _ansible_check_mode=True)
    assert said in answer["msg"]
    assert "\n" not in answer["msg"]
    assert run({"secret_key": SECRET, **user})["msg"] == answer["msg"]
    assert service.writes == []


def test_the_own_account_of_ceph_is_known_by_its_key(ceph: FakeUsers, run: Module) -> None:
    ceph.accounts["admin-user"] = Account({"platform-root": OTHER})
    assert "account which this module itself uses" in run({"name": "admin-user", "state": "absent"})["msg"]
    assert ceph.writes == []


@pytest.mark.parametrize(
    ("users", "said"),
    [
        ([MLFLOW, MLFLOW], "users: named more than once: mlflow"),
        (
            [MLFLOW, {**MLFLOW, "name": "more", "access_key": "mlflow"}],
            "users.access_key: named more than once: mlflow",
        ),
    ],
)
def test_what_is_named_twice_is_refused(
    service: FakeUsers, run: Module, users: list[dict[str, t.Any]], said: str
) -> None:
    assert run(*users)["msg"] == said
    assert service.writes == service.reads == []


def test_a_failure_tells_what_was_done_before_it(
    service: FakeUsers, run: Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ApiError("the service does not answer", http_status=503)

    monkeypatch.setattr(service, "write_policy", fail)
    answer = run(MLFLOW)
    assert (answer["msg"], answer["actions"]) == ("the service does not answer", ["create user mlflow"])
    monkeypatch.undo()


def test_a_user_that_cannot_be_created_has_no_further_steps(
    service: FakeUsers, run: Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(name: str, *_: object) -> None:
        raise ItemError(f"cannot create user {name}")

    monkeypatch.setattr(service, "create_user", fail)
    answer = run(MLFLOW)
    assert (answer["msg"], answer["actions"], service.writes) == ("cannot create user mlflow", [], [])


def test_a_service_is_asked_once_and_keys_one_by_one(service: FakeUsers, run: Module) -> None:
    users = [{**MLFLOW, "name": f"user-{number}"} for number in range(20)]
    run(*users)
    service.reads.clear()
    assert run(*users)["changed"] is False
    assert service.reads == ["find", *["is_secret"] * 20]
