# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""One contract, every S3 service: the fake that unit tests trust, and real servers."""

from __future__ import annotations

import contextlib
import typing as t

import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ItemError, UnsupportedError
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.client import S3Client
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.fields import EMPTY, canonical, problems, same
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.model import Wanted, plan, read
from ansible_collections.baremetal.mlops.tests.unit.fakes.s3 import FakeS3
from tests.integration.s3.storage import LACKS, REAL, connect, new_name, option_values

Client = S3Client | FakeS3
FIELDS = [field for field in EMPTY if field != "object_lock"]
GOVERNED = {"enabled": True, "mode": "GOVERNANCE", "days": 3}


@pytest.fixture(params=["fake", *REAL])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def client(kind: str, request: pytest.FixtureRequest) -> Client:
    if kind == "fake":
        return FakeS3()
    found = connect(request.getfixturevalue(kind))
    found.list_buckets([])
    return found


@pytest.fixture
def bucket(client: Client) -> t.Iterator[str]:
    name = new_name()
    client.create_bucket(name)
    yield name
    client.empty_bucket(name)
    client.delete_bucket(name, force=True)


def put(client: Client, name: str, *keys: str) -> None:
    """Put objects, as a program does that uses the bucket."""
    for key in keys:
        if isinstance(client, FakeS3):
            client.objects.setdefault(name, set()).add(key)
        else:
            client._boto.put_object(Bucket=name, Key=key, Body=b"x")


def test_a_bucket_lives_and_dies(client: Client) -> None:
    name = new_name()
    assert client.list_buckets([name]) == set()
    client.create_bucket(name)
    client.create_bucket(name)
    assert client.list_buckets([name, "never-made"]) == {name}
    assert name in client.list_buckets()
    assert client.holds(name) == ""
    client.delete_bucket(name)
    client.delete_bucket(name)
    client.delete_bucket(name, force=True)
    assert client.holds(name) is None
    assert name not in client.list_buckets()


@pytest.mark.parametrize("field", FIELDS)
def test_a_fresh_bucket_has_nothing_set(kind: str, client: Client, bucket: str, field: str) -> None:
    if field in LACKS[kind] and field == "quota":
        with pytest.raises(UnsupportedError, match=f"quota of {bucket}"):
            client.get(bucket, field)
    else:
        assert client.get(bucket, field) == EMPTY[field]


@pytest.mark.parametrize("field", FIELDS)
def test_a_value_reads_back_as_it_was_written(kind: str, client: Client, bucket: str, field: str) -> None:
    for given in option_values(bucket)[field]:
        assert not list(problems(field, given))
        value = canonical(field, given)
        if field in LACKS[kind]:
            with pytest.raises(UnsupportedError, match=f"{field} of {bucket}"):
                client.set(bucket, field, value)
        else:
            client.refuse(bucket, field, value)
            client.set(bucket, field, value)
            client.set(bucket, field, value)
            assert same(field, client.get(bucket, field), value), (client.get(bucket, field), value)
            assert canonical(field, client.get(bucket, field)) == client.get(bucket, field)


def test_unfinished_uploads_of_a_bucket(kind: str, client: Client, bucket: str) -> None:
    """MinIO would forget this part of a rule and keep the others."""
    value = canonical("lifecycle", [{"id": "u", "enabled": True, "abort_multipart_days": 2, "expiration_days": 5}])
    if kind == "minio_server":
        with pytest.raises(UnsupportedError, match="MinIO has no abort_multipart_days"):
            client.refuse(bucket, "lifecycle", value)
    else:
        client.refuse(bucket, "lifecycle", value)
        client.set(bucket, "lifecycle", value)
        assert client.get(bucket, "lifecycle") == value


FORMER = {"id": "n", "enabled": True, "noncurrent_versions_kept": 3}


@pytest.mark.parametrize(
    ("rule", "refusal"),
    [
        ({**FORMER, "noncurrent_expiration_days": 7, "tags": {"k": "v"}}, "is not kept as it was written"),
        (FORMER, "MalformedXML"),
    ],
)
def test_former_versions_that_a_bucket_keeps(
    kind: str, client: Client, bucket: str, rule: dict[str, t.Any], refusal: str
) -> None:
    """Ceph 18 does not know this part of a rule, and forgets it without a word."""
    wanted = [Wanted(bucket, lifecycle=canonical("lifecycle", [rule]))]
    planned = plan(client, wanted)
    fails = pytest.raises(ItemError, match=refusal) if kind == "ceph_server" else contextlib.nullcontext()
    with fails:
        planned.steps[0].apply()
        assert read(client, wanted, planned) == planned.after


