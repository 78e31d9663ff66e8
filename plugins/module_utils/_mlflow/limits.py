# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What MLflow and the database behind it take as names and texts. Said before anything is written.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import posixpath
import re

NAME = 256
DESCRIPTION = 5000
LOCATION = 256
ALIAS = 255
TAG_KEY = 250
# The values of tags have a room of their own with each kind of object.
EXPERIMENT_TAG, MODEL_TAG, VERSION_TAG = 20000, 5000, 100000

CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
UNSENDABLE = re.compile(r"[\x00\ud800-\udfff]")
ALIAS_CHARACTERS = re.compile(r"[\w-]+")
RESERVED_ALIAS = re.compile(r"latest|v\d+", re.IGNORECASE)
TAG_CHARACTERS = re.compile(r"[/\w.\- :]+")
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|/")
SHOWN = 60


def experiment_name(name: str) -> str | None:
    """Why a name is refused, or None."""
    return _name("experiment", name)


def model_name(name: str) -> str | None:
    if problem := _name("model", name):
        return problem
    if "/" in name or ":" in name:
        return f"the name of a model cannot hold / or :, as {shown(name)} does"
    return None if _is_path(name) else f"{shown(name)} cannot be the name of a model: it is a path to another place"


def alias(name: str) -> str | None:
    if not ALIAS_CHARACTERS.fullmatch(name) or len(name) > ALIAS:
        return f"an alias has 1 to {ALIAS} letters, digits, _ and -, which {shown(name)} does not fit"
    return f"MLflow keeps the alias {name} to itself" if RESERVED_ALIAS.fullmatch(name) else None


def tag_key(key: str) -> str | None:
    if not TAG_CHARACTERS.fullmatch(key) or len(key) > TAG_KEY or not _is_path(key):
        return f"a tag has 1 to {TAG_KEY} letters, digits, spaces and any of _-.:/ as a path, which {shown(key)} is not"
    return None


def text(value: str, longest: int) -> str | None:
    if len(value) > longest:
        return f"it has {len(value)} characters, and MLflow keeps {longest} at most"
    return "it holds a character that no database keeps as text" if UNSENDABLE.search(value) else None


def location(uri: str) -> str | None:
    if CONTROL.search(uri) or not URI.match(uri):
        return f"it must be an address such as s3://bucket/path, which {shown(uri)} is not"
    return text(uri, LOCATION)


def shown(name: str) -> str:
    """A name in a message: in one line, whatever it holds."""
    return ascii(name if len(name) <= SHOWN else f"{name[:SHOWN]}...")


def _name(kind: str, name: str) -> str | None:
    if not name.strip() or len(name) > NAME:
        return f"the name of {'an' if kind[0] in 'aeiou' else 'a'} {kind} has 1 to {NAME} characters, not {len(name)}"
    if CONTROL.search(name) or UNSENDABLE.search(name):
        return f"the name of the {kind} {shown(name)} holds a character that ends a line or cannot be shown"
    return None


def _is_path(name: str) -> bool:
    """Whether it names itself when it is used as a path, as MLflow demands."""
    normal = posixpath.normpath(name)
    return normal == name and normal != "." and not normal.startswith(("..", "/"))
