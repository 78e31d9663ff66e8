# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The modules s3_users and s3_users_info over real servers: what users may do then, and what the servers were asked."""

from __future__ import annotations

import concurrent.futures
import typing as t

import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users.model import CEPH, MINIO, Wanted
from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users.plan import plan
from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users.policies import PERMISSIONS, Access
from ansible_collections.baremetal.mlops.plugins.modules import s3_users, s3_users_info
from ansible_collections.baremetal.mlops.tests.unit.fakes.modules import four_claims, run
from tests.integration.s3.storage import new_name, where
from tests.integration.s3_users.storage import SERVERS, as_user, may, new_secret, new_user, users

if t.TYPE_CHECKING:
    from tests.services import ObjectStorage

BACKENDS = {"minio_server": MINIO, "ceph_server": CEPH}
# How MinIO and Ceph's gateway begin the names of requests that only read.
READS = ("List", "Get", "Head", "s3:list_buckets", "s3:stat_bucket", "iam:list", "iam:get", "get_user", "list_metadata")


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> ObjectStorage:
    found: ObjectStorage = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def backend(server: ObjectStorage) -> str:
    return users(server).backend


def test_four_claims(server: ObjectStorage, backend: str, capsys: pytest.CaptureFixture[str]) -> None:
    name, other = sorted([new_user(), new_user()])
    access = [{"bucket": "datasets", "prefix": "raw/", "permissions": ["list", "write"]}]
    given: list[dict[str, t.Any]] = [
        {"name": name, "secret_key": new_secret(), "buckets": ["mlflow", "datasets"]},
        {"name": other, "secret_key": new_secret(), "buckets": ["mlflow"], "read_only": True, "access": access},
    ]
    attached = [f"attach policy user-{name} to {name}"] if backend == MINIO else []
    actions = four_claims(s3_users.main, capsys, **where(server), users=given)
    assert actions[: len(actions) // 2] == [f"create user {name}", f"write policy user-{name}", *attached]

    given[0] = {**given[0], "secret_key": new_secret(), "read_only": True}
    assert four_claims(s3_users.main, capsys, **where(server), users=given) == [
        f"set secret key of {name}",
        f"write policy user-{name}",
    ]

    found = run(s3_users_info.main, capsys, **where(server), names=[name, other, "nobody"])
    assert (found["backend"], list(found["users"])) == (backend, [name, other])
    assert found["users"][name]["buckets"] == ["datasets", "mlflow"]
    assert list(found["users"][other]["policies"]) == [f"user-{other}"]
    assert not [user["secret_key"] for user in given if user["secret_key"] in str(found["users"])]

    gone = [{"name": name, "state": "absent"}, {"name": other, "state": "absent"}]
    deleted = four_claims(s3_users.main, capsys, **where(server), users=gone)
    assert deleted[0] == f"delete user {name}"
    assert run(s3_users_info.main, capsys, **where(server), names=[name, other])["users"] == {}
    assert not list(users(server).find([name, other]).policies)


def test_a_user_may_do_what_its_entry_says_and_nothing_else(
    server: ObjectStorage, backend: str, capsys: pytest.CaptureFixture[str]
) -> None:
    name, secret = new_user(), new_secret()
    whole, part, closed = (new_name(kind) for kind in ("whole", "part", "closed"))
    root = as_user(server, server.access_key, server.secret_key)
    for bucket in (whole, part, closed):
        root.create_bucket(Bucket=bucket)
        for key in ("in/x", "out/x"):
            root.put_object(Bucket=bucket, Key=key, Body=b"of the root user")
    access = [
        {"bucket": part, "prefix": "in/", "permissions": ["list", "read"]},
        {"bucket": part, "prefix": "out/", "permissions": ["write"]},
    ]
    given = {"name": name, "secret_key": secret, "buckets": [whole], "access": access}
    assert run(s3_users.main, capsys, **where(server), users=[given])["changed"] is True
    s3 = as_user(server, name, secret)

    assert may(s3.get_bucket_location, Bucket=whole)
    assert may(s3.list_objects_v2, Bucket=whole)
    assert may(s3.get_object, Bucket=whole, Key="in/x")
    assert may(s3.put_object, Bucket=whole, Key="y", Body=b"of the user")
    upload = s3.create_multipart_upload(Bucket=whole, Key="big")["UploadId"]
    assert may(s3.list_parts, Bucket=whole, Key="big", UploadId=upload)
    assert may(s3.abort_multipart_upload, Bucket=whole, Key="big", UploadId=upload)
    assert may(s3.delete_object, Bucket=whole, Key="y")
    assert not may(s3.put_bucket_policy, Bucket=whole, Policy="{}")
    assert not may(s3.delete_bucket, Bucket=whole)

    assert not may(s3.list_objects_v2, Bucket=part)
    assert may(s3.list_objects_v2, Bucket=part, Prefix="in/")
    assert not may(s3.list_objects_v2, Bucket=part, Prefix="out/")
    assert may(s3.get_object, Bucket=part, Key="in/x")
    assert not may(s3.put_object, Bucket=part, Key="in/x", Body=b"of the user")
    assert not may(s3.get_object, Bucket=part, Key="out/x")
    assert may(s3.put_object, Bucket=part, Key="out/x", Body=b"of the user")
    assert not may(s3.delete_object, Bucket=part, Key="out/x")

    assert not may(s3.list_objects_v2, Bucket=closed)
    assert not may(s3.get_object, Bucket=closed, Key="in/x")
    assert not may(s3.put_object, Bucket=closed, Key="y", Body=b"of the user")
    assert not may(s3.create_bucket, Bucket=new_name())

    reader = {**given, "read_only": True, "access": []}
    assert run(s3_users.main, capsys, **where(server), users=[reader])["actions"] == [f"write policy user-{name}"]
    assert may(s3.get_object, Bucket=whole, Key="in/x")
    assert not may(s3.put_object, Bucket=whole, Key="y", Body=b"of the user")
    assert not may(s3.get_object, Bucket=part, Key="in/x")

    run(s3_users.main, capsys, **where(server), users=[{"name": name, "buckets": []}])
    assert not may(s3.get_object, Bucket=whole, Key="in/x")

    run(s3_users.main, capsys, **where(server), users=[{"name": name, "state": "absent"}])
    assert not may(s3.list_buckets)


def test_a_rotation_ends_the_old_key(server: ObjectStorage, capsys: pytest.CaptureFixture[str]) -> None:
    name, old, new = new_user(), new_secret(), new_secret()
    bucket = new_name()
    as_user(server, server.access_key, server.secret_key).create_bucket(Bucket=bucket)
    given = {"name": name, "secret_key": old, "buckets": [bucket]}
    run(s3_users.main, capsys, **where(server), users=[given])
    kept = {**given, "secret_key": new, "update_secret": "on_create"}
    assert run(s3_users.main, capsys, **where(server), users=[kept])["changed"] is False
    assert may(as_user(server, name, old).list_objects_v2, Bucket=bucket)
    rotated = {**given, "secret_key": new}
    answer = run(s3_users.main, capsys, **where(server), users=[rotated])
    assert answer["actions"] == [f"set secret key of {name}"]
    assert answer["users"][name]["secret_key"] == "as given"
    assert may(as_user(server, name, new).list_objects_v2, Bucket=bucket)
    assert not may(as_user(server, name, old).list_objects_v2, Bucket=bucket)
    assert run(s3_users.main, capsys, **where(server), users=[rotated])["changed"] is False
    run(s3_users.main, capsys, **where(server), users=[{"name": name, "state": "absent"}])


def test_a_disabled_user_is_enabled(minio_server: ObjectStorage, capsys: pytest.CaptureFixture[str]) -> None:
    name, secret = new_user(), new_secret()
    given = [{"name": name, "secret_key": secret, "buckets": ["mlflow"]}]
    run(s3_users.main, capsys, **where(minio_server), users=given)
    users(minio_server)._admin.user_disable(name)  # type: ignore[attr-defined]
    assert not users(minio_server).is_secret(name, name, secret, "")
    actions = four_claims(s3_users.main, capsys, **where(minio_server), users=given)
    assert actions == [f"set secret key of {name}", f"enable user {name}"]
    assert users(minio_server).is_secret(name, name, secret, "")


def test_what_somebody_changed_on_ceph_is_put_back(
    ceph_server: ObjectStorage, capsys: pytest.CaptureFixture[str]
) -> None:
    name, secret = new_user(), new_secret()
    given = [{"name": name, "secret_key": secret, "buckets": ["mlflow"], "purge_keys": True}]
    run(s3_users.main, capsys, **where(ceph_server), users=given)
    client = users(ceph_server)
    client.set_key(name, f"{name}-more", "secret-of-more")
    client.write_policy(name, "all", {"Version": "2012-10-17", "Statement": []})
    client._admin.modify_user(name, max_buckets=10, suspended=True)  # type: ignore[attr-defined]
    assert four_claims(s3_users.main, capsys, **where(ceph_server), users=given) == [
        f"delete access key {name}-more of {name}",
        f"enable user {name}",
        f"forbid {name} to own buckets",
        "delete policy all",
    ]


def test_a_user_of_ceph_that_owns_buckets_is_kept(
    ceph_server: ObjectStorage, capsys: pytest.CaptureFixture[str]
) -> None:
    owner, other, secret = new_user(), new_user(), new_secret()
    client = users(ceph_server)
    client.create_user(owner, owner, secret)
    client._admin.modify_user(owner, max_buckets=10)  # type: ignore[attr-defined]
    as_user(ceph_server, owner, secret).create_bucket(Bucket=new_name())
    given = [{"name": owner, "state": "absent"}, {"name": other, "secret_key": secret, "buckets": []}]
    answer = run(s3_users.main, capsys, **where(ceph_server), users=given)
    assert answer["failures"] == [{"item": owner, "msg": answer["msg"]}]
    assert answer["msg"].startswith(f"Ceph: cannot delete user {owner}: it owns buckets")
    assert (answer["actions"], sorted(answer["users"])) == ([f"create user {other}"], sorted([owner, other]))


def test_an_access_key_of_another_user_is_refused_for_that_user(
    ceph_server: ObjectStorage, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, third = (new_user() for _unused in range(3))
    given = [
        {"name": first, "secret_key": new_secret(), "buckets": []},
        {"name": second, "access_key": first, "secret_key": new_secret(), "buckets": []},
        {"name": third, "secret_key": new_secret(), "buckets": []},
    ]
    run(s3_users.main, capsys, **where(ceph_server), users=given[:1])
    answer = run(s3_users.main, capsys, **where(ceph_server), users=given[1:])
    assert answer["msg"] == f"Ceph: cannot create user {second}: another user has the access key"
    assert answer["actions"] == [f"create user {third}"]


def test_a_second_run_writes_nothing_by_the_servers_own_account(
    server: ObjectStorage, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [{"name": new_user(), "secret_key": new_secret(), "buckets": ["mlflow"]} for _unused in range(5)]
    assert run(s3_users.main, capsys, **where(server), users=given)["changed"] is True
    before = len(server.calls())
    assert run(s3_users.main, capsys, **where(server), users=given)["changed"] is False
    calls = server.calls()[before:]
    assert calls
    assert not [call for call in calls if not call.startswith(READS)]


def test_two_runs_at_once_leave_whole_users(server: ObjectStorage, backend: str) -> None:
    names = [new_user() for _unused in range(6)]
    accesses = (Access("mlflow", permissions=frozenset(PERMISSIONS)),)
    wanted = [Wanted(name, secret_key="the-same-secret", accesses=accesses) for name in names]

    def apply(_number: int) -> None:
        client = users(server)
        for step in plan(client, wanted).steps:
            step.apply()

    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        list(pool.map(apply, range(3)))
    assert not plan(users(server), wanted).steps
    gone = [Wanted(name, present=False) for name in names]

    def remove(_number: int) -> None:
        client = users(server)
        for step in plan(client, gone).steps:
            step.apply()

    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        list(pool.map(remove, range(3)))
    found = users(server).find(names)
    assert (found.users, found.policies) == ({}, {})
