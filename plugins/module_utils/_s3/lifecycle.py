# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Rules by which a service deletes objects by itself: our short shape, and that of S3's API. No I/O.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Rule = dict[str, t.Any]

DAYS = ("expiration_days", "noncurrent_expiration_days", "abort_multipart_days")
ACTIONS = (*DAYS, "expired_delete_marker", "noncurrent_versions_kept")
LONGEST_ID = 255
# Where S3's API has what our shape has. All else in a rule is beyond our shape.
KNOWN = {
    "ID",
    "Status",
    "Prefix",
    "Filter.Prefix",
    "Filter.Tag",
    "Filter.And.Prefix",
    "Filter.And.Tags",
    "Expiration.Days",
    "Expiration.ExpiredObjectDeleteMarker",
    "NoncurrentVersionExpiration.NoncurrentDays",
    "NoncurrentVersionExpiration.NewerNoncurrentVersions",
    "AbortIncompleteMultipartUpload.DaysAfterInitiation",
}


def problems(rules: Sequence[Mapping[str, t.Any]]) -> Iterator[str]:
    """What is wrong with rules as the user gave them, as far as it can be known without a service."""
    names = [rule["id"] for rule in rules]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        yield f"lifecycle: named more than once: {', '.join(twice)}"
    for rule in rules:
        where = f"lifecycle {rule['id']}"
        if not 1 <= len(rule["id"]) <= LONGEST_ID:
            yield f"{where}: id has 1 to {LONGEST_ID} characters"
        if not any(rule.get(action) for action in ACTIONS):
            yield f"{where}: give at least one of {', '.join(ACTIONS)}"
        for action in (*DAYS, "noncurrent_versions_kept"):
            if rule.get(action) is not None and rule[action] < 1:
                yield f"{where}: {action} is at least 1"
        if rule.get("expired_delete_marker") and rule.get("expiration_days"):
            yield f"{where}: give expiration_days or expired_delete_marker, not both: the first removes markers as well"


def canonical(rules: Sequence[Mapping[str, t.Any]]) -> list[Rule]:
    """The one way in which we show and compare rules: by name, without what says nothing."""
    kept = [{key: value for key, value in rule.items() if value or key == "enabled"} for rule in rules]
    return sorted(kept, key=lambda rule: str(rule["id"]))


def to_api(rules: Sequence[Mapping[str, t.Any]]) -> list[dict[str, t.Any]]:
    return [_to_api(rule) for rule in rules]


def from_api(rules: Sequence[Mapping[str, t.Any]]) -> list[Rule]:
    """Our shape of what the API says. ``beyond`` names what our shape cannot say."""
    return canonical([_from_api(rule) for rule in rules])


def _to_api(rule: Mapping[str, t.Any]) -> dict[str, t.Any]:
    expiration = _given(Days=rule.get("expiration_days"), ExpiredObjectDeleteMarker=rule.get("expired_delete_marker"))
    noncurrent = _given(
        NoncurrentDays=rule.get("noncurrent_expiration_days"),
        NewerNoncurrentVersions=rule.get("noncurrent_versions_kept"),
    )
    return {
        "ID": rule["id"],
        "Status": "Enabled" if rule["enabled"] else "Disabled",
        "Filter": _filter(rule.get("prefix", ""), rule.get("tags", {})),
        **_given(
            Expiration=expiration,
            NoncurrentVersionExpiration=noncurrent,
            AbortIncompleteMultipartUpload=_given(DaysAfterInitiation=rule.get("abort_multipart_days")),
        ),
    }


def _filter(prefix: str, tags: Mapping[str, str]) -> dict[str, t.Any]:
    pairs = [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
    if not pairs:
        return {"Prefix": prefix}
    if len(pairs) == 1 and not prefix:
        return {"Tag": pairs[0]}
    return {"And": {**_given(Prefix=prefix), "Tags": pairs}}


def _from_api(rule: Mapping[str, t.Any]) -> Rule:
    only = rule.get("Filter", {})
    both = only.get("And", {})
    tags = [*([only["Tag"]] if "Tag" in only else []), *both.get("Tags", [])]
    expiration, noncurrent = rule.get("Expiration", {}), rule.get("NoncurrentVersionExpiration", {})
    return {
        "id": rule.get("ID", ""),
        "enabled": rule.get("Status") == "Enabled",
        "prefix": rule.get("Prefix") or only.get("Prefix") or both.get("Prefix"),
        "tags": {tag["Key"]: tag.get("Value", "") for tag in tags},
        "expiration_days": expiration.get("Days"),
        "expired_delete_marker": expiration.get("ExpiredObjectDeleteMarker"),
        "noncurrent_expiration_days": noncurrent.get("NoncurrentDays"),
        "noncurrent_versions_kept": noncurrent.get("NewerNoncurrentVersions"),
        "abort_multipart_days": rule.get("AbortIncompleteMultipartUpload", {}).get("DaysAfterInitiation"),
        "beyond": sorted(set(_places(rule)) - KNOWN),
    }


def _places(value: Mapping[str, t.Any], inside: str = "") -> Iterator[str]:
    """Where a rule of the API says something: Expiration.Days, Transitions, ..."""
    for key, item in value.items():
        place = f"{inside}{key}"
        if isinstance(item, dict) and place != "Filter.Tag":
            yield from _places(item, f"{place}.")
        else:
            yield place


def _given(**values: t.Any) -> dict[str, t.Any]:
    return {key: value for key, value in values.items() if value}
