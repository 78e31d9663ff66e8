# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Buckets as they are, in the shape in which they are wanted. No I/O of its own.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ItemError, UnsupportedError
from ansible_collections.baremetal.mlops.plugins.module_utils._reconcile import Failure

if t.TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ansible_collections.baremetal.mlops.plugins.module_utils._s3.model import BucketClient


@dataclasses.dataclass
class Found:
    """``unsupported`` is what the service does not have, or our shape cannot say. ``failures`` could not be read."""

    buckets: list[dict[str, t.Any]] = dataclasses.field(default_factory=list)
    unsupported: list[Failure] = dataclasses.field(default_factory=list)
    failures: list[Failure] = dataclasses.field(default_factory=list)


def read(client: BucketClient, names: Collection[str] | None, fields: Sequence[str]) -> Found:
    """What the service does not have is asked for once, and not again for each bucket."""
    found, left = Found(), list(fields)
    for name in sorted(client.list_buckets(names)):
        item: dict[str, t.Any] = {"name": name}
        for field in list(left):
            try:
                value = client.get(name, field)
            except UnsupportedError as exc:
                left.remove(field)
                found.unsupported.append(Failure((field,), exc.msg))
            except ItemError as exc:
                found.failures.append(Failure((name, field), exc.msg))
            else:
                if lacking := _beyond(field, value):
                    found.unsupported.append(Failure((name, field), f"s3_buckets has no option for {lacking}"))
                else:
                    item[field] = value
        found.buckets.append(item)
    return found


def _beyond(field: str, value: t.Any) -> str:
    """What of a value our shape cannot say."""
    rules = value if field == "lifecycle" else []
    return ", ".join(f"{place} of rule {rule['id']}" for rule in rules for place in rule.get("beyond", []))
