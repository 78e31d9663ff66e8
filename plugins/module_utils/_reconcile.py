# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The one place where check mode, diff mode and the shape of a module's result are decided.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import PlatformError

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ansible.module_utils.basic import AnsibleModule


@dataclasses.dataclass(frozen=True)
class Step:
    """One write to a remote system: what it says to the user, and how it is done."""

    summary: str
    apply: Callable[[], object]


@dataclasses.dataclass(frozen=True)
class Plan:
    """What a module will do. A plan without steps changes nothing.

    ``before`` and ``after`` are shown to the user as the diff: they hold no secrets.
    """

    before: Mapping[str, t.Any]
    after: Mapping[str, t.Any]
    steps: Sequence[Step] = ()


def run(
    module: AnsibleModule,
    make_plan: Callable[[], Plan],
    read_back: Callable[[], Mapping[str, t.Any]],
) -> t.NoReturn:
    """Make the plan, apply it unless in check mode, and leave the module.

    The result holds ``changed``, ``actions`` (one line a write; in check mode those to come) and what
    ``read_back`` returns (in check mode the plan's ``after``). On failure ``actions`` holds what was done before it.
    """
    applied: list[str] = []
    try:
        plan = make_plan()
        if not module.check_mode:
            for step in plan.steps:
                step.apply()
                applied.append(step.summary)
        resources = plan.after if module.check_mode else read_back()
    except PlatformError as exc:
        module.fail_json(msg=exc.msg, changed=bool(applied), actions=applied, **exc.details)
    result: dict[str, t.Any] = {
        "changed": bool(plan.steps),
        "actions": [step.summary for step in plan.steps],
        **resources,
    }
    if module._diff:
        result["diff"] = {"before": dict(plan.before), "after": dict(plan.after)}
    module.exit_json(**result)
