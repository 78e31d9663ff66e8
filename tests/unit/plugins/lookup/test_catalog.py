"""The lookup over the collection's own catalog."""

from __future__ import annotations

import typing as t

import pytest
import yaml
from ansible import constants
from ansible.errors import AnsibleLookupError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

import ansible_collections.baremetal.mlops.plugins.lookup.catalog as plugin


@pytest.fixture
def lookup() -> t.Callable[..., list[dict[str, t.Any]]]:
    options = yaml.safe_load(plugin.DOCUMENTATION)["options"]
    constants.config.initialize_plugin_configuration_definitions("lookup", "catalog", options)

    def call(*terms: str, **variables: t.Any) -> list[dict[str, t.Any]]:
        module = plugin.LookupModule(templar=Templar(loader=DataLoader(), variables=variables))
        module._load_name = "catalog"
        return module.run(list(terms), variables=variables)

    return call


def test_it_reads_the_collections_catalog(lookup: t.Callable[..., list[dict[str, t.Any]]]) -> None:
    kubernetes, pause = lookup("kubernetes", "pause")
    assert kubernetes["images"]["apiserver"].endswith(f":v{kubernetes['version']}")
    assert pause["kubernetes"] == []


def test_it_knows_the_sites_pins_and_mirror(lookup: t.Callable[..., list[dict[str, t.Any]]]) -> None:
    (found,) = lookup("cilium", catalog_pins={"cilium": "9.9.9"}, platform_mirror="mirror.example.com")
    assert found["version"] == "9.9.9"
    assert found["charts"]["cilium"]["ref"].startswith("oci://mirror.example.com/")


def test_the_sites_variables_may_be_templates(lookup: t.Callable[..., list[dict[str, t.Any]]]) -> None:
    pins = trust_as_template("{{ {'cilium': number} }}")
    (found,) = lookup("cilium", catalog_pins=pins, number="9.9.9", platform_mirror=trust_as_template("m.{{ number }}"))
    assert found["version"] == "9.9.9"
    assert found["charts"]["cilium"]["ref"].startswith("oci://m.9.9.9/")


def test_it_knows_the_hosts_distribution(lookup: t.Callable[..., list[dict[str, t.Any]]]) -> None:
    (found,) = lookup("containerd", ansible_facts={"distribution": "Ubuntu", "distribution_release": "noble"})
    assert found["apt"]["uri"].endswith("/ubuntu")
    assert found["apt"]["suite"] == "noble"


def test_an_unknown_name_is_an_error_with_a_hint(lookup: t.Callable[..., list[dict[str, t.Any]]]) -> None:
    with pytest.raises(AnsibleLookupError, match="did you mean cilium"):
        lookup("cillium")


def test_the_catalog_lies_in_the_collection() -> None:
    assert plugin.CATALOG.is_file()
