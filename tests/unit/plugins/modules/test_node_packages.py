# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The module node_packages over packages in memory, and apt's arguments."""

from __future__ import annotations

import fnmatch
import typing as t

import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import HostError
from ansible_collections.baremetal.mlops.plugins.module_utils._node.apt import Apt
from ansible_collections.baremetal.mlops.plugins.module_utils._node.packages import Package
from ansible_collections.baremetal.mlops.plugins.modules import node_packages
from ansible_collections.baremetal.mlops.tests.unit.fakes.modules import four_claims, run

if t.TYPE_CHECKING:
    from ansible_collections.baremetal.mlops.plugins.module_utils._node.files import File

REPOSITORY = {"name": "kube", "uri": "https://m/deb/kube/", "key": "https://m/key", "suite": "/", "components": []}
SOURCE = "/etc/apt/sources.list.d/kube.sources"
KUBE = {"kubeadm": "1.35.4-*", "kubelet": "1.35.4-*"}


class FakeApt:
    def __init__(self, **packages: Package) -> None:
        self.packages = packages
        self.files: dict[str, File] = {}
        self.available = {"kubeadm": "1.35.4-1", "kubelet": "1.35.4-1", "curl": "8"}

    def read(self, path: str) -> File | None:
        return self.files.get(path)

    def write(self, file: File) -> None:
        self.files[file.path] = file

    def fetch(self, url: str) -> str:
        return f"key of {url}"

    def installed(self, names: t.Sequence[str]) -> dict[str, Package]:
        return {name: self.packages[name] for name in names if name in self.packages}

    def install(self, packages: t.Mapping[str, str], source: str) -> None:
        assert source in ("", *self.files)
        for name, pattern in packages.items():
            assert fnmatch.fnmatch(self.available[name], pattern or "*")
            self.packages[name] = Package(self.available[name])

    def hold(self, names: t.Sequence[str]) -> None:
        for name in names:
            self.packages[name] = Package(self.packages[name].version, held=True)


def use(monkeypatch: pytest.MonkeyPatch, apt: FakeApt) -> FakeApt:
    monkeypatch.setattr(node_packages, "Apt", lambda _run: apt)
    return apt


def test_a_bare_host(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    apt = use(monkeypatch, FakeApt())
    assert four_claims(node_packages.main, capsys, packages=KUBE, repository=REPOSITORY, hold=True) == [
        "fetch https://m/key",
        f"write {SOURCE}",
        "install kubeadm=1.35.4-*, kubelet=1.35.4-*",
        "hold kubeadm, kubelet",
    ]
    assert apt.files[SOURCE].content.splitlines()[1:] == [
        "Types: deb",
        "URIs: https://m/deb/kube/",
        "Suites: /",
        "Signed-By: /etc/apt/keyrings/kube.asc",
    ]


def test_only_what_is_missing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    use(monkeypatch, FakeApt(kubeadm=Package("1.35.4-1", held=True), kubelet=Package("1.34.0-1", held=True)))
    assert four_claims(node_packages.main, capsys, packages=KUBE, hold=True) == [
        "install kubelet=1.35.4-*",
        "hold kubelet",
    ]


def test_a_hold_that_was_taken_away_is_seen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(monkeypatch, FakeApt(kubeadm=Package("1.35.4-1", held=True), kubelet=Package("1.35.4-1")))
    assert four_claims(node_packages.main, capsys, packages=KUBE, hold=True) == ["hold kubelet"]


def test_any_version_will_do(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    use(monkeypatch, FakeApt(curl=Package("7")))
    assert run(node_packages.main, capsys, packages={"curl": ""})["changed"] is False


def test_dpkg_and_apt_are_asked_so() -> None:
    calls: list[list[str]] = []

    def command(argv: list[str], **_more: t.Any) -> tuple[int, str, str]:
        calls.append(argv)
        shown = "a\t1\thold\tinstalled\nb\t2\tinstall\tinstalled\nc\t3\tdeinstall\tconfig-files\n"
        return 0, shown if argv[0] == "dpkg-query" else "", ""

    apt = Apt(command)
    assert apt.installed(["a", "b", "c", "d"]) == {"a": Package("1", held=True), "b": Package("2")}
    apt.install({"a": "1-*"}, SOURCE)
    assert f"--option=Dir::Etc::SourceList={SOURCE}" in calls[1]
    assert calls[2][-1] == "a=1-*"
    assert not [argument for argument in calls[2] if "SourceList" in argument]


def test_apts_failure_is_one_line() -> None:
    apt = Apt(lambda _argv, **_more: (100, "", "Reading lists\nE: Unable to locate package nosuch\n"))
    with pytest.raises(HostError, match=r"^apt-get fails: E: Unable to locate package nosuch$"):
        apt.install({"nosuch": ""}, "")
