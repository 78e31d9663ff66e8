# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Tags of experiments, models and versions: what is wanted of them, and what that changes.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow import limits, trail
from ansible_collections.baremetal.mlops.plugins.module_utils._reconcile import Step

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

# Tags of MLflow itself, and the audit trail of promotions: no purge deletes them.
KEPT = ("mlflow.", f"{trail.PREFIX}.")


@dataclasses.dataclass(frozen=True)
class WantedTags:
    """``values`` are merged into what is there, ``purge`` removes all others. None as a value removes that tag."""

    values: Mapping[str, str | None] = dataclasses.field(default_factory=dict)
    purge: bool = False

    @classmethod
    def of(cls, item: Mapping[str, t.Any]) -> WantedTags:
        """Out of an item of a module's list."""
        if item["tags"] is None:
            return cls()
        return cls({str(key): text(value) for key, value in item["tags"].items()}, item["purge_tags"])

    def over(self, actual: Mapping[str, str]) -> dict[str, str]:
        """The tags that are to be, when those of ``actual`` are."""
        stay = {
            key: value for key, value in actual.items() if key in self.values or not self.purge or key.startswith(KEPT)
        }
        merged = {**stay, **self.values}
        return {key: value for key, value in merged.items() if value is not None}

    def problems(self, longest: int) -> Iterator[tuple[str, str]]:
        """Keys and values that MLflow would refuse, and why."""
        for key, value in self.values.items():
            if problem := limits.tag_key(key) or (limits.text(value, longest) if value is not None else None):
                yield key, problem


def text(value: t.Any) -> str | None:
    """A value of a tag as MLflow keeps it. A truth value is written as in YAML."""
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)


def steps(
    of: str,
    item: tuple[str, ...],
    actual: Mapping[str, str],
    target: Mapping[str, str],
    *,
    set_tag: Callable[[str, str], None],
    delete_tag: Callable[[str], None],
) -> list[Step]:
    """One write for each tag that differs."""
    changed = [key for key, value in target.items() if actual.get(key) != value]
    gone = [key for key in actual if key not in target]
    return [
        *(Step(f"set tag {key} of {of}", functools.partial(set_tag, key, target[key]), item) for key in changed),
        *(Step(f"delete tag {key} of {of}", functools.partial(delete_tag, key), item) for key in gone),
    ]
