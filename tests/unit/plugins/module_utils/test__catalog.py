"""The bill of materials as roles see it: pins, checksums, the mirror rule, and what is refused."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils import _catalog
from ansible_collections.baremetal.mlops.plugins.module_utils._errors import CatalogError

CATALOG: dict[str, t.Any] = {
    "kubernetes": {
        "version": "1.35.9",
        "kubernetes": ["1.35"],
        "images": {"apiserver": "registry.example/kube-apiserver:v{version}"},
        "apt": {
            "name": "kubernetes",
            "uri": "https://pkgs.example/stable:/v{minor}/deb",
            "key": "https://pkgs.example/stable:/v{minor}/deb/Release.key",
            "suite": "/",
            "components": [],
        },
        "packages": {"kubelet": "{version}-*"},
    },
    "containerd": {
        "version": "2.3.7",
        "kubernetes": ["1.35", "1.36"],
        "apt": {
            "name": "docker",
            "uri": "https://download.example/linux/{distribution}",
            "key": "https://download.example/linux/{distribution}/gpg",
            "suite": "{release}",
            "components": ["stable"],
        },
    },
    "cilium": {
        "version": "1.20.3",
        "kubernetes": ["1.35"],
        "charts": {"cilium": {"repository": "https://helm.example", "name": "cilium", "version": "{version}"}},
    },
    "cert_manager": {
        "version": "1.21.2",
        "kubernetes": ["1.35"],
        "charts": {
            "cert_manager": {"repository": "oci://quay.example/charts", "name": "cert-manager", "version": "v{version}"}
        },
    },
    "gateway_api": {
        "version": "1.4.1",
        "files": {"crds": "https://files.example/releases/v{version}/install.yaml"},
    },
}
CRDS = "https://files.example/releases/v1.4.1/install.yaml"


def resolve(name: str, **site: t.Any) -> dict[str, t.Any]:
    return _catalog.resolve(CATALOG, name, _catalog.Site(**site))


def test_an_entry_without_artifacts_has_empty_ones() -> None:
    found = resolve("gateway_api")
    assert (found["name"], found["version"]) == ("gateway_api", "1.4.1")
    assert (found["images"], found["charts"], found["apt"], found["packages"]) == ({}, {}, {}, {})


def test_a_pin_moves_everything_that_is_named_by_the_version() -> None:
    found = resolve("kubernetes", pins={"kubernetes": "1.36.0"})
    assert found["version"] == "1.36.0"
    assert found["images"] == {"apiserver": "registry.example/kube-apiserver:v1.36.0"}
    assert found["packages"] == {"kubelet": "1.36.0-*"}
    assert found["apt"]["uri"] == "https://pkgs.example/stable:/v1.36/deb"


def test_a_pin_of_another_entry_changes_nothing() -> None:
    assert resolve("cilium", pins={"kubernetes": "1.36.0"}) == resolve("cilium")


CHARTS = [
    pytest.param("cilium", "", {"ref": "cilium", "repo": "https://helm.example", "version": "1.20.3"}, id="https"),
    pytest.param(
        "cert_manager",
        "",
        {"ref": "oci://quay.example/charts/cert-manager", "repo": "", "version": "v1.21.2"},
        id="oci",
    ),
    pytest.param(
        "cilium", "m:5", {"ref": "oci://m:5/helm.example/cilium", "repo": "", "version": "1.20.3"}, id="https, mirror"
    ),
    pytest.param(
        "cert_manager",
        "m:5",
        {"ref": "oci://m:5/quay.example/charts/cert-manager", "repo": "", "version": "v1.21.2"},
        id="oci, mirror",
    ),
]


@pytest.mark.parametrize(("name", "mirror", "chart"), CHARTS)
def test_charts(name: str, mirror: str, chart: dict[str, str]) -> None:
    assert resolve(name, mirror=mirror)["charts"][name] == {**chart, "sha256": ""}


def test_files_come_from_upstream_or_the_mirror() -> None:
    assert resolve("gateway_api")["files"]["crds"] == {"url": CRDS, "source": CRDS, "sha256": ""}
    found = resolve("gateway_api", mirror="m:5", checksums={CRDS: "sha256:abc"})["files"]["crds"]
    assert found == {
        "url": "https://m:5/files/files.example/releases/v1.4.1/install.yaml",
        "source": CRDS,
        "sha256": "abc",
    }


def test_an_apt_repository_is_the_hosts_own_or_flat_on_the_mirror() -> None:
    assert resolve("containerd", distribution="ubuntu", release="noble")["apt"] == {
        "name": "docker",
        "uri": "https://download.example/linux/ubuntu",
        "key": "https://download.example/linux/ubuntu/gpg",
        "suite": "noble",
        "components": ["stable"],
    }
    assert resolve("containerd", mirror="m:5")["apt"] == {
        "name": "docker",
        "uri": "https://m:5/deb/docker/",
        "key": "https://m:5/deb/docker/Release.key",
        "suite": "/",
        "components": [],
    }


def test_image_names_never_change() -> None:
    assert resolve("kubernetes", mirror="m:5")["images"] == resolve("kubernetes")["images"]


def test_an_unknown_name_gets_the_nearest_one_as_a_hint() -> None:
    with pytest.raises(CatalogError, match="no component 'cillium': did you mean cilium"):
        resolve("cillium")
    with pytest.raises(CatalogError, match=r"known are cert_manager, cilium"):
        resolve("zzz")


def test_pins_that_fit_have_no_problems() -> None:
    assert _catalog.problems(CATALOG, {}) == []
    assert _catalog.problems(CATALOG, {"kubernetes": "1.35.4", "cilium": "1.20.2"}) == []


def test_each_problem_is_one_line_with_what_to_do() -> None:
    found = _catalog.problems(CATALOG, {"kubernetes": "1.36.1", "cillium": "1"})
    assert found[0].startswith("catalog: there is no component 'cillium': did you mean cilium?")
    assert [line.split()[1] for line in found[1:]] == ["kubernetes", "cilium", "cert_manager"]
    assert all("not 1.36.1: pin kubernetes" in line for line in found[1:])
    assert not any("\n" in line for line in found)
