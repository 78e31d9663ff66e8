# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The module s3_buckets over a service in memory."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError, ItemError
from ansible_collections.baremetal.mlops.plugins.modules import s3_buckets
from ansible_collections.baremetal.mlops.tests.unit.fakes import modules
from ansible_collections.baremetal.mlops.tests.unit.fakes.s3 import FakeS3

SECRET = "s3cr3t-canary"
CONNECTION = {"endpoint_url": "http://s3.example.com", "access_key": "a", "secret_key": SECRET}
READ_ALL = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::one/*"}
POLICY = {"Version": "2012-10-17", "Statement": [READ_ALL]}
STORED_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": ["*"]},
            "Action": ["s3:GetObject"],
            "Resource": ["arn:aws:s3:::one/*"],
        }
    ],
}
RULE = {"id": "old", "enabled": True, "expiration_days": 3}
CORS = {"allowed_origins": ["*"], "allowed_methods": ["GET"]}
Service = t.Callable[[FakeS3], None]


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Service:
    return lambda service: monkeypatch.setattr(s3_buckets, "S3Client", lambda _connection: service)


def run(capsys: pytest.CaptureFixture[str], buckets: list[dict[str, t.Any]], **args: t.Any) -> dict[str, t.Any]:
    return modules.run(s3_buckets.main, capsys, **CONNECTION, buckets=buckets, **args)


def case(start: dict[str, t.Any], buckets: list[dict[str, t.Any]], actions: list[str], name: str) -> t.Any:
    return pytest.param(start, buckets, actions, id=name)


CASES = [
    case({}, [{"name": "one"}], ["create bucket one"], "create"),
    case({}, [{"name": "one", "versioning": True}], ["create bucket one", "enable versioning of one"], "versioned"),
    case({}, [{"name": "one", "versioning": False, "tags": {}}], ["create bucket one"], "fresh as it is"),
    case(
        {"one": {"versioning": True}},
        [{"name": "one", "versioning": False}],
        ["suspend versioning of one"],
        "suspend",
    ),
    case({"one": {"versioning": True}}, [{"name": "one"}], [], "not given"),
    case({"one": {}}, [{"name": "one", "state": "absent"}], ["delete bucket one"], "delete"),
    case({}, [{"name": "one", "state": "absent"}], [], "absent"),
    case(
        {"one": {}}, [{"name": "one", "state": "absent", "force_delete": True}], ["delete bucket one"], "force nothing"
    ),
    case({"one": {}}, [{"name": "one"}, {"name": "two"}], ["create bucket two"], "only the missing one"),
    case({"other": {"versioning": True}}, [], [], "not listed"),
    case({"one": {}}, [{"name": "one", "tags": {"team": "ml", "cost": 7}}], ["set tags of one"], "tags"),
    case({"one": {"tags": {"a": "1"}}}, [{"name": "one", "tags": {}}], ["remove tags of one"], "no tags"),
    case({"one": {"tags": {"a": "1"}}}, [{"name": "one", "tags": {"a": 1}}], [], "a number is its text"),
    case({"one": {}}, [{"name": "one", "policy": POLICY}], ["set policy of one"], "policy"),
    case({"one": {"policy": STORED_POLICY}}, [{"name": "one", "policy": POLICY}], [], "the same policy"),
    case({"one": {"policy": STORED_POLICY}}, [{"name": "one", "policy": {}}], ["remove policy of one"], "no policy"),
    case(
        {"one": {"lifecycle": [RULE]}},
        [{"name": "one", "lifecycle": [{"id": "new", "abort_multipart_days": 1}, {"id": "old", "expiration_days": 3}]}],
        ["set lifecycle of one"],
        "lifecycle",
    ),
    case(
        {"one": {"lifecycle": [RULE]}},
        [{"name": "one", "lifecycle": [{"id": "old", "expiration_days": 3}]}],
        [],
        "the same lifecycle",
    ),
    case({"one": {"lifecycle": [RULE]}}, [{"name": "one", "lifecycle": []}], ["remove lifecycle of one"], "no rules"),
    case({"one": {}}, [{"name": "one", "cors": [CORS]}], ["set cors of one"], "cors"),
    case(
        {"one": {}},
        [{"name": "one", "encryption": {"algorithm": "AES256"}}],
        ["set encryption of one"],
        "encryption",
    ),
    case(
        {"one": {"encryption": {"algorithm": "aws:kms", "kms_key_id": "k"}}},
        [{"name": "one", "encryption": {"algorithm": "none"}}],
        ["remove encryption of one"],
        "no encryption",
    ),
    case(
        {},
        [{"name": "one", "versioning": True, "object_lock": {"mode": "GOVERNANCE", "days": 3}}],
        ["create bucket one with object lock", "set object_lock of one"],
        "object lock",
    ),
    case(
        {"one": {"object_lock": {"enabled": True, "mode": "COMPLIANCE", "years": 1}}},
        [{"name": "one", "object_lock": {}}],
        ["set object_lock of one"],
        "no default retention",
    ),
    case({"one": {}}, [{"name": "one", "quota": "10Gi"}], ["set quota of one"], "quota"),
    case({"one": {"quota": 10 * 1024**3}}, [{"name": "one", "quota": "10Gi"}], [], "the same quota"),
    case({"one": {"quota": 5}}, [{"name": "one", "quota": "0"}], ["remove quota of one"], "no quota"),
]


@pytest.mark.parametrize(("start", "buckets", "actions"), CASES)
def test_four_claims(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    start: dict[str, t.Any],
    buckets: list[dict[str, t.Any]],
    actions: list[str],
) -> None:
    service = FakeS3(start)
    monkeypatch.setattr(s3_buckets, "S3Client", lambda _connection: service)
    checked = run(capsys, buckets, _ansible_check_mode=True)
    assert service.writes == []
    assert modules.four_claims(s3_buckets.main, capsys, **CONNECTION, buckets=buckets) == actions
    written = list(service.writes)
    second = run(capsys, buckets)
    assert (second["buckets"], service.writes) == (checked["buckets"], written)


def test_a_bucket_is_deleted_with_all_that_it_holds(use: Service, capsys: pytest.CaptureFixture[str]) -> None:
    service = FakeS3({"one": {}})
    service.objects = {"one": {"model.pkl"}}
    use(service)
    buckets = [{"name": "one", "state": "absent", "force_delete": True}]
    actions = ["delete everything in one", "delete bucket one"]
    assert modules.four_claims(s3_buckets.main, capsys, **CONNECTION, buckets=buckets) == actions
    assert service.writes == ["empty_bucket one", "delete_bucket one"]


def test_a_bucket_that_is_listed_but_gone_is_left(use: Service, capsys: pytest.CaptureFixture[str]) -> None:
    class Stale(FakeS3):
        def list_buckets(self, names: t.Iterable[str] | None = None) -> set[str]:
            return {"one"}

    use(Stale())
    gone = [{"name": "one", "state": "absent"}]
    assert modules.four_claims(s3_buckets.main, capsys, **CONNECTION, buckets=gone) == []


def test_only_what_an_item_names_is_read_and_only_once(use: Service, capsys: pytest.CaptureFixture[str]) -> None:
    service = FakeS3({"one": {}, "two": {"versioning": True}, "other": {}})
    use(service)
    run(capsys, [{"name": "one"}, {"name": "two", "versioning": True}])
    assert service.reads == ["list_buckets", "get two versioning"]


def test_only_what_was_changed_is_read_back(use: Service, capsys: pytest.CaptureFixture[str]) -> None:
    service = FakeS3({"one": {}, "two": {"versioning": True}})
    use(service)
    answer = run(capsys, [{"name": "one", "tags": {"a": "1"}}, {"name": "two", "versioning": True}])
    assert service.reads[-2:] == ["list_buckets", "get one tags"]
    assert answer["buckets"] == {"one": {"tags": {"a": "1"}}, "two": {"versioning": True}}


def test_a_field_that_the_service_lacks_leaves_the_others_alone(
    use: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    service = FakeS3({"one": {}}, lacks={"cors", "quota"})
    use(service)
    buckets = [
        {"name": "one", "versioning": True, "cors": [CORS], "tags": {"a": "1"}},
        {"name": "two", "cors": [CORS], "quota": "1Gi", "versioning": True},
    ]
    checked = run(capsys, buckets, _ansible_check_mode=True)
    failed = run(capsys, buckets)
    assert failed["failed"] is True
    assert [failure["item"] for failure in failed["failures"]] == ["one.cors", "two.quota", "two.cors"]
    assert failed["msg"].startswith("S3: cannot keep cors of one: the service does not support this; ")
    assert failed["actions"] == [
        "enable versioning of one",
        "set tags of one",
        "create bucket two",
        "enable versioning of two",
    ]
    assert [failure["item"] for failure in checked["failures"]] == ["one.cors", "two.quota"]
    assert failed["buckets"]["one"] == {"versioning": True, "tags": {"a": "1"}}


def test_a_bucket_that_holds_objects_is_kept(use: Service, capsys: pytest.CaptureFixture[str]) -> None:
    service = FakeS3({"one": {}, "two": {}})
    service.objects = {"one": {"model.pkl"}}
    use(service)
    for check in (True, False):
        buckets = [{"name": "one", "state": "absent"}, {"name": "two", "state": "absent"}]
        failed = run(capsys, buckets, _ansible_check_mode=check)
        assert failed["msg"] == "S3: cannot delete bucket one: it holds objects: delete them first, or set force_delete"
        assert failed["actions"] == ["delete bucket two"]
        assert "one" in failed["buckets"]
    assert service.objects == {"one": {"model.pkl"}}


@pytest.mark.parametrize(
    ("lock", "wanted", "reason"),
    [
        (False, True, "cannot enable object_lock of one: it exists without"),
        (True, False, "cannot disable object_lock of one: a bucket keeps it for ever"),
    ],
)
def test_object_lock_comes_with_the_bucket(
    use: Service, capsys: pytest.CaptureFixture[str], lock: bool, wanted: bool, reason: str
) -> None:
    service = FakeS3({"one": {"object_lock": {"enabled": lock}, "versioning": lock}})
    use(service)
    failed = run(capsys, [{"name": "one", "object_lock": {"enabled": wanted}, "tags": {"a": "1"}}])
    assert reason in failed["msg"]
    assert service.writes == ["set one tags"]


def test_a_field_that_the_service_forgets_is_an_error(use: Service, capsys: pytest.CaptureFixture[str]) -> None:
    service = FakeS3({"one": {}}, loses={"lifecycle"})
    use(service)
    failed = run(capsys, [{"name": "one", "lifecycle": [{"id": "a", "noncurrent_versions_kept": 3}], "tags": {"a": 1}}])
    assert failed["msg"] == "S3: lifecycle of one is not kept as it was written"
    assert failed["buckets"] == {"one": {"lifecycle": [], "tags": {"a": "1"}}}


def test_a_bucket_that_cannot_be_made_leaves_out_its_fields(use: Service, capsys: pytest.CaptureFixture[str]) -> None:
    class Full(FakeS3):
        def create_bucket(self, name: str, object_lock: bool = False) -> None:
            if name == "one":
                raise ItemError("S3: cannot create bucket one: the name belongs to another account")
            super().create_bucket(name, object_lock)

    service = Full()
    use(service)
    failed = run(capsys, [{"name": "one", "versioning": True}, {"name": "two"}])
    assert failed["failures"] == [
        {"item": "one", "msg": "S3: cannot create bucket one: the name belongs to another account"}
    ]
    assert (failed["actions"], failed["buckets"]) == (["create bucket two"], {"two": {}})


def test_a_failure_of_everything_tells_what_was_done_before_it(
    use: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    class Down(FakeS3):
        def create_bucket(self, name: str, object_lock: bool = False) -> None:
            if name == "two":
                raise ApiError("S3: cannot create bucket two: no answer")
            super().create_bucket(name, object_lock)

    use(Down())
    failed = run(capsys, [{"name": "one"}, {"name": "two"}, {"name": "three"}])
    assert (failed["msg"], failed["actions"]) == ("S3: cannot create bucket two: no answer", ["create bucket one"])


def test_the_diff_shows_only_what_is_named(use: Service, capsys: pytest.CaptureFixture[str]) -> None:
    use(FakeS3({"one": {"tags": {"a": "1"}, "versioning": True}}))
    answer = run(capsys, [{"name": "one", "tags": {"a": "2"}}, {"name": "two"}], _ansible_diff=True)
    assert answer["diff"] == {
        "before": {"buckets": {"one": {"tags": {"a": "1"}}}},
        "after": {"buckets": {"one": {"tags": {"a": "2"}}, "two": {}}},
    }


REFUSED = [
    ({"tags": {"a": True}}, "tags: a is not a text: put it into quotes"),
    ({"tags": {"a": ["b"]}}, "tags: a is not a text"),
    ({"policy": {"Statment": []}}, "policy: unknown: Statment"),
    ({"policy": {"Statement": "x"}}, "policy: Statement is a list of statements"),
    ({"policy": {"Statement": [{"Condition": {"Bool": "x"}}]}}, "policy: a Condition is like"),
    ({"lifecycle": [{"id": "a"}]}, "lifecycle a: give at least one of expiration_days"),
    ({"lifecycle": [{"id": "a", "expiration_days": 0}]}, "lifecycle a: expiration_days is at least 1"),
    (
        {"lifecycle": [{"id": "a", "expiration_days": 1}, {"id": "a", "expiration_days": 2}]},
        "lifecycle: named more than once: a",
    ),
    (
        {"lifecycle": [{"id": "a", "expiration_days": 1, "expired_delete_marker": True}]},
        "give expiration_days or expired_delete_marker",
    ),
    ({"lifecycle": [{"id": "", "expiration_days": 1}]}, "id has 1 to 255 characters"),
    ({"cors": [{"allowed_origins": [], "allowed_methods": ["GET"]}]}, "cors rule 1: allowed_origins is empty"),
    ({"encryption": {"algorithm": "AES256", "kms_key_id": "k"}}, "kms_key_id needs the algorithm aws:kms"),
    ({"object_lock": {"mode": "GOVERNANCE"}}, "mode needs either days or years"),
    ({"object_lock": {"mode": "GOVERNANCE", "days": 1, "years": 1}}, "mode needs either days or years"),
    ({"object_lock": {"mode": "GOVERNANCE", "days": 0}}, "days is at least 1"),
    ({"object_lock": {"days": 1}}, "days needs mode"),
    ({"object_lock": {"enabled": False, "mode": "GOVERNANCE", "days": 1}}, "mode needs enabled"),
    ({"object_lock": {}, "versioning": False}, "a bucket with object lock keeps all versions"),
    ({"quota": "ten"}, "quota: 'ten' is not a size like 500M or 10Gi"),
    ({"quota": "0.3"}, "quota: '0.3' is not a whole number of bytes"),
    ({"quota": "-1"}, "is not a size"),
]


@pytest.mark.parametrize(("fields", "reason"), REFUSED)
def test_what_makes_no_sense_is_refused_before_anything_is_asked(
    use: Service, capsys: pytest.CaptureFixture[str], fields: dict[str, t.Any], reason: str
) -> None:
    service = FakeS3()
    use(service)
    failed = run(capsys, [{"name": "first"}, {"name": "one", **fields}])
    assert failed["failed"] is True
    assert failed["msg"].startswith("buckets: one: ")
    assert reason in failed["msg"]
    assert (service.reads, service.writes) == ([], [])


def test_a_name_given_twice_is_refused(use: Service, capsys: pytest.CaptureFixture[str]) -> None:
    service = FakeS3()
    use(service)
    failed = run(capsys, [{"name": "one"}, {"name": "one", "state": "absent"}])
    assert "named more than once: one" in failed["msg"]
    assert service.writes == []


HOSTILE = st.one_of(
    st.text(min_size=1, max_size=100),
    st.sampled_from(["..", "a/../b", "a'b", 'a"b', "a\nb", "a\x00b", "a" * 64, "192.168.0.1", "-ab", "ab-", "a..b"]),
    st.from_regex(r"[a-z0-9.-]{1,2}", fullmatch=True),
    st.from_regex(r"[a-z]{2}[A-Z_%/ ][a-z]{2}", fullmatch=True),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=HOSTILE.filter(lambda name: not s3_buckets_would_take(name)))
def test_a_hostile_name_is_refused_in_one_line(use: Service, capsys: pytest.CaptureFixture[str], name: str) -> None:
    service = FakeS3()
    use(service)
    failed = run(capsys, [{"name": "first"}, {"name": name}])
    assert "is not a bucket name" in failed["msg"]
    assert failed["msg"].isprintable()
    assert len(failed["msg"]) < 1200
    assert (service.reads, service.writes) == ([], [])


def s3_buckets_would_take(name: str) -> bool:
    """S3's rules for names, once more and in other words."""
    parts = name.split(".")
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789-")
    fits = all(part and set(part) <= allowed and part[0] != "-" and part[-1] != "-" for part in parts)
    address = len(parts) == 4 and all(part.isdecimal() and int(part) < 256 for part in parts)
    return 3 <= len(name) <= 63 and fits and not address


def test_the_secret_key_is_never_shown(use: Service, capsys: pytest.CaptureFixture[str]) -> None:
    use(FakeS3())
    assert SECRET not in str(run(capsys, [{"name": "one"}], _ansible_diff=True, _ansible_verbosity=4))


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"endpoint_url": "s3.example.com"}, "endpoint_url: it must be an address"),
        ({"endpoint_url": "https://user:password@s3.example.com"}, "endpoint_url: it must be an address"),
        ({"endpoint_url": "https://s3.example.com/path"}, "endpoint_url: it must be an address"),
        ({"endpoint_url": "http://s3.example.com:99999"}, "endpoint_url: it must be an address"),
        (
            {"endpoint_url": "https://s3.example.com", "ca_path": "/nowhere/ca.pem"},
            "ca_path: there is no file /nowhere/ca.pem",
        ),
        ({"region": "a b"}, "cannot use http://s3.example.com"),
    ],
)
def test_an_address_that_is_none_is_refused(
    capsys: pytest.CaptureFixture[str], options: dict[str, str], reason: str
) -> None:
    failed = modules.run(s3_buckets.main, capsys, **{**CONNECTION, "buckets": [{"name": "one"}], **options})
    assert reason in failed["msg"]
    assert "password" not in failed["msg"]
