# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The imports of containerd's main configuration file, which other tools write as well.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import functools
import re
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._node.files import File
from ansible_collections.baremetal.mlops.plugins.module_utils._reconcile import Plan, Step

if t.TYPE_CHECKING:
    from ansible_collections.baremetal.mlops.plugins.module_utils._node.files import FilesClient

IMPORTS = re.compile(r"^imports\s*=\s*\[(?P<items>[^\]]*)\][ \t]*\n?", re.MULTILINE)
WITHOUT_CRI = re.compile(
    r"^disabled_plugins\s*=\s*\[[^\]]*[\"'](io\.containerd\.grpc\.v1\.)?cri[\"'][^\]]*\]", re.MULTILINE
)
VERSION = re.compile(r"^version\s*=\s*(?P<version>\d+)\s*$", re.MULTILINE)
MINIMAL = "version = 3\n"
OLDEST_VERSION = 3


def plan(client: FilesClient, path: str, pattern: str) -> Plan:
    """Make the file import ``pattern``. Everything else that others wrote into it stays as it is."""
    actual = client.read(path)
    before = actual.content if actual else ""
    after = with_import(before, pattern)
    if actual and before == after:
        return Plan(before={}, after={})
    write = functools.partial(client.write, File(path, after, actual.mode if actual else "0644"))
    return Plan(
        before={"lines": before.splitlines()},
        after={"lines": after.splitlines()},
        steps=[Step(f"import {pattern} in {path}", write)],
    )


def with_import(text: str, pattern: str) -> str:
    """The configuration with the import in it.

    A file that turns the CRI plugin off, or is of an old version, is a package's sample: only its imports are kept.
    """
    imports = _imports(text)
    version = VERSION.search(text)
    if WITHOUT_CRI.search(text) or version is None or int(version["version"]) < OLDEST_VERSION:
        text = MINIMAL
    wanted = imports if pattern in imports else [pattern, *imports]
    if _imports(text) == wanted:
        return text
    line = "imports = [{}]\n".format(", ".join(f'"{item}"' for item in wanted))
    return line + IMPORTS.sub("", text).lstrip("\n")


def _imports(text: str) -> list[str]:
    found = IMPORTS.search(text)
    return re.findall(r"[\"']([^\"']+)[\"']", found["items"]) if found else []
