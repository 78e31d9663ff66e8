"""What Ansible does not check: specs equal defaults, inventories use known names, each thing is in its one place."""

from __future__ import annotations

import os
import pathlib
import re
import typing as t

import pytest
import yaml

from tests.unit import specs

if t.TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = specs.ROOT
ALL_ROLES = sorted(path for path in (ROOT / "roles").iterdir() if path.is_dir())
# Roles that other roles import as a part of their own: they have neither tags nor a proof of their own.
PARTS = {"kube_chart", "kube_namespace"}
# The role that checks the inventory: it describes and reads the collection-wide variables.
CHECKER = "preflight"
TEXT = {".cfg", ".j2", ".json", ".md", ".py", ".service", ".toml", ".txt", ".yaml", ".yml", ".conf", ".sh", ""}

each_role = pytest.mark.parametrize("role", ALL_ROLES, ids=lambda role: role.name)
each_spec = pytest.mark.parametrize("role", specs.ROLES, ids=lambda role: role.name)
each_inventory = pytest.mark.parametrize("inventory", specs.INVENTORIES, ids=lambda path: path.name)


def files(*folders: str) -> Iterator[pathlib.Path]:
    """Text files below some folders of the checkout."""
    for folder in folders:
        for place, _names, names in os.walk(ROOT / folder):
            if "__pycache__" not in place:
                yield from (
                    path for path in (pathlib.Path(place) / name for name in sorted(names)) if path.suffix in TEXT
                )


def lines(*folders: str) -> Iterator[tuple[str, str]]:
    """Place (file:line) and text of each line below some folders."""
    for path in files(*folders):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            yield f"{path.relative_to(ROOT)}:{number}", line


# Roles


@each_role
@pytest.mark.parametrize(
    "name",
    ["README.md", "defaults/main.yml", "meta/argument_specs.yml", "meta/main.yml", "tasks/main.yml"],
)
def test_a_role_has_the_skeleton(role: pathlib.Path, name: str) -> None:
    assert (role / name).is_file()


@each_role
def test_a_role_depends_on_no_other(role: pathlib.Path) -> None:
    assert specs.load(role / "meta/main.yml")["dependencies"] == []


@each_role
def test_the_first_task_file_is_a_table_of_contents(role: pathlib.Path) -> None:
    tasks = specs.load(role / "tasks/main.yml")
    imported = []
    for task in tasks:
        (name,) = {key for key in task if key.startswith("ansible.builtin.")}
        assert name == "ansible.builtin.import_tasks", task
        stem = pathlib.Path(task[name]).stem
        imported.append(stem)
        if role.name not in PARTS:
            assert task["tags"][0] == role.name, task
            assert all(tag.startswith(f"{role.name}_") for tag in task["tags"][1:]), task
            assert f"{role.name}_{stem}" in task["tags"] or len(task["tags"]) > 2, task
    others = {path.stem for path in (role / "tasks").glob("*.yml")} - {"main"}
    assert set(imported) <= others
    if role.name not in PARTS and "validate" in others:
        assert imported[0] == "validate"
    if role.name not in PARTS and "verify" in others:
        assert imported[-1] == "verify"


@each_role
def test_task_files_are_short_and_flat(role: pathlib.Path) -> None:
    assert not [path.name for path in (role / "tasks").iterdir() if not path.is_file()]
    assert not {
        path.name: size for path in role.glob("tasks/*.yml") if (size := len(path.read_text().splitlines())) >= 100
    }


@each_role
def test_each_task_is_named_after_its_file(role: pathlib.Path) -> None:
    wrong = []
    for path in role.glob("tasks/*.yml"):
        if path.stem != "main":
            names = [task.get("name", "") for task in _flat(specs.load(path))]
            wrong += [f"{path.name}: {name}" for name in names if not name.startswith(f"{path.stem} | ")]
    assert not wrong


@each_spec
def test_spec_and_defaults_say_the_same(role: pathlib.Path) -> None:
    in_spec = {name: option["default"] for name, option in specs.options(role).items() if "default" in option}
    assert in_spec == specs.load(role / "defaults/main.yml")


