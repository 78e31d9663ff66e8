# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What the tests of feature stores share."""

from __future__ import annotations

import json
import pathlib
import shutil
import typing as t

if t.TYPE_CHECKING:
    from tests.services import FeatureStore

HERE = pathlib.Path(__file__).parent
PROGRAMS = "programs"


def fill(store: FeatureStore, *definitions: pathlib.Path) -> FeatureStore:
    """Give a store its definitions, and the programs of these tests."""
    for path in definitions:
        shutil.copy(path, store.repository)
    shutil.copytree(HERE / PROGRAMS, store.folder / PROGRAMS)
    return store


def say(store: FeatureStore, name: str, content: t.Any) -> str:
    """Put a file of JSON where programs of the store find it; its path there."""
    (store.folder / name).write_text(json.dumps(content))
    return f"/srv/{name}"
