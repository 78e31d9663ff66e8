# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Triton servers and a bucket in memory. They record their writes, so that a test can say that there was none."""

from __future__ import annotations

import dataclasses
import hashlib
import re
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._triton import config
from ansible_collections.baremetal.mlops.plugins.module_utils._triton.connection import Place
from ansible_collections.baremetal.mlops.plugins.module_utils._triton.entities import Entry, Served
from ansible_collections.baremetal.mlops.plugins.module_utils._triton.repository import versions

PLACE = Place("models", "triton/")
FAILED_POLL = "failed to poll from model repository"


class FakeObjects:
    """``objects_of`` holds contents and mark by bucket and key. ``opaque``: lists do not tell MD5s."""

    def __init__(self, opaque: bool = False) -> None:
        self.objects_of: dict[tuple[str, str], tuple[bytes, str]] = {}
        self.opaque = opaque
        self.reads: list[str] = []
        self.writes: list[str] = []

    def put(self, bucket: str, key: str, data: bytes = b"x") -> None:
        """As somebody else does."""
        self.objects_of[bucket, key] = (data, "")

    def objects(self, bucket: str, prefix: str) -> t.Iterator[tuple[str, int, str]]:
        self.reads.append(f"list {bucket}/{prefix}")
        for (place, key), (data, _mark) in sorted(self.objects_of.items()):
            if place == bucket and key.startswith(prefix):
                tag = hashlib.md5(data, usedforsecurity=False).hexdigest()
                yield key, len(data), f"{tag}-1" if self.opaque else tag

    def read_object(self, bucket: str, key: str) -> bytes | None:
        self.reads.append(f"read {key}")
        return self.objects_of.get((bucket, key), (None, ""))[0]

    def mark(self, bucket: str, key: str) -> str:
        self.reads.append(f"mark {key}")
        return self.objects_of.get((bucket, key), (b"", ""))[1]

    def write_object(self, bucket: str, key: str, data: bytes, mark: str) -> None:
        self.writes.append(f"write {key}")
        self.objects_of[bucket, key] = (data, mark)

    def upload(self, bucket: str, key: str, path: str, mark: str) -> None:
        with open(path, "rb") as stream:
            self.write_object(bucket, key, stream.read(), mark)

    def copy(self, source: tuple[str, str], bucket: str, key: str, mark: str) -> None:
        self.write_object(bucket, key, self.objects_of[source][0], mark)

    def delete_objects(self, bucket: str, keys: t.Sequence[str]) -> None:
        for key in keys:
            self.writes.append(f"delete {key}")
            self.objects_of.pop((bucket, key), None)


@dataclasses.dataclass
class FakeTriton:
    """A server over such a bucket. ``broken`` are models, and what their programs say when they are loaded."""

    store: FakeObjects
    place: Place = PLACE
    name: str = ""
    broken: dict[str, str] = dataclasses.field(default_factory=dict)
    serving: dict[str, dict[int, str]] = dataclasses.field(default_factory=dict)
    failed: dict[str, str] = dataclasses.field(default_factory=dict)
    writes: list[str] = dataclasses.field(default_factory=list)
    texts: dict[str, str] = dataclasses.field(default_factory=dict)

    def index(self) -> dict[str, list[Served]]:
        found: dict[str, list[Served]] = {name: [] for name in self._files()}
        for name, numbers in self.serving.items():
            found[name] = [Served(number, True, "READY") for number in sorted(numbers)]
        for name, reason in self.failed.items():
            found.setdefault(name, []).append(Served(None, False, "UNAVAILABLE", reason))
        return found

    def digest(self, name: str) -> str:
        return config.digest_of(self.texts.get(name, ""))

    def config(self, name: str) -> dict[str, t.Any]:
        return {"name": name}

    def load(self, name: str, seconds: float) -> None:
        self.writes.append(f"load {name}")
        files = self._files().get(name, {})
        text = (self.store.read_object(self.place.bucket, f"{self.place.prefix}{name}/config.pbtxt") or b"").decode()
        numbers = served(text, list(versions(files)))
        if not text or not numbers:
            raise ItemError(f"Triton: cannot load model {name}: failed to load '{name}', {FAILED_POLL}")
        if name in self.broken:
            if name not in self.serving:
                self.failed[name] = self.broken[name]
            raise ItemError(f"Triton: cannot load model {name}: {self.broken[name]}")
        self.failed.pop(name, None)
        self.serving[name] = dict.fromkeys(numbers, text)
        self.texts[name] = text

    def unload(self, name: str, seconds: float | None = None) -> None:
        self.writes.append(f"unload {name}")
        self.failed.pop(name, None)
        self.serving.pop(name, None)

    def _files(self) -> dict[str, dict[str, Entry]]:
        found: dict[str, dict[str, Entry]] = {}
        for bucket, key in self.store.objects_of:
            if bucket == self.place.bucket and key.startswith(self.place.prefix):
                name, _slash, path = key[len(self.place.prefix) :].partition("/")
                found.setdefault(name, {})[path] = Entry(0, "")
        return found


def served(text: str, numbers: list[int]) -> list[int]:
    """What a server makes of a configuration's policy."""
    if chosen := re.search(r"specific \{\s+versions: \[([0-9, ]+)\]", text):
        return sorted({int(number) for number in chosen.group(1).split(",")} & set(numbers))
    if re.search(r"^  all \{", text, re.MULTILINE):
        return sorted(numbers)
    latest = re.search(r"num_versions: ([0-9]+)", text)
    return sorted(numbers)[-int(latest.group(1) if latest else 1) :]