@each_spec
def test_options_belong_to_the_role_and_are_described_to_the_leaves(role: pathlib.Path) -> None:
    shared = specs.COLLECTION_WIDE if role.name == CHECKER else {}
    assert not [name for name in specs.options(role) if not name.startswith(f"{role.name}_") and name not in shared]
    assert not list(_undescribed(specs.options(role), role.name))


@each_spec
def test_defaults_have_the_types_of_the_spec(role: pathlib.Path) -> None:
    found = [
        line
        for name, option in specs.options(role).items()
        if "default" in option
        for line in specs.problems(option["default"], option, name)
    ]
    assert not found


@each_spec
def test_required_options_have_no_default(role: pathlib.Path) -> None:
    assert not [name for name, option in specs.options(role).items() if option.get("required") and "default" in option]


# Lists that a role hands to a module as they are: option of the role, module and its option.
HANDED_ON = {
    "object_storage_buckets": ("s3_buckets", "buckets"),
    "object_storage_users": ("s3_users", "users"),
    "database_roles": ("postgresql_databases", "roles"),
    "database_databases": ("postgresql_databases", "databases"),
    "model_registry_experiments": ("mlflow_registry", "experiments"),
    "model_registry_models": ("mlflow_registry", "models"),
    "model_serving_models": ("model_rollout", "models"),
    "triton_models": ("triton_models", "models"),
}


@pytest.mark.parametrize("name", HANDED_ON)
def test_items_of_a_role_are_those_of_its_module(name: str) -> None:
    module, option = HANDED_ON[name]
    assert _shape(specs.known()[name]) == _shape(specs.module_options(module)[option])


