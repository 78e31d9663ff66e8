# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What may be said of a bucket: the values of its fields, and what is wrong with a name or a value. No I/O.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import fractions
import ipaddress
import re
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._s3 import lifecycle, policy

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

Value = t.Any
"""What JSON has. Each field has one canonical shape: that of the module's option."""

EMPTY: Mapping[str, Value] = {
    "versioning": False,
    "object_lock": {"enabled": False},
    "encryption": {"algorithm": "none"},
    "tags": {},
    "lifecycle": [],
    "cors": [],
    "quota": 0,
    "policy": {},
}
"""All fields, in the order in which they are written, with what they are when nothing is set.

The policy is the last: it may deny what comes after it.
"""

RETENTIONS = ("days", "years")
SHORTEST, LONGEST, LONGEST_SHOWN = 3, 63, 80
LABEL = "[a-z0-9]([a-z0-9-]*[a-z0-9])?"
NAME = re.compile(rf"{LABEL}(\.{LABEL})*")
SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(?:([kKMGTPE])(i?))?B?")
POWERS = "KMGTPE"


def name_problems(name: str) -> Iterator[str]:
    """Why a service would refuse a bucket's name."""
    shown = ascii(name if len(name) <= LONGEST_SHOWN else f"{name[:LONGEST_SHOWN]}...")
    if not SHORTEST <= len(name) <= LONGEST:
        yield f"{shown} is not a bucket name: it has {len(name)} characters, not {SHORTEST} to {LONGEST}"
    elif not NAME.fullmatch(name):
        yield (
            f"{shown} is not a bucket name: it has small letters, digits and hyphens, in parts between dots that begin"
            " and end with a letter or a digit"
        )
    elif _is_address(name):
        yield f"{shown} is not a bucket name: it is an address"


def problems(field: str, value: Value) -> Iterator[str]:
    """What is wrong with a field as the user gave it, as far as it can be known without a service."""
    return PROBLEMS.get(field, _none)(value)


def canonical(field: str, value: Value) -> Value:
    """A field as we write, show and compare it, out of the module's option."""
    return CANONICAL.get(field, _as_it_is)(value)


def same(field: str, first: Value, second: Value) -> bool:
    """Whether two canonical values mean the same."""
    return policy.same(first, second) if field == "policy" else bool(first == second)


def size(text: str) -> int:
    """Bytes, of 1024, 500M, 10Gi or 1.5TiB."""
    found = SIZE.fullmatch(str(text).strip())
    if found is None:
        raise ValueError(f"{text!r} is not a size like 500M or 10Gi")
    number, letter, binary = found.groups()
    power = 1 + POWERS.index(letter.upper()) if letter else 0
    amount = fractions.Fraction(number) * (1024 if binary else 1000) ** power
    if amount.denominator != 1:
        raise ValueError(f"{text!r} is not a whole number of bytes")
    return int(amount)


def _is_address(name: str) -> bool:
    try:
        ipaddress.IPv4Address(name)
    except ValueError:
        return False
    return True


def _none(_value: Value) -> Iterator[str]:
    yield from ()


def _as_it_is(value: Value) -> Value:
    return value


def _without_none(value: Mapping[str, t.Any]) -> dict[str, t.Any]:
    return {key: item for key, item in value.items() if item is not None}


def _tag_problems(tags: Mapping[str, t.Any]) -> Iterator[str]:
    for key, value in tags.items():
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            yield f"tags: {key} is not a text: put it into quotes"


def _tags(tags: Mapping[str, t.Any]) -> dict[str, str]:
    return {str(key): str(value) for key, value in sorted(tags.items(), key=lambda pair: str(pair[0]))}


def _lifecycle_problems(rules: Sequence[Mapping[str, t.Any]]) -> Iterator[str]:
    yield from lifecycle.problems(rules)
    for rule in rules:
        for problem in _tag_problems(rule.get("tags") or {}):
            yield f"lifecycle {rule['id']}: {problem}"


def _lifecycle(rules: Sequence[Mapping[str, t.Any]]) -> list[dict[str, t.Any]]:
    return lifecycle.canonical([{**rule, "tags": _tags(rule.get("tags") or {})} for rule in rules])


def _cors_problems(rules: Sequence[Mapping[str, t.Any]]) -> Iterator[str]:
    for number, rule in enumerate(rules, 1):
        for key in ("allowed_origins", "allowed_methods"):
            if not rule[key]:
                yield f"cors rule {number}: {key} is empty"


def _cors(rules: Sequence[Mapping[str, t.Any]]) -> list[dict[str, t.Any]]:
    """The order of rules counts, that of what is inside a rule does not. Some services say 0 for no age."""
    kept = [
        {key: sorted(set(item)) if isinstance(item, list) else item for key, item in rule.items()} for rule in rules
    ]
    return [{key: item for key, item in rule.items() if item} for rule in kept]


def _encryption_problems(value: Mapping[str, t.Any]) -> Iterator[str]:
    if value.get("kms_key_id") and value["algorithm"] != "aws:kms":
        yield "encryption: kms_key_id needs the algorithm aws:kms"


def _object_lock_problems(value: Mapping[str, t.Any]) -> Iterator[str]:
    periods = [key for key in RETENTIONS if value.get(key) is not None]
    if value.get("mode") and len(periods) != 1:
        yield "object_lock: mode needs either days or years"
    if periods and not value.get("mode"):
        yield f"object_lock: {periods[0]} needs mode"
    if value.get("mode") and not value["enabled"]:
        yield "object_lock: mode needs enabled"
    for key in periods:
        if value[key] < 1:
            yield f"object_lock: {key} is at least 1"


def _quota_problems(value: str) -> Iterator[str]:
    try:
        size(value)
    except ValueError as exc:
        yield f"quota: {exc}"


PROBLEMS: Mapping[str, Callable[[t.Any], Iterator[str]]] = {
    "object_lock": _object_lock_problems,
    "encryption": _encryption_problems,
    "tags": _tag_problems,
    "lifecycle": _lifecycle_problems,
    "cors": _cors_problems,
    "quota": _quota_problems,
    "policy": policy.problems,
}
CANONICAL: Mapping[str, Callable[[t.Any], Value]] = {
    "object_lock": _without_none,
    "encryption": _without_none,
    "tags": _tags,
    "lifecycle": _lifecycle,
    "cors": _cors,
    "quota": size,
    "policy": policy.canonical,
}
