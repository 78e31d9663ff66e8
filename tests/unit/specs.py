"""Argument specs and inventories of this checkout as data, and what is wrong with a value."""

from __future__ import annotations

import difflib
import functools
import os
import pathlib
import re
import typing as t

import yaml

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = pathlib.Path(__file__).parents[2]
ROLES = sorted(path.parent.parent for path in ROOT.glob("roles/*/meta/argument_specs.yml"))
INVENTORIES = sorted(path.parent for path in ROOT.glob("inventories/*/hosts.yml"))
# Names that every role may read in its defaults, and nowhere else.
SHARED = re.compile(r"\bplatform_(?!verify\b|verify_|summary\b)[a-z_]+")
COLLECTION_WIDE = {
    **{
        name: {"type": "str"}
        for path in ROOT.glob("roles/*/defaults/main.yml")
        for name in SHARED.findall(path.read_text())
    },
    "catalog_pins": {"type": "dict"},
    "catalog_checksums": {"type": "dict"},
}
TYPES: dict[str, tuple[type, ...]] = {
    "str": (str, int, float),
    "path": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "list": (list,),
    "dict": (dict,),
    "raw": (object,),
}


def load(path: pathlib.Path) -> t.Any:
    """A YAML file, empty as an empty dictionary."""
    return yaml.safe_load(path.read_text()) or {}


@functools.cache
def options(role: pathlib.Path) -> Mapping[str, Mapping[str, t.Any]]:
    """All options of a role by name, of all its entry points."""
    specs = load(role / "meta/argument_specs.yml")["argument_specs"]
    return {name: option for spec in specs.values() for name, option in spec.get("options", {}).items()}


@functools.cache
def module_options(name: str) -> Mapping[str, Mapping[str, t.Any]]:
    """All options of a module by name, as it documents them."""
    text = (ROOT / f"plugins/modules/{name}.py").read_text()
    documentation = text.partition('DOCUMENTATION = r"""')[2].partition('"""')[0]
    found: Mapping[str, Mapping[str, t.Any]] = yaml.safe_load(documentation)["options"]
    return found


@functools.cache
def known() -> Mapping[str, Mapping[str, t.Any]]:
    """What an inventory may set: the options of all roles and the collection-wide variables."""
    found: dict[str, Mapping[str, t.Any]] = dict(COLLECTION_WIDE)
    for role in ROLES:
        found.update(options(role))
    return found


def variables(inventory: pathlib.Path) -> Iterator[tuple[str, str, t.Any]]:
    """File, name and value of each variable of an inventory. Links are followed, as Ansible does."""
    for folder, _folders, names in os.walk(inventory, followlinks=True):
        for name in sorted(names):
            path = pathlib.Path(folder) / name
            if path.suffix not in {".yml", ".yaml"}:
                continue
            place = str(path.relative_to(ROOT))
            pairs = _host_variables(load(path)) if path.parent == inventory else load(path).items()
            yield from ((place, key, value) for key, value in pairs)


def _host_variables(group: t.Any) -> Iterator[tuple[str, t.Any]]:
    if not isinstance(group, dict):
        return
    for key, value in group.items():
        if key == "vars":
            yield from value.items()
        elif key == "hosts":
            for host in (value or {}).values():
                yield from (host or {}).items()
        else:
            yield from _host_variables(value)


def problems(value: t.Any, option: Mapping[str, t.Any], where: str) -> Iterator[str]:
    """Why a value is not what an option takes, one line each. Templates are taken for what they should be."""
    if value is None or (isinstance(value, str) and "{{" in value):
        return
    kind = option.get("type", "str")
    if not isinstance(value, TYPES[kind]) or (kind in {"int", "str"} and isinstance(value, bool)):
        yield f"{where}: {value!r} is not of type {kind}"
        return
    if "choices" in option and not isinstance(value, list) and value not in option["choices"]:
        yield f"{where}: {value!r} is not one of {option['choices']}"
    if isinstance(value, list):
        inherited = {key: option[key] for key in ("choices", "options") if key in option}
        element = {"type": option.get("elements", "raw"), **inherited}
        for number, item in enumerate(value):
            yield from problems(item, element, f"{where}[{number}]")
    if isinstance(value, dict) and "options" in option:
        yield from _nested(value, option["options"], where)


def _nested(value: Mapping[str, t.Any], wanted: Mapping[str, Mapping[str, t.Any]], where: str) -> Iterator[str]:
    for key in value:
        if key not in wanted:
            near = difflib.get_close_matches(str(key), wanted, n=1)
            yield f"{where}.{key}: unknown; did you mean {near[0]}?" if near else f"{where}.{key}: unknown"
    for key, option in wanted.items():
        if option.get("required") and key not in value:
            yield f"{where}.{key}: missing"
        if key in value:
            yield from problems(value[key], option, f"{where}.{key}")
