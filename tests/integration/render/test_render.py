"""All templates and values of all roles render for each inventory, without a host, a cluster or the network."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
import yaml

from tests.integration.render import objects, rehearsal

ROOT = rehearsal.ROOT
INVENTORIES = sorted(path.parent.name for path in ROOT.glob("inventories/*/hosts.yml"))


@pytest.fixture(scope="module", params=INVENTORIES)
def records(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[rehearsal.Record]:
    folder = tmp_path_factory.mktemp(request.param)
    secrets = folder / "secrets"
    secrets.mkdir(mode=0o700)
    for name in ("site-ca.key", "site-ca.pem", "mirror-ca.pem"):
        (secrets / name).write_text(f"{name} of a rehearsal\n")
    (folder / "kubeconfig").write_text("{}\n")
    extra: dict[str, t.Any] = {
        "platform_secrets_dir": str(secrets),
        "platform_kubeconfig": str(folder / "kubeconfig"),
        "catalog_checksums": {},
    }
    if request.param.startswith("lab"):
        extra |= {"platform_mirror_ca": str(secrets / "mirror-ca.pem"), "lab_state": str(folder)}
    return rehearsal.run(folder, request.param, extra)


def test_every_role_takes_part(records: list[rehearsal.Record]) -> None:
    roles = {path.parent.parent.name for path in ROOT.glob("roles/*/tasks/main.yml")}
    silent = roles - {record.role for record in records}  # api_endpoint is for several control planes
    assert silent <= {"preflight", "api_endpoint"}


def test_no_argument_is_undefined(records: list[rehearsal.Record]) -> None:
    wrong = [f"{record.role}: {record.task}{place}" for record in records for place in objects.unfinished(record.args)]
    assert not wrong


def test_objects_are_whole(records: list[rehearsal.Record]) -> None:
    found = list(objects.applied(records))
    assert len(found) > 40
    wrong = [
        f"{task}: {objects.identity(item)}"
        for task, item in found
        if not (item.get("apiVersion") and item.get("kind") and item.get("metadata", {}).get("name"))
    ]
    wrong += [
        f"{task}: {place}" for task, item in found for place in objects.unfinished(item, objects.identity(item)[3])
    ]
    wrong += [f"{task}: {objects.identity(item)}{place}" for task, item in found for place in objects.missing(item)]
    assert not wrong


def test_no_object_is_wanted_in_two_ways(records: list[rehearsal.Record]) -> None:
    wanted: dict[tuple[str, ...], dict[str, set[str]]] = {}
    for task, item in objects.applied(records):
        wanted.setdefault(objects.identity(item), {}).setdefault(json.dumps(item, sort_keys=True), set()).add(task)
    assert not {name: list(ways.values()) for name, ways in wanted.items() if len(ways) > 1}


def test_images_are_those_of_the_catalog(records: list[rehearsal.Record]) -> None:
    catalog = yaml.safe_load((ROOT / "catalog/components.yml").read_text())
    names = {ref.rpartition(":")[0] for entry in catalog.values() for ref in entry.get("images", {}).values()}
    found = {image for _task, item in objects.applied(records) for image in objects.images(item)}
    assert found
    assert not {image for image in found if image.partition("@")[0].rpartition(":")[0] not in names}


def test_files_for_nodes_are_readable(records: list[rehearsal.Record]) -> None:
    """What goes to nodes as YAML is YAML, and nothing that was not templated goes there."""
    files = [file for record in records for file in _files(record)]
    assert files
    for path, content in files:
        assert content.strip(), path
        if pathlib.Path(path).suffix in {".yml", ".yaml"}:
            assert list(yaml.safe_load_all(content)), path


def _files(record: rehearsal.Record) -> list[tuple[str, str]]:
    if "dest" in record.args and "content" in record.args:
        return [(record.args["dest"], record.args["content"])]
    return [(file["path"], file["content"]) for file in record.args.get("files", []) if "content" in file]
