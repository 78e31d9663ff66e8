# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The module preflight_report: each kind of problem is found, told in one line, and all at once."""

from __future__ import annotations

import email.message
import json
import pathlib
import time
import typing as t
import urllib.error
import urllib.request

import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils import _catalog
from ansible_collections.baremetal.mlops.plugins.module_utils._preflight import controller, mirror, model
from ansible_collections.baremetal.mlops.plugins.modules import preflight_report
from ansible_collections.baremetal.mlops.tests.unit.fakes.modules import run

ROOT = pathlib.Path(__file__).parents[4]
SITE: dict[str, t.Any] = {
    "control_planes": ["node1"],
    "addresses": {"node1": "192.0.2.11", "node2": "192.0.2.12"},
    "pod_subnet": "10.244.0.0/16",
    "service_subnet": "10.96.0.0/16",
    "endpoint": "192.0.2.11:6443",
}


def node(number: int, **change: t.Any) -> dict[str, t.Any]:
    now = time.time()
    return {
        "asked": now - 1,
        "time": now,
        "os": "debian",
        "os_version": "13",
        "cores": 8,
        "memory_mb": 32000,
        "disk_free_mb": {"/var/lib/etcd": 50000},
        "cgroup": 2,
        "swaps": [],
        "machine_id": f"id{number}",
        "hostname": f"node{number}",
        "address": f"192.0.2.1{number}",
        "is_member": False,
        "ports_taken": [],
        "endpoints": {},
        **change,
    }


def lines(site: dict[str, t.Any] | None = None, **change: t.Any) -> list[str]:
    wanted = model.Site(**{**SITE, "now": time.time(), **(site or {})})
    return [str(problem) for problem in model.problems({"node1": node(1, **change), "node2": node(2)}, wanted)]


def reached(kind: str, reason: str) -> dict[str, t.Any]:
    return {"mirror.example.com:443": {"kind": kind, "reason": reason}}


HOSTS = [
    pytest.param({"os_version": "11"}, {}, "node1: os: debian 11 is not supported", id="old Debian"),
    pytest.param({"os": "fedora"}, {}, "node1: os: fedora 13 is not supported", id="Fedora"),
    pytest.param({"cores": 1}, {}, "node1: cores: has 1, needs 2", id="cores"),
    pytest.param({"memory_mb": 900}, {}, "node1: memory: has 900 MiB, needs 1700", id="memory"),
    pytest.param({"disk_free_mb": {"/var/lib/etcd": 5}}, {}, "node1: disk: /var/lib/etcd has 5 MiB free", id="disk"),
    pytest.param({"cgroup": 1}, {}, "node1: cgroup: cgroup version 1", id="cgroup"),
    pytest.param({"swaps": ["/swap"]}, {"swap_handled": False}, "node1: swap: is on (/swap)", id="swap"),
    pytest.param({"ports_taken": [6443]}, {}, "node1: ports: 6443 are taken", id="ports"),
    pytest.param({"time": 0.0}, {}, "node1: clock: differs by", id="clock behind"),
    pytest.param({"time": time.time() + 900}, {}, "node1: clock: differs by", id="clock ahead"),
    pytest.param({"machine_id": "id2"}, {}, "node1: machine id: id2 is also that of node2", id="machine id"),
    pytest.param({"hostname": "node2"}, {}, "node1: hostname: node2 is also that of node2", id="hostname"),
    pytest.param({"address": "192.0.2.12"}, {}, "node1: address: 192.0.2.12 is also that of node2", id="address"),
    pytest.param(
        {"endpoints": reached("certificate", "self-signed certificate")},
        {"mirror": "mirror.example.com:443"},
        "node1: mirror: mirror.example.com:443 answers with a certificate that is not trusted",
        id="wrong CA",
    ),
    pytest.param(
        {"endpoints": reached("connect", "timed out")},
        {"mirror": "mirror.example.com:443"},
        "node1: mirror: mirror.example.com:443 cannot be reached (timed out)",
        id="unreachable mirror",
    ),
    pytest.param(
        {"endpoints": reached("name", "Name or service not known")},
        {},
        "node1: upstream: the name mirror.example.com:443 is not known",
        id="unknown name",
    ),
    pytest.param({}, {"control_planes": ["node1", "node2"], "vip": "192.0.2.10"}, "site: control plane: 2", id="even"),
    pytest.param({}, {"control_planes": ["a", "b", "c"]}, "site: control plane: 3 control planes, but no", id="no VIP"),
    pytest.param(
        {}, {"vip": "192.0.2.10"}, "site: control plane: platform_api_endpoint 192.0.2.11:6443", id="endpoint"
    ),
    pytest.param({}, {"service_subnet": "10.244.1.0/24"}, "site: networks: kubernetes_pod_subnet", id="overlap"),
    pytest.param(
        {}, {"pod_subnet": "192.0.2.0/24"}, "site: networks: kubernetes_pod_subnet 192.0.2.0/24 holds", id="own"
    ),
    pytest.param({}, {"pod_subnet": "10.244.0.1/16"}, "site: networks: kubernetes_pod_subnet is not", id="host bits"),
    pytest.param(
        {}, {"addresses": {"a": "1", "b": "1"}}, "a: inventory: ansible_host 1 is also that of b", id="double"
    ),
]


