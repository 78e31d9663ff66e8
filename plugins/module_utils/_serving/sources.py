# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Which versions the registry's aliases name, and where pods find their files.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import typing as t
import urllib.parse

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow import limits

if t.TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.entities import ModelVersion, RegisteredModel
    from ansible_collections.baremetal.mlops.plugins.module_utils._serving.wanted import Wanted

PROXIED = "mlflow-artifacts"
# What KServe's storage initializer can read.
READABLE = ("s3", "gs", "hf", "oci", "pvc", "https", "http")


class RegistryClient(t.Protocol):
    """The calls that are needed of the registry. MLflow's client and the tests' fake both have them."""

    def models(self, names: Collection[str] | None = None) -> Mapping[str, RegisteredModel]: ...
    def versions(self, wanted: Mapping[str, Collection[int]]) -> Mapping[str, Mapping[int, ModelVersion]]: ...
    def download_uri(self, name: str, version: int) -> str: ...


@dataclasses.dataclass(frozen=True)
class Version:
    number: int
    source: str


class Registry:
    """The models of one call, read once."""

    def __init__(self, client: RegistryClient, wanted: Collection[Wanted], artifact_root: str) -> None:
        self._client = client
        self._root = artifact_root
        served = [one for one in wanted if one.present]
        self._models = client.models(sorted({one.model for one in served})) if served else {}
        about = {
            one.model: sorted({*self._models[one.model].aliases.values()})
            for one in served
            if one.model in self._models and self._models[one.model].aliases
        }
        self._versions = client.versions(about) if about else {}

    def named(self, wanted: Wanted, alias: str) -> Version | None:
        """The version with an alias, if there is one."""
        if wanted.model not in self._models:
            raise ItemError(f"{wanted.name}: there is no registered model {wanted.model}")
        number = self._models[wanted.model].aliases.get(alias)
        if not alias or number is None:
            return None
        of = f"{wanted.name}: version {number} ({alias}) of model {wanted.model}"
        version = self._versions.get(wanted.model, {}).get(number)
        if version is None:
            raise ItemError(f"{of} does not exist")
        if version.archived:
            raise ItemError(f"{of} is archived: restore it, or give the alias another version")
        uri = self._client.download_uri(wanted.model, number)
        return Version(number, readable(of, uri, self._root, wanted.path))


def readable(of: str, uri: str, root: str, path: str) -> str:
    """The address under which pods find a version's files. Raises ItemError where they cannot."""
    scheme = urllib.parse.urlsplit(uri).scheme if not limits.CONTROL.search(uri) else ""
    if scheme == PROXIED:
        if not root:
            raise ItemError(
                f"{of} lies behind MLflow's proxy ({limits.shown(uri)}): set artifact_root to where the proxy keeps it"
            )
        uri = f"{root.rstrip('/')}/{urllib.parse.urlsplit(uri).path.lstrip('/')}"
        scheme = urllib.parse.urlsplit(uri).scheme
    parts = urllib.parse.urlsplit(uri) if scheme in READABLE else None
    if parts is None or parts.query or parts.fragment or ".." in parts.path.split("/") or not parts.netloc:
        raise ItemError(f"{of} lies at {limits.shown(uri)}, which pods cannot read: s3://bucket/path is needed")
    return f"{uri.rstrip('/')}/{path.strip('/')}" if path else uri.rstrip("/")
