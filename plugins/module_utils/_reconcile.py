# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The one place where check mode, diff mode and the shape of a module's result are decided.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ItemError, PlatformError

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ansible.module_utils.basic import AnsibleModule

LINES_IN_MESSAGE = 5


@dataclasses.dataclass(frozen=True)
class Step:
    """One write to a remote system: what it says to the user, and how it is done. It may answer with ``Done``.

    ``item`` is the path of what it writes, such as ``("mlflow",)`` or ``("mlflow", "cors")``. When the step raises an
    ItemError, later steps of that path and below it are left out, and all others go on.
    """

    summary: str
    apply: Callable[[], object]
    item: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Done:
    """What a step did, where that is not just its summary, such as when it had to take another way.

    ``failure`` is why things are not as wanted, for the item that the step is about.
    """

    actions: Sequence[str] = ()
    failure: str = ""


@dataclasses.dataclass(frozen=True)
class Failure:
    """Why one item, or one field of it, is not as wanted. ``item`` as in a step."""

    item: tuple[str, ...]
    msg: str

    def shown(self) -> dict[str, str]:
        return {"item": ".".join(self.item), "msg": self.msg}


@dataclasses.dataclass(frozen=True)
class Plan:
    """What a module will do. A plan without steps changes nothing.

    ``before`` and ``after`` are shown to the user as the diff: they hold no secrets. ``failures`` are known before
    anything is written; what they concern has no steps. ``predicted`` is what the module returns in check mode, if
    that is more than ``after``.
    """

    before: Mapping[str, t.Any]
    after: Mapping[str, t.Any]
    steps: Sequence[Step] = ()
    failures: Sequence[Failure] = ()
    predicted: Mapping[str, t.Any] | None = None


def run(
    module: AnsibleModule,
    make_plan: Callable[[], Plan],
    read_back: Callable[[Plan], Mapping[str, t.Any]] = lambda _plan: {},
) -> t.NoReturn:
    """Make the plan, apply it unless in check mode, and leave the module.

    The result holds ``changed``, ``actions`` (one line a write; in check mode those to come) and what
    ``read_back`` returns of the plan that was applied (in check mode what the plan predicts). On failure ``actions``
    holds what was done before it, and ``failures`` names each item that could not be made as wanted.
    """
    applied: list[str] = []
    failures: list[Failure] = []
    resources: Mapping[str, t.Any] = {}
    try:
        plan = make_plan()
        failures += plan.failures
        if module.check_mode:
            applied += [step.summary for step in plan.steps]
            resources = plan.after if plan.predicted is None else plan.predicted
        else:
            failures += _apply(plan.steps, applied)
            resources = read_back(plan)
    except PlatformError as exc:
        module.fail_json(
            msg=exc.msg,
            changed=bool(applied),
            actions=applied,
            failures=[failure.shown() for failure in failures],
            **exc.details,
        )
    result: dict[str, t.Any] = {"changed": bool(applied), "actions": applied, **resources}
    if module._diff:
        result["diff"] = {"before": dict(plan.before), "after": dict(plan.after)}
    if failures:
        fail(module, failures, **result)
    module.exit_json(**result)


def fail(module: AnsibleModule, failures: Sequence[Failure], **result: t.Any) -> t.NoReturn:
    """Leave the module with what could not be had of some items, and the result of the others."""
    msg = _few([failure.msg for failure in failures], ", see failures")
    module.fail_json(msg=msg, failures=[failure.shown() for failure in failures], **result)


def refuse(module: AnsibleModule, problems: Sequence[str]) -> None:
    """Leave the module, before it asks anybody, if something it was given can be used nowhere."""
    if problems:
        module.fail_json(msg=_few(problems))


def refuse_repeated(module: AnsibleModule, **names: Iterable[object]) -> None:
    """Leave the module if an option's list names something twice: which one would be meant?"""
    for option, given in names.items():
        seen: set[object] = set()
        twice = sorted({str(name) for name in given if name in seen or seen.add(name)})  # type: ignore[func-returns-value]
        if twice:
            module.fail_json(msg=f"{option}: named more than once: {', '.join(twice)}")


def _apply(steps: Sequence[Step], applied: list[str]) -> list[Failure]:
    """Apply what is not below something that failed. ``applied`` grows by what was done."""
    failures: list[Failure] = []
    for step in steps:
        if any(step.item[: len(failure.item)] == failure.item for failure in failures):
            continue
        try:
            answer = step.apply()
        except ItemError as exc:
            if not step.item:
                raise
            failures.append(Failure(step.item, exc.msg))
        else:
            done = answer if isinstance(answer, Done) else Done([step.summary])
            applied += done.actions
            failures += [Failure(step.item, done.failure)] if done.failure else []
    return failures


def _few(lines: Sequence[str], where: str = "") -> str:
    """Lines as one, as far as one can be read."""
    more = len(lines) - LINES_IN_MESSAGE
    rest = [f"and {more} more{where}"] if more > 0 else []
    return "; ".join([*lines[:LINES_IN_MESSAGE], *rest])