def test_the_virtual_address_is_nobodys_own() -> None:
    (line,) = lines({"vip": "192.0.2.12", "endpoint": "192.0.2.12:8443"})
    assert line == "site: control plane: api_endpoint_vip 192.0.2.12 is the address of node2: use a free one"


def test_a_good_site_has_no_problem() -> None:
    assert lines() == []
    assert lines({"cgroup_v1_allowed": True}, cgroup=1, swaps=["/swap"], is_member=True, ports_taken=[6443]) == []


@pytest.mark.parametrize(("change", "site", "line"), HOSTS)
def test_each_problem_is_one_line(change: dict[str, t.Any], site: dict[str, t.Any], line: str) -> None:
    found = lines(site, **change)
    assert found
    assert found[0].startswith(line)
    assert "\n" not in found[0]


def test_a_host_that_is_not_reached_is_a_problem() -> None:
    found = model.problems({"node1": None}, model.Site(**SITE))
    assert str(found[0]).startswith("node1: reach: cannot be reached over SSH")


def test_unknown_variables_are_told_with_the_nearest_name() -> None:
    names = {
        "node1": ["kubernetes_pod_subnets", "ansible_host", "lab_state", "platform_miror", "__x"],
        "node2": ["kubernetes_pod_subnets", "kuberntes_endpoint"],
    }
    known = ["kubernetes_pod_subnet", "kubernetes_endpoint", "platform_mirror"]
    found = [str(problem) for problem in model.unknown_variables(names, known, ["kubernetes", "platform"])]
    assert found == [
        "site: variables: no option is named kubernetes_pod_subnets: did you mean kubernetes_pod_subnet?",
        "node2: variables: no option is named kuberntes_endpoint: did you mean kubernetes_endpoint?",
        "node1: variables: no option is named platform_miror: did you mean platform_mirror?",
    ]


CATALOG = {
    "a": {
        "version": "1.2.3",
        "images": {"a": "quay.io/x/a:v{version}"},
        "charts": {"a": {"repository": "https://charts.example.com/x", "name": "a", "version": "{version}"}},
        "files": {"a": "https://files.example.com/a-{version}.yaml"},
        "apt": {"name": "a", "uri": "https://apt.example.com", "key": "https://k", "suite": "/", "components": []},
        "packages": {"a-tool": "{version}-*"},
    }
}
INDEX = "Package: a-tool\nVersion: 1.2.3-1\nFilename: ./a-tool_1.deb\nSHA256: 00ff\n"
CONTENT: dict[str, tuple[dict[str, str], bytes]] = {
    "https://m/v2/quay.io/x/a/manifests/v1.2.3": ({"Docker-Content-Digest": "sha256:11"}, b""),
    "https://m/v2/charts.example.com/x/a/manifests/1.2.3": ({"Docker-Content-Digest": "sha256:22"}, b""),
    "https://m/files/files.example.com/a-1.2.3.yaml": ({}, b"kind: A"),
    "https://m/deb/a/Packages": ({}, INDEX.encode()),
}