def _shape(option: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """What may be given, without the words about it. A role's defaults of items would have no effect: it has none."""
    shape = {key: option[key] for key in ("type", "elements", "choices") if key in option}
    inner = option.get("options") or option.get("suboptions") or {}
    return {**shape, "options": {name: _shape(item) for name, item in inner.items()}}


def _flat(tasks: list[dict[str, t.Any]]) -> Iterator[dict[str, t.Any]]:
    for task in tasks:
        yield task
        for part in ("block", "rescue", "always"):
            yield from _flat(task.get(part, []))


def _undescribed(options: t.Mapping[str, t.Any], where: str) -> Iterator[str]:
    for name, option in options.items():
        place = f"{where}.{name}"
        if not option.get("description"):
            yield f"{place}: no description"
        if "type" not in option:
            yield f"{place}: no type"
        if option.get("type") == "list" and "elements" not in option:
            yield f"{place}: no elements"
        yield from _undescribed(option.get("options", {}), place)


# Inventories


@each_inventory
def test_inventory_variables_are_known(inventory: pathlib.Path) -> None:
    """Or are a shorthand that another variable of the same inventory reads."""
    found = list(specs.variables(inventory))
    text = "\n".join(yaml.safe_dump(value) for _place, _name, value in found)
    unknown = [
        f"{place}: {name}"
        for place, name, _value in found
        if name not in specs.known() and not name.startswith("ansible_") and not re.search(rf"\b{name}\b", text)
    ]
    assert not unknown


@each_inventory
def test_inventory_values_fit_the_specs(inventory: pathlib.Path) -> None:
    found = [
        f"{place}: {line}"
        for place, name, value in specs.variables(inventory)
        if name in specs.known()
        for line in specs.problems(value, specs.known()[name], name)
    ]
    assert not found


@each_inventory
def test_inventory_files_are_named_after_their_role(inventory: pathlib.Path) -> None:
    wrong = [
        f"{place}: {name}"
        for place, name, _value in specs.variables(inventory)
        if (ROOT / "roles" / pathlib.Path(place).stem).is_dir() and not name.startswith(f"{pathlib.Path(place).stem}_")
    ]
    assert not wrong


@each_inventory
def test_inventory_pins_are_entries_of_the_catalog(inventory: pathlib.Path) -> None:
    catalog = specs.load(ROOT / "catalog/components.yml")
    pins = [value for _place, name, value in specs.variables(inventory) if name == "catalog_pins"]
    assert not [entry for value in pins for entry in value if entry not in catalog]


def test_a_typo_is_found() -> None:
    option = {"type": "list", "elements": "dict", "options": {"name": {"type": "str", "required": True}}}
    found = list(specs.problems([{"nmae": "a"}, "b"], option, "pools"))
    assert found[0] == "pools[0].nmae: unknown; did you mean name?"
    assert found[1:] == ["pools[0].name: missing", "pools[1]: 'b' is not of type dict"]


# Each thing in its one place


READING = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|^\s*(?:when|that|until|loop|failed_when|changed_when):.*")


def test_collection_wide_variables_are_read_in_defaults_only() -> None:
    """A message may name one."""
    found = []
    for place, line in lines("roles"):
        role, folder = place.split("/")[1:3]
        if role != CHECKER and folder not in {"defaults", "meta"}:
            found += [place for text in READING.findall(line) if specs.SHARED.search(text)]
    assert not found


def test_check_mode_is_decided_in_one_file() -> None:
    read = re.compile(r"\.check_mode\b")
    found = {
        place.split(":")[0] for place, line in lines("plugins/modules", "plugins/module_utils") if read.search(line)
    }
    assert found == {"plugins/module_utils/_reconcile.py"}


def test_each_module_has_a_unit_test() -> None:
    modules = {path.stem for path in (ROOT / "plugins/modules").glob("*.py")}
    tested = {path.stem.removeprefix("test_") for path in (ROOT / "tests/unit/plugins/modules").glob("test_*.py")}
    assert modules <= tested


# Versions

VERSION = re.compile(
    r"(?<![\w.:/-])v?\d+\.\d+\.\d+(?![\w]*\.\d)|RELEASE\.\d{4}-|(?<=[\w/]:)v?\d+\.\d+[\w.-]*(?=[\"'\s]|$)"
)
# Addresses, also made ones (10.0.0.{number}), and examples in documentation (`1.2.3`).
ADDRESS = re.compile(r"\d+\.\d+\.\d+\.(\d+|\{)(/\d+)?(:\d+)?|`[^`]*`")
# Not versions of components: when an option came, what a person's tools need at least, and examples in documentation.
ALLOWED_LINE = re.compile(r"version_added:|min_ansible_version:|requires_ansible:|^\s*sample:|^\s*\"\"\"")
# The lab's builder names versions of Go modules that replace others in a build: not components, but their dependencies.
ALLOWED_FOLDER = re.compile(r"^lab/builder/(recipes|modules)/")
# Where an inventory may name versions.
PINS = {"catalog_pins", "catalog_checksums"}


def test_versions_are_recognised() -> None:
    for text in ("1.35.4", "v1.35.4", 'image: "x.example/y:1.37"', "minio:RELEASE.2026-09-03T13-18-01Z", "x: 3.6.6-0"):
        assert VERSION.search(ADDRESS.sub("", text)), text
    for text in (
        "10.90.0.11",
        "192.0.2.0/24",
        "0.0.0.0:8080",
        "apiVersion: v1",
        "ports: 10:30",
        "kubeadm.k8s.io/v1beta4",
        "1.35",
    ):
        assert not VERSION.search(ADDRESS.sub("", text)), text


def test_versions_are_in_the_catalog_only() -> None:
    found = [
        f"{place}: {line.strip()}"
        for place, line in lines("roles", "playbooks", "lab", "plugins", "molecule", ".config")
        if VERSION.search(ADDRESS.sub("", line)) and not ALLOWED_LINE.search(line) and not ALLOWED_FOLDER.search(place)
    ]
    assert not found


@each_inventory
def test_an_inventory_names_versions_as_pins_only(inventory: pathlib.Path) -> None:
    found = [
        f"{place}: {name}"
        for place, name, value in specs.variables(inventory)
        if name not in PINS and VERSION.search(ADDRESS.sub("", yaml.safe_dump(value)))
    ]
    assert not found


def test_images_are_named_in_the_catalog_only() -> None:
    """No file but the catalog names a registry's image, whatever its tag."""
    entries = specs.load(ROOT / "catalog/components.yml").values()
    names = {ref.rpartition(":")[0] for entry in entries for ref in entry.get("images", {}).values()}
    found = [
        f"{place}: {name}"
        for place, line in lines("roles", "playbooks", "plugins", "molecule", "inventories")
        for name in names
        if name in line
    ]
    assert not found
