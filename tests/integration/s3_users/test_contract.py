# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""One contract for every service with users: the fakes that unit tests trust, MinIO, and Ceph's gateway."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError, ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.policy import canonical, same
from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users import ceph_client as ceph_client_module
from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users import policies
from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users.model import CEPH, MINIO, User
from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users.policies import PERMISSIONS, Access
from ansible_collections.baremetal.mlops.tests.unit.fakes.s3_users import FakeUsers
from tests.integration.s3_users.storage import SERVERS, new_secret, new_user, users

if t.TYPE_CHECKING:
    from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users.model import UserClient
    from tests.services import ObjectStorage

EVERY = policies.document(
    [
        Access("whole", permissions=frozenset(PERMISSIONS)),
        Access("part", "raw/ümläut $x&'\"/", frozenset(["list", "read"])),
        Access("part", "out/", frozenset(["write"])),
    ]
)


@pytest.fixture(params=["fake-minio", "fake-ceph", *SERVERS])
def client(request: pytest.FixtureRequest) -> UserClient:
    if request.param.startswith("fake"):
        return FakeUsers(request.param.removeprefix("fake-"))
    return users(request.getfixturevalue(request.param))


@pytest.fixture
def name(client: UserClient) -> t.Iterator[str]:
    """A user that exists."""
    found = new_user()
    client.create_user(found, found, f"secret-of-{found}")
    yield found
    client.delete_user(found)


def read(client: UserClient, name: str) -> User:
    return client.find([name]).users[name]


def test_a_user_lives_and_dies(client: UserClient) -> None:
    name, secret = new_user(), new_secret()
    assert client.find([name]).users == {}
    client.create_user(name, name, secret)
    client.create_user(name, name, secret)
    owner = None if client.backend == MINIO else False
    assert read(client, name) == User((name,), enabled=True, may_own_buckets=owner, policies={})
    assert name in client.find().users
    assert client.is_secret(name, name, secret, "")
    client.delete_user(name)
    client.delete_user(name)
    assert client.find([name]).users == {}


def test_a_secret_key_is_set_and_tried(client: UserClient, name: str) -> None:
    read(client, name)
    assert client.is_secret(name, name, f"secret-of-{name}", "")
    assert not client.is_secret(name, name, f"secret-of-{name}-", "no-such-bucket")
    secret = new_secret()
    client.set_key(name, name, secret)
    assert read(client, name).access_keys == (name,)
    assert client.is_secret(name, name, secret, "no-such-bucket")
    assert not client.is_secret(name, name, f"secret-of-{name}", "")


def test_a_policy_comes_back_with_its_meaning(client: UserClient, name: str) -> None:
    own = f"user-{name}"
    for policy in (EVERY, canonical({"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}})):
        client.write_policy(name, own, policy)
        if client.backend == MINIO:
            client.attach_policies(name, [own])
        found = read(client, name).policies or {}
        assert list(found) == [own]
        assert same(canonical(found[own]), policy)
    if client.backend == MINIO:
        assert list(client.find([name]).policies) == [own]
        with pytest.raises(ItemError, match="detach it from them first"):
            client.delete_policy(name, own)
        client.attach_policies(name, [])
        assert read(client, name).policies == {}
    client.delete_policy(name, own)
    client.delete_policy(name, own)
    assert read(client, name).policies == {}
    assert client.find([name]).policies == {}


def test_writes_to_a_user_leave_its_policies_and_keys(client: UserClient, name: str) -> None:
    own = f"user-{name}"
    client.write_policy(name, own, EVERY)
    if client.backend == MINIO:
        client.attach_policies(name, [own])
    client.set_key(name, name, "another-secret")
    client.enable_user(name)
    if client.backend == CEPH:
        client.forbid_buckets(name)
    assert list(read(client, name).policies or {}) == [own]
    assert read(client, name).access_keys == (name,)
    assert client.is_secret(name, name, "another-secret", "")
    if client.backend == MINIO:
        client.attach_policies(name, [])
        client.delete_policy(name, own)


def test_a_policy_that_is_none_is_of_that_user(client: UserClient, name: str) -> None:
    statement = {"Effect": "Allow", "Action": ["s3:NoSuchAction"], "Resource": ["*"]}
    with pytest.raises(ItemError, match=rf"cannot write policy user-{name} of {name}: .+"):
        client.write_policy(name, f"user-{name}", canonical({"Statement": statement}))


def test_policies_are_read_of_whom_they_matter(client: UserClient, name: str) -> None:
    policies_read = client.find([name], []).users[name].policies
    assert policies_read == ({} if client.backend == MINIO else None)


def test_all_users_are_found(client: UserClient) -> None:
    names = [new_user() for _unused in range(20)]
    for name in names:
        client.create_user(name, name, "secret-of-many")
    assert set(names) <= set(client.find().users)
    assert set(client.find([*names[:5], "nobody"]).users) == set(names[:5])
    for name in names:
        client.delete_user(name)


# Ceph


@pytest.fixture(params=["fake-ceph", "ceph_server"])
def ceph_client(request: pytest.FixtureRequest) -> UserClient:
    return FakeUsers(CEPH) if request.param == "fake-ceph" else users(request.getfixturevalue(request.param))


def test_key_pairs_of_ceph_come_and_go(ceph_client: UserClient) -> None:
    name = new_user()
    ceph_client.create_user(name, name, "secret-first")
    ceph_client.set_key(name, f"{name}-2", "secret-second")
    assert set(read(ceph_client, name).access_keys) == {name, f"{name}-2"}
    assert ceph_client.is_secret(name, f"{name}-2", "secret-second", "")
    ceph_client.delete_key(name, name)
    ceph_client.delete_key(name, name)
    assert read(ceph_client, name).access_keys == (f"{name}-2",)
    ceph_client.delete_user(name)


def test_users_of_ceph_are_listed_in_pages(ceph_server: ObjectStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ceph_client_module, "PAGE", 3)
    client, names = users(ceph_server), [new_user() for _unused in range(10)]
    for name in names:
        client.create_user(name, name, "secret-of-many")
    assert set(names) <= set(client.find(policies_of=[]).users)
    for name in names:
        client.delete_user(name)


# Real servers


@pytest.mark.parametrize("kind", SERVERS)
def test_wrong_credentials_are_said_in_one_line(kind: str, request: pytest.FixtureRequest) -> None:
    server = request.getfixturevalue(kind)
    for changes, said in (
        ({"secret_key": "not-the-secret"}, "the secret key is wrong"),
        ({"access_key": "no-such-key"}, "the access key is not known there"),
    ):
        with pytest.raises(ApiError) as caught:
            users(server, **changes).find(["somebody"])
        assert caught.value.msg.endswith(said)
        assert not isinstance(caught.value, ItemError)
        assert "not-the-secret" not in str(caught.value.details)


@pytest.mark.parametrize("kind", SERVERS)
def test_who_is_no_administrator_is_told_so(kind: str, request: pytest.FixtureRequest) -> None:
    server, name = request.getfixturevalue(kind), new_user()
    administrator = users(server)
    administrator.create_user(name, name, "secret-of-it")
    with pytest.raises(ApiError, match="needs") as caught:
        users(server, access_key=name, secret_key="secret-of-it").find(["somebody"])
    assert not isinstance(caught.value, ItemError)
    administrator.delete_user(name)