def ask(content: dict[str, t.Any], checksums: dict[str, str]) -> list[str]:
    site = _catalog.Site(mirror="m", checksums=checksums)

    def fetch(request: urllib.request.Request) -> tuple[t.Mapping[str, str], bytes]:
        if request.full_url not in content:
            raise urllib.error.HTTPError(request.full_url, 404, "Not Found", email.message.Message(), None)
        headers, body = content[request.full_url]
        return headers, body

    found = [problem for item in mirror.artifacts(CATALOG, site) for problem in mirror.judge(item, checksums, fetch)]
    return [str(problem) for problem in found]


def test_a_full_mirror_has_no_problem() -> None:
    right = {"quay.io/x/a:v1.2.3": "sha256:11", "deb/a/a-tool_1.deb": "sha256:00ff"}
    assert ask(CONTENT, right) == []


@pytest.mark.parametrize("address", CONTENT)
def test_what_the_mirror_lacks_is_named(address: str) -> None:
    rest = {url: answer for url, answer in CONTENT.items() if url != address}
    (line,) = ask(rest, {})
    assert line.startswith("mirror: content: lacks")


@pytest.mark.parametrize(
    "name",
    [
        "quay.io/x/a:v1.2.3",
        "charts.example.com/x/a:1.2.3",
        "https://files.example.com/a-1.2.3.yaml",
        "deb/a/a-tool_1.deb",
    ],
)
def test_what_was_changed_in_the_mirror_is_named(name: str) -> None:
    (line,) = ask(CONTENT, {name: "sha256:" + "0" * 64})
    assert line.startswith("mirror: checksum: ")
    assert "expected sha256:000" in line


def test_another_version_of_a_package_is_not_enough() -> None:
    content = {**CONTENT, "https://m/deb/a/Packages": ({}, INDEX.replace("1.2.3-1", "1.2.4-1").encode())}
    (line,) = ask(content, {})
    assert "lacks package a-tool in version 1.2.3-*" in line


def test_all_problems_come_in_one_report(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "reports/preflight.json"
    answer = run(
        preflight_report.main,
        capsys,
        nodes={"node1": node(1, cores=1), "node2": node(2, memory_mb=1), "node3": {}},
        site=SITE,
        collection=str(ROOT),
        variables={"node1": ["kubernetes_pod_subnets"]},
        values={"node1": ["wrong"], "node2": ["wrong"]},
        pins={"cilim": "1", "kubernetes": "1.99.0"},
        report=str(report),
    )
    assert answer["failed"] is True
    text = answer["msg"]
    for part in ("node1: cores", "node2: memory", "node3: reach", "node1, node2: variables: wrong", "'cilim'", "1.99"):
        assert part in text
    written = json.loads(report.read_text())
    assert written["ok"] is False
    assert len(written["problems"]) == len(answer["problems"]) == text.count("\n")


@pytest.fixture
def helm(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """The only program on the PATH."""
    program = tmp_path / "bin/helm"
    program.parent.mkdir()
    program.write_text("")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    return program


def test_a_good_site_passes(helm: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert helm.exists()
    answer = run(preflight_report.main, capsys, nodes={"node1": node(1)}, site=SITE, collection=str(ROOT))
    assert (answer["changed"], answer["problems"]) == (False, [])


def test_what_the_controller_lacks_is_told(helm: pathlib.Path) -> None:
    assert controller.programs() == {"helm": True}
    helm.unlink()
    names = controller.libraries("# for clients\nPyYAML==6.0.3\nnever-made[binary]>=1  # why\n\nnor-this\n")
    assert names == ["PyYAML", "never-made", "nor-this"]
    program, library = map(str, controller.problems(controller.installed(names), controller.programs()))
    assert program.startswith("controller: program: helm is missing: install helm")
    assert library.startswith("controller: library: the Python libraries never-made, nor-this are missing: pip install")
    one = controller.problems({"boto3": False}, {"helm": True})
    assert [problem.what for problem in one] == ["the Python library boto3 is missing"]
