# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Names: which ones PostgreSQL takes, and how messages show them. No I/O.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterator

# The server cuts longer names without a word.
LONGEST_BYTES = 63
RESERVED_PREFIX = "pg_"
# How PostgreSQL calls everybody, in lists of privileges. No role can have this name.
PUBLIC = "public"
NO_ROLES = (PUBLIC, "none")


def shown(name: str) -> str:
    """A name in one line of a message."""
    return name if name.isprintable() else ascii(name)


def is_text(text: str) -> bool:
    """Whether the server can take it: characters, and none of them zero."""
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False


def problems(path: str, name: str | None) -> Iterator[str]:
    """What is wrong with a name, if there is one."""
    if name is None:
        return
    if not name:
        yield f"{path}: a name is empty"
    elif not is_text(name):
        yield f"{path}: {shown(name)} holds a zero byte or something that is no character"
    elif len(name.encode()) > LONGEST_BYTES:
        yield f"{path}: {shown(name)} has {len(name.encode())} bytes, but a name has at most {LONGEST_BYTES}"


def is_reserved(name: str) -> bool:
    return name in NO_ROLES or name.startswith(RESERVED_PREFIX)
