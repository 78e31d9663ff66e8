# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""A host's file system, as the plans for files need it.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import os
import pathlib
import stat
import tempfile

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import HostError
from ansible_collections.baremetal.mlops.plugins.module_utils._node.files import File


class HostFiles:
    """Reads whole text files, and replaces them in one step, so that nobody ever sees half a file."""

    def __init__(self, directory_mode: int = 0o755) -> None:
        self._directory_mode = directory_mode

    def read(self, path: str) -> File | None:
        file = pathlib.Path(path)
        try:
            content = file.read_text(encoding="utf-8", errors="surrogateescape")
            mode = stat.S_IMODE(file.stat().st_mode)
        except FileNotFoundError:
            return None
        except OSError as exc:
            raise HostError(f"{path} cannot be read: {exc.strerror}") from exc
        return File(path, content, f"{mode:04o}")

    def write(self, file: File) -> None:
        path = pathlib.Path(file.path)
        try:
            self._make_directory(path.parent)
            handle, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
            with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape") as stream:
                stream.write(file.content)
            os.chmod(draft, int(file.mode, 8))
            os.replace(draft, path)
        except OSError as exc:
            raise HostError(f"{file.path} cannot be written: {exc.strerror}") from exc

    def remove(self, path: str) -> None:
        pathlib.Path(path).unlink(missing_ok=True)

    def _make_directory(self, directory: pathlib.Path) -> None:
        if directory.is_dir():
            return
        self._make_directory(directory.parent)
        directory.mkdir(exist_ok=True)
        directory.chmod(self._directory_mode)
