# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""A model repository in S3: a folder for each model, with its config.pbtxt and a folder for each version.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._triton.config import LARGEST_VERSION
from ansible_collections.baremetal.mlops.plugins.module_utils._triton.entities import Entry, File

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ansible_collections.baremetal.mlops.plugins.module_utils._triton.connection import Place

CONFIG = "config.pbtxt"


class ObjectStore(t.Protocol):
    """The calls on objects that a repository needs. The S3 client and the tests' fake both have them."""

    def objects(self, bucket: str, prefix: str) -> Iterator[tuple[str, int, str]]: ...
    def read_object(self, bucket: str, key: str) -> bytes | None: ...
    def mark(self, bucket: str, key: str) -> str: ...
    def write_object(self, bucket: str, key: str, data: bytes, mark: str) -> None: ...
    def upload(self, bucket: str, key: str, path: str, mark: str) -> None: ...
    def copy(self, source: tuple[str, str], bucket: str, key: str, mark: str) -> None: ...
    def delete_objects(self, bucket: str, keys: Sequence[str]) -> None: ...


class Repository:
    def __init__(self, store: ObjectStore, place: Place) -> None:
        self._store, self._place = store, place

    def models(self) -> dict[str, dict[str, Entry]]:
        """All files by model and path, by one list."""
        found: dict[str, dict[str, Entry]] = {}
        for key, size, etag in self._store.objects(self._place.bucket, self._place.prefix):
            name, slash, path = key[len(self._place.prefix) :].partition("/")
            if slash and path:
                found.setdefault(name, {})[path] = Entry(size, etag)
        return found

    def read(self, model: str, path: str) -> bytes | None:
        return self._store.read_object(self._place.bucket, self._key(model, path))

    def same(self, model: str, path: str, entry: Entry, file: File) -> bool:
        """Whether a file has these contents. It is only asked for its mark if the list does not tell."""
        if entry.size != file.size:
            return False
        if entry.etag and entry.etag == file.etag:
            return True
        return self._store.mark(self._place.bucket, self._key(model, path)) == file.mark

    def write(self, model: str, path: str, file: File) -> None:
        bucket, key = self._place.bucket, self._key(model, path)
        if file.data is not None:
            self._store.write_object(bucket, key, file.data, file.mark)
        elif file.bucket:
            self._store.copy((file.bucket, file.key), bucket, key, file.mark)
        else:
            self._store.upload(bucket, key, file.path, file.mark)

    def delete(self, model: str, paths: Iterable[str]) -> None:
        self._store.delete_objects(self._place.bucket, [self._key(model, path) for path in paths])

    def _key(self, model: str, path: str) -> str:
        return f"{self._place.prefix}{model}/{path}"


def versions(files: Mapping[str, Entry]) -> dict[int, list[str]]:
    """Names of the files of each version. Triton sees none in a folder whose name is no number or begins with 0."""
    found: dict[int, list[str]] = {}
    for path in sorted(files):
        number, slash, name = path.partition("/")
        if slash and number.isascii() and number.isdecimal() and number[0] != "0" and int(number) <= LARGEST_VERSION:
            found.setdefault(int(number), []).append(name)
    return found
