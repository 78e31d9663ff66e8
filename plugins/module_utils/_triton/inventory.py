# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What there is in a repository and on servers, for those who only read.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._triton.repository import versions

if t.TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ansible_collections.baremetal.mlops.plugins.module_utils._triton.client import TritonClient
    from ansible_collections.baremetal.mlops.plugins.module_utils._triton.repository import Repository


def read(
    repository: Repository, servers: Sequence[TritonClient], names: Collection[str] | None, config: bool
) -> list[dict[str, t.Any]]:
    """Models by their names; of some only, if ``names`` are given. ``config``: as a server completed it."""
    files = repository.models()
    said = [(server, server.index()) for server in servers]
    every = {*files, *(name for _server, index in said for name in index)}
    found = []
    for name in sorted(every if names is None else every & set(names)):
        states = [
            {"server": server.name, "version": one.version, "state": one.state, "reason": one.reason}
            for server, index in said
            for one in index.get(name, [])
        ]
        model = {
            "name": name,
            "versions": {str(number): here for number, here in versions(files.get(name, {})).items()},
            "servers": states,
        }
        serving = [server for server, index in said if any(one.ready for one in index.get(name, []))]
        if config and serving:
            model["config"] = serving[0].config(name)
        found.append(model)
    return found
