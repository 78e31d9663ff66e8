# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What the controller lacks, before a role finds out half way.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._preflight.model import Problem

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PROGRAMS = {"helm": "install helm, whose version the catalog names, on the PATH of ansible-playbook"}
NAME = re.compile(r"[A-Za-z0-9._-]+")


def libraries(requirements: str) -> list[str]:
    """The names in a requirements file."""
    lines = (line.partition("#")[0].strip() for line in requirements.splitlines())
    return [found[0] for line in lines if (found := NAME.match(line))]


def installed(names: Iterable[str]) -> dict[str, bool]:
    """Whether each library is there for the Python that runs us."""
    found: dict[str, bool] = {}
    for name in names:
        try:
            found[name] = bool(importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            found[name] = False
    return found


def programs() -> dict[str, bool]:
    return {name: shutil.which(name) is not None for name in PROGRAMS}


def problems(there: Mapping[str, bool], programs_there: Mapping[str, bool]) -> list[Problem]:
    """One line for each program, and one for all libraries."""
    found = [
        Problem("controller", "program", f"{name} is missing", fix)
        for name, fix in PROGRAMS.items()
        if not programs_there[name]
    ]
    if missing := [name for name, is_there in there.items() if not is_there]:
        library, verb = ("libraries", "are") if len(missing) > 1 else ("library", "is")
        what = f"the Python {library} {', '.join(missing)} {verb} missing"
        fix = "pip install -r requirements.txt, for the Python that runs ansible-playbook"
        found.append(Problem("controller", "library", what, fix))
    return found
