# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Where the files of a version come from: a folder of this host, a place in S3, or a model that MLflow keeps.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError, DependencyError, ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._triton import exports
from ansible_collections.baremetal.mlops.plugins.module_utils._triton.connection import place
from ansible_collections.baremetal.mlops.plugins.module_utils._triton.entities import File

try:
    import yaml
except ImportError as exc:
    MISSING: ImportError | None = exc
else:
    MISSING = None

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

REGISTERED = re.compile(r"models:/([^/@:]+)(?:@([\w-]+)|/([1-9][0-9]*))")
CHUNK = 1024 * 1024
CACHES = "__pycache__"


class ObjectReader(t.Protocol):
    def objects(self, bucket: str, prefix: str) -> Iterator[tuple[str, int, str]]: ...
    def read_object(self, bucket: str, key: str) -> bytes | None: ...


class RegistryReader(t.Protocol):
    def model(self, name: str) -> t.Any: ...
    def artifacts(self, name: str, version: int) -> str | None: ...


def problems(source: str) -> Iterator[str]:
    """What is wrong with a source, as far as it can be known without asking."""
    if is_registered(source):
        if not REGISTERED.fullmatch(source):
            yield f"{source!a} is not a registered model such as models:/name@alias or models:/name/3"
    elif source.startswith("s3://"):
        try:
            place("source", source)
        except ApiError as exc:
            yield f"{source!a}: {exc.msg}"
    elif not source or "\0" in source or "://" in source:
        yield f"{source!a} is neither a folder, nor a place such as s3://bucket/path, nor such as models:/name@alias"


def is_registered(source: str) -> bool:
    return source.startswith("models:")


class Sources:
    """``registry`` is None where no MLflow was named."""

    def __init__(self, store: ObjectReader, registry: RegistryReader | None) -> None:
        self._store, self._registry = store, registry

    def version(self, source: str) -> int:
        """The number of a registered version."""
        name, alias, number = self._registered(source)
        if number:
            return int(number)
        found = self._asked().model(name)
        if found is None:
            raise ItemError(f"there is no model {name} in MLflow")
        if alias not in found.aliases:
            raise ItemError(f"model {name} has no alias {alias} in MLflow")
        return int(found.aliases[alias])

    def layout(self, source: str, version: int, given: Mapping[str, t.Any]) -> exports.Layout:
        """The files of a version, and what goes with them. ``given`` is the user's configuration."""
        if is_registered(source):
            return self._exported(source, version, given)
        if source.startswith("s3://"):
            where = place("source", source)
            return exports.Layout(self._objects(where.bucket, where.prefix, source))
        return exports.Layout(list(local_files(source)))

    def _exported(self, source: str, version: int, given: Mapping[str, t.Any]) -> exports.Layout:
        if MISSING is not None:
            raise DependencyError(f"PyYAML is needed on the host that runs the module: {MISSING}")
        name, _alias, number = self._registered(source)
        uri = self._asked().artifacts(name, int(number or version))
        if uri is None:
            raise ItemError(f"there is no version {number or version} of model {name} in MLflow")
        if not uri.startswith("s3://"):
            raise ItemError(f"version {number or version} of model {name} is at {uri}, and not in S3")
        where = place("source", uri)
        data = self._store.read_object(where.bucket, f"{where.prefix}MLmodel")
        try:
            mlmodel = yaml.safe_load(data or b"")
        except yaml.YAMLError:
            mlmodel = None
        if not isinstance(mlmodel, dict):
            raise ItemError(f"{source}: there is no file MLmodel at {uri} that can be read")
        try:
            return exports.layout(mlmodel, self._objects(where.bucket, where.prefix, source), given)
        except ItemError as exc:
            raise ItemError(f"{source}: {exc.msg}") from exc

    def _objects(self, bucket: str, prefix: str, source: str) -> Sequence[File]:
        found = [
            File(key[len(prefix) :], size, f"{etag} {size}", etag, bucket=bucket, key=key)
            for key, size, etag in self._store.objects(bucket, prefix)
            if not key.endswith("/")
        ]
        if not found:
            raise ItemError(f"{source}: there is nothing at s3://{bucket}/{prefix}")
        return found

    def _registered(self, source: str) -> tuple[str, str, str]:
        found = REGISTERED.fullmatch(source)
        name, alias, number = found.groups() if found else ("", "", "")
        return name, alias or "", number or ""

    def _asked(self) -> RegistryReader:
        if self._registry is None:
            raise ItemError("models:/ needs to know where MLflow is: give mlflow")
        return self._registry


def local_files(source: str) -> Iterator[File]:
    """A file, or all files below a folder but what Python leaves beside its own."""
    try:
        names = sorted(_names(source))
        if not names:
            raise ItemError(f"{source}: there is no file in this folder")
        yield from (_local(path, name) for path, name in names)
    except OSError as exc:
        raise ItemError(f"{exc.filename or source}: {exc.strerror}") from exc


def _names(source: str) -> Iterator[tuple[str, str]]:
    if os.path.isfile(source):
        yield source, os.path.basename(source)
        return
    os.listdir(source)
    for folder, folders, names in os.walk(source, followlinks=False):
        folders[:] = [name for name in folders if name != CACHES]
        for name in names:
            path = os.path.join(folder, name)
            yield path, os.path.relpath(path, source)


def _local(path: str, name: str) -> File:
    whole, size = hashlib.sha256(), 0
    etag = None
    # A host in FIPS mode has no MD5.
    with contextlib.suppress(ValueError):
        etag = hashlib.md5(usedforsecurity=False)
    with open(path, "rb") as stream:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            whole.update(chunk)
            if etag is not None:
                etag.update(chunk)
    return File(name, size, f"sha256:{whole.hexdigest()}", etag.hexdigest() if etag else "", path=path)


def inline(name: str, data: bytes) -> File:
    """A file that the module makes."""
    mark = f"sha256:{hashlib.sha256(data).hexdigest()}"
    with contextlib.suppress(ValueError):
        return File(name, len(data), mark, hashlib.md5(data, usedforsecurity=False).hexdigest(), data=data)
    return File(name, len(data), mark, data=data)
