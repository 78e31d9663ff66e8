# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What a planner decides about one object. No I/O.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql.changes import Change
    from ansible_collections.baremetal.mlops.plugins.module_utils._reconcile import Failure

State = t.TypeVar("State")


@dataclasses.dataclass(frozen=True)
class Decision(t.Generic[State]):
    """The object as it will be (None: there will be none), what makes it so, and what cannot be made so."""

    after: State | None
    changes: Sequence[Change] = ()
    failures: Sequence[Failure] = ()
