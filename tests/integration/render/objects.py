"""Kubernetes objects among what a rehearsal recorded, and what is wrong with them."""

from __future__ import annotations

import re
import typing as t

import yaml

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.render.rehearsal import Record

APPLY = {"baremetal.mlops.kubernetes_objects", "kubernetes.core.k8s"}
DEFINITIONS = ("definitions", "resource_definition", "definition")
Object = dict[str, t.Any]
UNFINISHED = re.compile(r"\{\{|\{%|\bundefined\b|AnsibleUndefined|VARIABLE IS NOT DEFINED|^None$", re.IGNORECASE)


def applied(records: list[Record]) -> Iterator[tuple[str, Object]]:
    """Each object that is applied to the cluster, with the task that does it."""
    for record in records:
        if record.action in APPLY and record.args.get("state") != "absent":
            given = next((record.args[name] for name in DEFINITIONS if name in record.args), None)
            for found in _objects(given):
                yield f"{record.role}: {record.task}", found


def _objects(given: t.Any) -> Iterator[Object]:
    if isinstance(given, str):
        for document in yaml.safe_load_all(given):
            yield from _objects(document)
    elif isinstance(given, list):
        for item in given:
            yield from _objects(item)
    elif given:
        yield from given["items"] if given.get("kind") == "List" else [given]


def identity(found: Object) -> tuple[str, str, str, str]:
    """Group, kind, namespace and name."""
    metadata = found.get("metadata", {})
    group = found.get("apiVersion", "").rpartition("/")[0]
    return group, found.get("kind", ""), metadata.get("namespace", ""), metadata.get("name", "")


def images(value: t.Any) -> Iterator[str]:
    """Every image that an object names, in containers and in fields of operators."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in {"image", "imageName"} and isinstance(inner, str):
                yield inner
            else:
                yield from images(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from images(inner)


def missing(value: t.Any, where: str = "") -> Iterator[str]:
    """Places of values that are null."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from missing(inner, f"{where}.{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from missing(inner, f"{where}[{number}]")
    elif value is None:
        yield where


def unfinished(value: t.Any, where: str = "") -> Iterator[str]:
    """Places of texts that were not templated, or from something that is not there."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from unfinished(inner, f"{where}.{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from unfinished(inner, f"{where}[{number}]")
    elif isinstance(value, str) and UNFINISHED.search(value) and not where.endswith(".clusterIP"):
        yield f"{where}: {value!r}"
