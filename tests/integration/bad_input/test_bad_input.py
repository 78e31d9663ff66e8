"""Preflight refuses what cannot work, before any change, with one line that says what, where and what to do."""

from __future__ import annotations

import socket
import typing as t

import pytest

from tests.integration.bad_input import mirror, site

if t.TYPE_CHECKING:
    import pathlib

CRDS = "https://github.com/kubernetes-sigs/gateway-api/releases/download"

# What is wrong with the machine of the tests itself, under several names and without the internet.
OF_THIS_MACHINE = {
    "address",
    "cgroup",
    "cores",
    "disk",
    "hostname",
    "machine id",
    "memory",
    "os",
    "ports",
    "program",
    "swap",
    "upstream",
}

# Variables, number of control planes, and words of the line: where, what, what to do.
CASES = [
    pytest.param(
        {"minio_adress": "x"}, 1, ["no option is named minio_adress", "did you mean minio_address"], id="name"
    ),
    pytest.param(
        {"object_storage_buckets": [{"name": "mlflow", "versionning": True}]},
        1,
        ["object_storage_buckets.versionning", "state, ", "versioning", "correct the inventory"],
        id="nested name",
    ),
    pytest.param({"minio_replicas": "four"}, 1, ["minio_replicas", "four", "int", "correct the inventory"], id="type"),
    pytest.param(
        {"kubernetes_pod_subnet": "10.96.0.0/14", "kubernetes_service_subnet": "10.96.0.0/16"},
        1,
        ["kubernetes_pod_subnet 10.96.0.0/14 overlaps kubernetes_service_subnet 10.96.0.0/16", "choose networks"],
        id="networks",
    ),
    pytest.param({}, 2, ["2 control planes cannot keep a quorum", "put 1, 3 or 5 hosts"], id="quorum"),
    pytest.param(
        {"catalog_pins": {"cillium": "1"}}, 1, ["no component 'cillium'", "did you mean cilium"], id="component"
    ),
    pytest.param(
        {"catalog_pins": {"kubernetes": "1.99.0"}},
        1,
        ["cilium", "supports Kubernetes", "not 1.99.0", "pin kubernetes to one of these minors with catalog_pins"],
        id="pair",
    ),
    pytest.param({"preflight_min_disk_mb": 10**9}, 1, ["cp1", "MiB", "free"], id="disk"),
]


@pytest.mark.parametrize(("variables", "control_planes", "words"), CASES)
def test_bad_values(tmp_path: pathlib.Path, variables: dict[str, t.Any], control_planes: int, words: list[str]) -> None:
    outcome = site.preflight(tmp_path, site.make(tmp_path, control_planes, **variables))
    refused(outcome, *words)
    assert not (tmp_path / "secrets").exists(), "something was made before the refusal"


def test_these_are_the_only_reasons(tmp_path: pathlib.Path) -> None:
    """Without bad values there is nothing to say but that the machines are one machine that is no node, and offline."""
    outcome = site.preflight(tmp_path, site.make(tmp_path))
    assert {problem["check"] for problem in outcome.problems} <= OF_THIS_MACHINE, outcome.out[-3000:]


def test_an_unreachable_mirror(tmp_path: pathlib.Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    outcome = site.preflight(tmp_path, site.make(tmp_path, platform_mirror=f"127.0.0.1:{port}"))
    refused(outcome, f"127.0.0.1:{port} cannot be used", "refused", "start it")


def test_the_wrong_authority_for_the_mirror(tmp_path: pathlib.Path) -> None:
    other, _key = mirror.authority(tmp_path, "other-ca")
    with mirror.serve(tmp_path) as (address, _ca):
        outcome = site.preflight(tmp_path, site.make(tmp_path, platform_mirror=address, platform_mirror_ca=other))
    refused(outcome, f"{address} cannot be used", "certificate", "give the CA that signed it as platform_mirror_ca")


def test_a_wrong_checksum_in_the_mirror(tmp_path: pathlib.Path) -> None:
    source = f"{CRDS}/v1.2.3/standard-install.yaml"
    with mirror.serve(tmp_path) as (address, ca):
        inventory = site.make(
            tmp_path,
            platform_mirror=address,
            platform_mirror_ca=ca,
            catalog_pins={"gateway_api": "1.2.3"},
            catalog_checksums={source: f"sha256:{'0' * 64}"},
        )
        outcome = site.preflight(tmp_path, inventory)
    refused(outcome, f"{source} has digest", f"expected sha256:{'0' * 64}", "fill the mirror again")


def refused(outcome: site.Outcome, *words: str) -> None:
    """Preflight ended with an error and one line that holds all the words."""
    assert outcome.rc != 0
    assert outcome.line(*words), outcome.out[-6000:]
