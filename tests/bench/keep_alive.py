# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The smallest reconciler of the registry that asks for each model: one connection, one GET a model, no change.

`python -m tests.bench.keep_alive <wanted.json`: address, headers, and the aliases that each model should have.
"""

from __future__ import annotations

import http.client
import json
import sys
import typing as t
import urllib.parse

from .bare import reported

GET = "/api/2.0/mlflow/registered-models/get"


def differences(wanted: t.Mapping[str, t.Any]) -> list[str]:
    """Names of models whose aliases are not as wanted."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(wanted["address"]).netloc, timeout=30)
    found = []
    for name, aliases in wanted["models"].items():
        connection.request("GET", f"{GET}?{urllib.parse.urlencode({'name': name})}", headers=wanted["headers"])
        answer = json.load(connection.getresponse())
        listed = answer["registered_model"].get("aliases", [])
        if {alias["alias"]: int(alias["version"]) for alias in listed} != aliases:
            found.append(name)
    return found


if __name__ == "__main__":
    with reported():
        print(json.dumps({"changed": bool(differences(json.load(sys.stdin)))}))
