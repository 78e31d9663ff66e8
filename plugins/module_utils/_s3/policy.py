# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What an IAM policy of a bucket says, without the ways to say it. No I/O.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import re
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Policy = dict[str, t.Any]

VERSION = "2012-10-17"
PRINCIPALS = {"Principal", "NotPrincipal"}
PATTERNS = {"Action", "NotAction", "Resource", "NotResource"}
ADDRESSES = {"IpAddress", "NotIpAddress"}


def problems(policy: Mapping[str, t.Any]) -> Iterator[str]:
    """What is wrong with a policy as the user gave it, as far as it can be known without a service."""
    if not policy:
        return
    if unknown := sorted(set(policy) - {"Version", "Id", "Statement"}):
        yield f"policy: unknown: {', '.join(unknown)}; a policy has Version, Id and Statement"
    statements = _listed(policy.get("Statement"))
    if not statements or not all(isinstance(statement, dict) for statement in statements):
        yield "policy: Statement is a list of statements"
        return
    for statement in statements:
        conditions = statement.get("Condition") or {}
        if not isinstance(conditions, dict) or not all(isinstance(keys, dict) for keys in conditions.values()):
            yield "policy: a Condition is like {operator: {key: value}}"


def canonical(policy: Mapping[str, t.Any]) -> Policy:
    """The one way in which we write, show and compare a policy.

    All that may be a list is one, in order and without repetition; everybody is ``{"AWS": ["*"]}``; values of
    conditions are strings, and addresses in them are networks; of statements that differ in their Sid only, one is
    kept. That is what MinIO makes of a policy. Ceph and SeaweedFS keep what they are given, and all of them understand
    this. An Id, which SeaweedFS forgets, is left out.
    """
    if not policy:
        return {}
    statements: dict[str, Policy] = {}
    for statement in map(_statement, _listed(policy["Statement"])):
        means = json.dumps({**statement, "Sid": ""}, sort_keys=True)
        statements[means] = min(statements.get(means, statement), statement, key=lambda one: one.get("Sid", ""))
    return {"Version": str(policy.get("Version") or VERSION), "Statement": list(statements.values())}


def same(first: Policy, second: Policy) -> bool:
    """Whether two canonical policies mean the same: the order of their statements is nothing."""
    return _unordered(first) == _unordered(second)


def _unordered(policy: Policy) -> Policy:
    order = sorted(policy.get("Statement", []), key=lambda statement: json.dumps(statement, sort_keys=True))
    return {**policy, "Statement": order}


def _statement(given: Mapping[str, t.Any]) -> Policy:
    statement: Policy = {}
    for key, value in given.items():
        if key in PRINCIPALS:
            statement[key] = _principal(value)
        elif key in PATTERNS:
            # MinIO makes two stars of one.
            statement[key] = _texts([re.sub(r"\*+", "*", text) for text in _texts(value)])
        elif key == "Condition":
            statement[key] = {operator: _keys(operator, keys) for operator, keys in (value or {}).items()}
        else:
            statement[key] = value
    return {key: value for key, value in statement.items() if value not in (None, "", [], {})}


def _principal(value: t.Any) -> dict[str, list[str]]:
    if not isinstance(value, dict):
        return {"AWS": _texts(value)}
    return {kind: _texts(names) for kind, names in value.items()}


def _keys(operator: str, keys: Mapping[str, t.Any]) -> dict[str, list[str]]:
    plain = operator.partition(":")[2] or operator
    if plain not in ADDRESSES:
        return {key: _texts(value) for key, value in keys.items()}
    return {key: _texts([_network(text) for text in _texts(value)]) for key, value in keys.items()}


def _network(text: str) -> str:
    with contextlib.suppress(ValueError):
        return str(ipaddress.ip_network(text, strict=False))
    return text


def _texts(value: t.Any) -> list[str]:
    """A value or a list of them as strings in order, each once."""
    return sorted({str(item).lower() if isinstance(item, bool) else str(item) for item in _listed(value)})


def _listed(value: t.Any) -> list[t.Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