def test_object_lock_comes_with_a_bucket(client: Client) -> None:
    name = new_name()
    client.create_bucket(name, object_lock=True)
    assert client.get(name, "object_lock") == {"enabled": True}
    assert client.get(name, "versioning") is True
    for value in (GOVERNED, {"enabled": True, "mode": "COMPLIANCE", "years": 1}, {"enabled": True}):
        client.set(name, "object_lock", value)
        assert client.get(name, "object_lock") == value
    client.delete_bucket(name)


def test_a_bucket_without_object_lock(client: Client, bucket: str) -> None:
    assert client.get(bucket, "object_lock") == {"enabled": False}


def test_a_bucket_with_objects_is_kept(client: Client, bucket: str) -> None:
    put(client, bucket, "model.pkl")
    assert client.holds(bucket) == "objects"
    with pytest.raises(ItemError, match="it holds objects: delete them first, or set force_delete"):
        client.delete_bucket(bucket)
    assert client.list_buckets([bucket]) == {bucket}


def test_a_plan_converges(kind: str, client: Client) -> None:
    name = new_name()
    given = {field: values[0] for field, values in option_values(name).items() if field not in LACKS[kind]}
    item = {**dict.fromkeys(EMPTY), **given, "name": name, "state": "present", "force_delete": True}
    item["object_lock"] = GOVERNED
    wanted = [Wanted.from_params(item), Wanted("never-made", present=False)]
    first = plan(client, wanted)
    assert not first.failures
    for step in first.steps:
        step.apply()
    assert read(client, wanted, first) == first.after
    second = plan(client, wanted)
    assert (second.steps, second.before) == ([], first.after)
    gone = [Wanted(name, present=False, force_delete=True)]
    for step in plan(client, gone).steps:
        step.apply()
    assert plan(client, gone).steps == []


@pytest.mark.parametrize("server", REAL)
def test_everything_in_a_bucket_is_deleted(server: str, request: pytest.FixtureRequest) -> None:
    """Versions, delete markers, uploads, names that XML or addresses do not carry well, in several pages."""
    client = connect(request.getfixturevalue(server))
    name = new_name()
    client.create_bucket(name)
    client.set(name, "versioning", True)
    keys = ["plain", "a b+c", "ü\U0001f600", "new\nline", "re\rturn", "q\"&<>'", "%41", "c\x01ntrol", "a?b#c"]
    client._boto.meta.events.register("before-parameter-build.s3.ListObjectVersions", _small_pages)
    taken = []
    for key in keys * 2:
        try:
            put(client, name, key)
        except client._boto.exceptions.ClientError:
            continue
        taken.append(key)
    assert len(set(taken)) > 5
    client._boto.delete_object(Bucket=name, Key="plain")
    client._boto.create_multipart_upload(Bucket=name, Key="part/ä?")
    assert client.holds(name) == "objects"
    client.empty_bucket(name)
    client.delete_bucket(name, force=True)
    assert client.list_buckets([name]) == set()


@pytest.mark.parametrize("server", REAL)
def test_unfinished_uploads_are_not_lost_without_consent(server: str, request: pytest.FixtureRequest) -> None:
    client = connect(request.getfixturevalue(server))
    name = new_name()
    client.create_bucket(name)
    client._boto.create_multipart_upload(Bucket=name, Key="part")
    with pytest.raises(ItemError, match="it holds unfinished uploads"):
        client.delete_bucket(name)
    client.empty_bucket(name)
    assert client.holds(name) == ""
    client.delete_bucket(name)


@pytest.mark.parametrize("server", REAL)
def test_a_version_under_retention_stays(server: str, request: pytest.FixtureRequest) -> None:
    client = connect(request.getfixturevalue(server))
    name = new_name()
    client.create_bucket(name, object_lock=True)
    client.set(name, "object_lock", {"enabled": True, "mode": "GOVERNANCE", "days": 1})
    put(client, name, "kept")
    with pytest.raises(ItemError, match=f"cannot delete everything in {name}: 'kept': "):
        client.empty_bucket(name)
    assert client.holds(name) == "objects"


@pytest.mark.parametrize("server", REAL)
def test_a_service_is_known_from_its_first_answer(server: str, request: pytest.FixtureRequest) -> None:
    client = connect(request.getfixturevalue(server))
    client.list_buckets([])
    assert client.service == {"minio_server": "MinIO", "seaweedfs_server": "SeaweedFS", "ceph_server": "Ceph"}[server]


def _small_pages(params: dict[str, t.Any], **_unused: t.Any) -> None:
    params["MaxKeys"] = min(params.get("MaxKeys", 3), 3)
