# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What a repository holds and what a server says of it, as it is read; and the files that shall be there.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Entry:
    """An object of the repository."""

    size: int
    etag: str


@dataclasses.dataclass(frozen=True)
class Served:
    """A version of a model on a server. No version: nothing is known but the name and the reason."""

    version: int | None
    ready: bool
    state: str = ""
    reason: str = ""


@dataclasses.dataclass(frozen=True)
class File:
    """A file of a version. Its contents are in ``data``, in a file at ``path``, or an object ``key`` of ``bucket``.

    ``etag`` is what S3 calls such contents, if that is known. ``mark`` tells them from others for sure; objects that we
    write carry it.
    """

    name: str
    size: int
    mark: str
    etag: str = ""
    data: bytes | None = None
    path: str = ""
    bucket: str = ""
    key: str = ""
