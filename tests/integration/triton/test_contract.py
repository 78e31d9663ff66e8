# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""One contract, the fake that unit tests trust and a real server: what a server says of what it is asked to load."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._triton import config, sources
from ansible_collections.baremetal.mlops.plugins.module_utils._triton.connection import place
from ansible_collections.baremetal.mlops.plugins.module_utils._triton.repository import Repository, versions
from ansible_collections.baremetal.mlops.tests.unit.fakes.triton import FakeObjects, FakeTriton
from tests.integration.triton import serving

if t.TYPE_CHECKING:
    from ansible_collections.baremetal.mlops.plugins.module_utils._s3.objects import Objects
    from ansible_collections.baremetal.mlops.plugins.module_utils._triton.client import TritonClient

REASON = "there is no weight"


@dataclasses.dataclass
class Site:
    server: TritonClient | FakeTriton
    repository: Repository
    store: Objects | FakeObjects

    def put(self, name: str, *numbers: int, start: str = "pass", **changes: t.Any) -> str:
        """A model with versions; the text of its configuration."""
        text = config.text(name, {**serving.PYTHON, **changes})
        self.repository.write(name, "config.pbtxt", sources.inline("", text.encode()))
        for number in numbers:
            data = serving.program(number, start).encode()
            self.repository.write(name, f"{number}/model.py", sources.inline("", data))
        return text

    def broken(self, name: str, *numbers: int, **changes: t.Any) -> None:
        """A model whose program fails when it is loaded."""
        self.put(name, *numbers, start=f"raise ValueError('{REASON}')", **changes)
        if isinstance(self.server, FakeTriton):
            self.server.broken[name] = REASON

    def ready(self, name: str) -> list[int | None]:
        return sorted(one.version for one in self.server.index().get(name, []) if one.ready)  # type: ignore[type-var]


@pytest.fixture(params=["fake", "real"])
def site(request: pytest.FixtureRequest) -> Site:
    if request.param == "fake":
        fake = FakeObjects()
        where = place("", "s3://models/triton")
        return Site(FakeTriton(fake, where), Repository(fake, where), fake)
    server = request.getfixturevalue("triton_server")
    store = serving.store(server)
    return Site(serving.connect(server), Repository(store, place("", server.repository)), store)


@pytest.fixture
def name() -> str:
    return serving.new_name()


def test_the_repository_is_read_as_it_was_written(site: Site, name: str) -> None:
    text = site.put(name, 1, 10)
    files = site.repository.models()[name]
    assert versions(files) == {1: ["model.py"], 10: ["model.py"]}
    assert site.repository.read(name, "config.pbtxt") == text.encode()
    assert site.repository.read(name, "nothing") is None
    program = sources.inline("", serving.program(1).encode())
    assert site.repository.same(name, "1/model.py", files["1/model.py"], program)
    assert not site.repository.same(name, "10/model.py", files["10/model.py"], program)
    site.repository.delete(name, ["1/model.py", "1/model.py"])
    assert versions(site.repository.models()[name]) == {10: ["model.py"]}


def test_a_model_has_only_a_name_before_it_is_loaded(site: Site, name: str) -> None:
    site.put(name, 1)
    assert site.server.index()[name] == []


def test_a_model_is_loaded_and_unloaded(site: Site, name: str) -> None:
    text = site.put(name, 1)
    site.server.load(name, 60)
    assert site.ready(name) == [1]
    assert site.server.digest(name) == config.digest_of(text)
    site.server.unload(name)
    assert site.ready(name) == []
    site.server.unload(name)


def test_a_new_configuration_counts_when_it_is_loaded_again(site: Site, name: str) -> None:
    old = site.put(name, 1)
    site.server.load(name, 60)
    new = site.put(name, 1, max_batch_size=4)
    assert site.server.digest(name) == config.digest_of(old)
    site.server.load(name, 60)
    assert site.server.digest(name) == config.digest_of(new)


@pytest.mark.parametrize(
    "policy", [None, {"latest": {"num_versions": 2}}, {"all": {}}, {"specific": {"versions": [1, 3]}}]
)
def test_a_policy_serves_what_we_think_it_does(site: Site, name: str, policy: dict[str, t.Any] | None) -> None:
    given: dict[str, t.Any] = {} if policy is None else {"version_policy": policy}
    site.put(name, 1, 2, 3, **given)
    site.server.load(name, 60)
    assert site.ready(name) == config.served(given, [1, 2, 3])


def test_a_model_that_is_not_there_is_refused(site: Site, name: str) -> None:
    with pytest.raises(ItemError, match=f"Triton: cannot load model {name}: failed to load '{name}', failed to poll"):
        site.server.load(name, 60)


def test_a_program_that_fails_says_why_and_is_forgotten_when_unloaded(site: Site, name: str) -> None:
    site.broken(name, 1)
    with pytest.raises(ItemError, match=REASON) as caught:
        site.server.load(name, 60)
    assert "\n" not in caught.value.msg
    assert any(REASON in one.reason for one in site.server.index()[name])
    site.server.unload(name)
    assert not any(one.ready for one in site.server.index()[name])


def test_what_is_served_goes_on_when_what_is_new_fails(site: Site, name: str) -> None:
    text = site.put(name, 1)
    site.server.load(name, 60)
    site.broken(name, 2)
    with pytest.raises(ItemError, match=REASON):
        site.server.load(name, 60)
    assert site.ready(name) == [1]
    assert site.server.digest(name) == config.digest_of(text)


def test_one_bad_model_leaves_another_alone(site: Site, name: str) -> None:
    other = serving.new_name("other")
    site.put(other, 1)
    site.server.load(other, 60)
    site.broken(name, 1)
    with pytest.raises(ItemError):
        site.server.load(name, 60)
    assert site.ready(other) == [1]
