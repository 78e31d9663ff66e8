# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The lookup over the collection's own roles."""

from __future__ import annotations

import ansible_collections.baremetal.mlops.plugins.lookup.role_options as plugin


def test_named_roles_and_all_roles() -> None:
    lookup = plugin.LookupModule()
    (node,) = lookup.run(["node"])
    assert node["name"] == "node"
    assert "node_packages" in node["options"]
    assert {"node", "kubernetes"} < {role["name"] for role in lookup.run([])}
