# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The modules s3_buckets and s3_buckets_info over real servers, which tell or show what they were asked."""

from __future__ import annotations

import concurrent.futures
import typing as t

import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils._s3.fields import EMPTY
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.model import Wanted, plan
from ansible_collections.baremetal.mlops.plugins.modules import s3_buckets, s3_buckets_info
from ansible_collections.baremetal.mlops.tests.unit.fakes.modules import four_claims, run
from tests.integration import faults
from tests.integration.s3.storage import LACKS, REAL, connect, new_name, option_values, where

if t.TYPE_CHECKING:
    from tests.services import ObjectStorage

READS = ("Get", "Head", "List")


def items(kind: str, *names: str) -> list[dict[str, t.Any]]:
    """All that the server has, of each bucket."""
    return [
        {
            "name": name,
            **{field: values[0] for field, values in option_values(name).items() if field not in LACKS[kind]},
        }
        for name in names
    ]


@pytest.mark.parametrize("kind", REAL)
def test_four_claims(kind: str, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> None:
    server: ObjectStorage = request.getfixturevalue(kind)
    names = sorted(new_name() for _unused in range(3))
    buckets = items(kind, *names)
    buckets[0]["object_lock"] = {"mode": "GOVERNANCE", "days": 1}
    actions = four_claims(s3_buckets.main, capsys, **where(server), buckets=buckets)
    assert actions[0] == f"create bucket {names[0]} with object lock"
    assert len(actions) == 3 * len(buckets[1])
    info = {"buckets": names, "fields": list(EMPTY)}
    found = run(s3_buckets_info.main, capsys, **where(server), **info)
    assert [item["name"] for item in found["buckets"]] == names
    expected = ["quota"] if kind == "seaweedfs_server" else []
    assert [item["item"] for item in found["unsupported"]] == expected
    again = run(s3_buckets.main, capsys, **where(server), buckets=found["buckets"])
    assert (again["changed"], again.get("failures")) == (False, None)
    gone = [{"name": name, "state": "absent", "force_delete": True} for name in names]
    assert four_claims(s3_buckets.main, capsys, **where(server), buckets=gone) == [
        f"delete bucket {name}" for name in names
    ]


@pytest.mark.parametrize("kind", [kind for kind in REAL if LACKS[kind]])
def test_what_the_server_lacks_leaves_the_others_alone(
    kind: str, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    server: ObjectStorage = request.getfixturevalue(kind)
    first, second, lacked = new_name(), new_name(), next(iter(LACKS[kind]))
    value = option_values(first)[lacked][0]
    buckets = [{"name": first, lacked: value, "tags": {"a": "1"}}, {"name": second, "versioning": True}]
    failed = run(s3_buckets.main, capsys, **where(server), buckets=buckets)
    assert [failure["item"] for failure in failed["failures"]] == [f"{first}.{lacked}"]
    assert f"{lacked} of {first}" in failed["msg"]
    assert "\n" not in failed["msg"]
    assert failed["buckets"][first]["tags"] == {"a": "1"}
    assert failed["buckets"][second] == {"versioning": True}


def test_a_second_run_writes_nothing_by_minios_own_account(
    minio_server: ObjectStorage, capsys: pytest.CaptureFixture[str]
) -> None:
    buckets = items("minio_server", *sorted(new_name() for _unused in range(5)))
    assert run(s3_buckets.main, capsys, **where(minio_server), buckets=buckets)["changed"] is True
    before = minio_server.calls()
    assert run(s3_buckets.main, capsys, **where(minio_server), buckets=buckets)["changed"] is False
    calls = minio_server.calls()[len(before) :]
    assert sum(name.startswith("Put") for name in before) >= 5
    assert not [name for name in calls if not name.startswith(READS)]
    fields = len(buckets[0]) - 1
    assert len(calls) == 1 + 5 * fields


def test_a_second_run_sends_no_write_to_seaweedfs(
    seaweedfs_server: ObjectStorage, capsys: pytest.CaptureFixture[str]
) -> None:
    names = sorted(new_name() for _unused in range(5))
    buckets = items("seaweedfs_server", *names)
    with faults.flaky_server(seaweedfs_server.endpoint_url, [], keep_host=True) as watched:
        options = {**where(seaweedfs_server), "endpoint_url": watched.address, "buckets": buckets}
        assert run(s3_buckets.main, capsys, **options)["changed"] is True
        assert {request.split()[0] for request in watched.requests} == {"GET", "PUT"}
        watched.requests.clear()
        checked = run(s3_buckets.main, capsys, **options, _ansible_check_mode=True)
        assert (checked["changed"], run(s3_buckets.main, capsys, **options)["changed"]) == (False, False)
        assert {request.split()[0] for request in watched.requests} == {"GET"}
        assert len(watched.requests) == 2 * (1 + 5 * (len(buckets[0]) - 1))


@pytest.mark.parametrize("kind", REAL)
def test_drift_is_seen_exactly_and_repaired(
    kind: str, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    server: ObjectStorage = request.getfixturevalue(kind)
    name = new_name()
    buckets = items(kind, name)
    run(s3_buckets.main, capsys, **where(server), buckets=buckets)
    client = connect(server)
    client.set(name, "versioning", False)
    client.set(name, "lifecycle", [])
    client._boto.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "by", "Value": "hand"}]})
    checked = run(
        s3_buckets.main, capsys, **where(server), buckets=buckets, _ansible_check_mode=True, _ansible_diff=True
    )
    before, after = (checked["diff"][side]["buckets"][name] for side in ("before", "after"))
    assert {field for field in before if before[field] != after[field]} == {"versioning", "lifecycle", "tags"}
    assert (before["versioning"], before["lifecycle"], before["tags"]) == (False, [], {"by": "hand"})
    assert four_claims(s3_buckets.main, capsys, **where(server), buckets=buckets) == [
        f"enable versioning of {name}",
        f"set tags of {name}",
        f"set lifecycle of {name}",
    ]


@pytest.mark.parametrize("kind", REAL)
def test_two_runs_at_once_leave_the_same_as_one(kind: str, request: pytest.FixtureRequest) -> None:
    server: ObjectStorage = request.getfixturevalue(kind)
    names = [new_name() for _unused in range(10)]
    wanted = [Wanted(name, versioning=True, tags={"a": "1"}) for name in names]
    gone = [Wanted(name, present=False) for name in names]

    def apply(buckets: t.Sequence[Wanted]) -> None:
        client = connect(server)
        for step in plan(client, buckets).steps:
            step.apply()

    for buckets in (wanted, gone):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(apply, buckets) for _unused in range(2)]:
                done.result()
        assert plan(connect(server), buckets).steps == []


def test_a_server_that_lists_nothing_to_anybody(open_seaweedfs: str, capsys: pytest.CaptureFixture[str]) -> None:
    """SeaweedFS without identities."""
    options = {"endpoint_url": open_seaweedfs, "access_key": "any", "secret_key": "s3cr3t-canary"}
    buckets: list[dict[str, t.Any]] = [{"name": new_name(), "versioning": True}, {"name": new_name()}]
    assert len(four_claims(s3_buckets.main, capsys, **options, buckets=buckets)) == 3
    gone = [{"name": item["name"], "state": "absent"} for item in buckets]
    assert len(four_claims(s3_buckets.main, capsys, **options, buckets=gone)) == 2
