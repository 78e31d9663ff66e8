# Copyright (c) 2026 baremetal.mlops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: phases
type: aggregate
short_description: Progress, failures and a report of a run, by phase
version_added: 0.1.0
description:
  - Says when a phase (a play) starts and ends, how long it took and how much it changed.
  - Ends with the failures, each with its host, task, cause and what to do next, and a table of the phases.
  - Writes all of that as JSON to O(report), mode V(0600), after each phase and at the end, also when the run fails.
  - Holds names and counts only. A task's message is shown when it failed, unless the task has C(no_log).
  - Shows the custom statistic C(platform_summary), a dictionary of labels and texts, after a run that succeeded.
author:
  - baremetal.mlops contributors (@baremetal-mlops)
requirements:
  - enabled as C(baremetal.mlops.phases) in C(callbacks_enabled)
options:
  report:
    description: File for the report. None is written if empty.
    type: str
    default: ""
    ini:
      - section: callback_phases
        key: report
    env:
      - name: BAREMETAL_MLOPS_REPORT
"""

import datetime
import json
import os
import pathlib
import tempfile
import time
import typing as t

from ansible import context
from ansible.plugins.callback import CallbackBase

from ansible_collections.baremetal.mlops.plugins.module_utils import _phases

if t.TYPE_CHECKING:
    from ansible.executor.stats import AggregateStats
    from ansible.executor.task_result import CallbackTaskResult
    from ansible.playbook import Playbook
    from ansible.playbook.play import Play
    from ansible.playbook.task import Task


class CallbackModule(CallbackBase):
    """Follows a run."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "baremetal.mlops.phases"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._began = time.monotonic()
        self._started = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        self._check = bool(context.CLIARGS.get("check"))
        self._expected = 0
        self._playbook = ""
        self._phases: list[_phases.Phase] = []
        self._changed: list[dict[str, str]] = []
        self._failures: list[tuple[_phases.Phase, _phases.Failure]] = []
        self._hosts: dict[str, dict[str, int]] = {}

    def v2_playbook_on_start(self, playbook: Playbook) -> None:
        self._expected = len(playbook.get_plays())

    def v2_playbook_on_play_start(self, play: Play) -> None:
        self._end_phase()
        origin = getattr(play, "_origin", None)
        self._playbook = _shown(str(origin.path)) if origin and origin.path else ""
        self._phases.append(_phases.Phase(name=play.get_name().strip(), started=time.monotonic()))
        self._display.display(f"{self._place()} {self._phases[-1].name}", color="bright blue")
        self._write(finished=False)

    def v2_playbook_on_task_start(self, task: Task, is_conditional: bool) -> None:
        self._phase.tasks += 1

    def v2_playbook_on_handler_task_start(self, task: Task) -> None:
        self._phase.tasks += 1

    def v2_runner_on_ok(self, result: CallbackTaskResult) -> None:
        self._phase.ok += 1
        if result.is_changed():
            self._phase.changed += 1
            self._changed.append({"host": result.host.name, "role": _role(result), "task": result.task_name})

    def v2_runner_on_skipped(self, result: CallbackTaskResult) -> None:
        self._phase.skipped += 1

    def v2_runner_on_failed(self, result: CallbackTaskResult, ignore_errors: bool = False) -> None:
        if ignore_errors:
            self._phase.ok += 1
            return
        self._phase.failed += 1
        self._failures.append((self._phase, self._failure(result)))

    def v2_runner_on_unreachable(self, result: CallbackTaskResult) -> None:
        self._phase.unreachable += 1
        self._failures.append((self._phase, self._failure(result)))

    def v2_playbook_on_stats(self, stats: AggregateStats) -> None:
        self._end_phase()
        self._hosts = {host: stats.summarize(host) for host in sorted(stats.processed)}
        self._forget_rescued()
        for _phase, failure in self._failures:
            for number, line in enumerate(failure.lines()):
                self._display.display(line if number else f"FAILED {line}", color="red")
        for line in _phases.table(self._phases):
            self._display.display(line)
        if not self._failures and not self._check:
            for label, text in stats.custom.get("_run", {}).get("platform_summary", {}).items():
                self._display.display(f"{label}: {text}", color="green")
        self._write(finished=True)

    @property
    def _phase(self) -> _phases.Phase:
        if not self._phases:
            self._phases.append(_phases.Phase(name="", started=time.monotonic()))
        return self._phases[-1]

    def _place(self) -> str:
        return f"[{len(self._phases)}/{max(self._expected, len(self._phases))}]"

    def _end_phase(self) -> None:
        if not self._phases:
            return
        phase = self._phases[-1]
        phase.seconds = time.monotonic() - phase.started
        text = f"{self._place()} {phase.name} ... {_phases.duration(phase.seconds)}, changed {phase.changed}"
        self._display.display(text, color="bright blue")

    def _forget_rescued(self) -> None:
        """Keep the failures that ended their host's part: a host's last ones. What a rescue mended came before."""
        kept = []
        left = {host: counts["failures"] + counts["unreachable"] for host, counts in self._hosts.items()}
        for phase, failure in reversed(self._failures):
            if left.get(failure.host, 0) > 0:
                left[failure.host] -= 1
                kept.append((phase, failure))
            elif phase.failed:
                phase.failed -= 1
        self._failures = kept[::-1]

    def _failure(self, result: CallbackTaskResult) -> _phases.Failure:
        where = _shown(result.task.get_path())
        playbook = self._playbook or "the same playbook"
        return _phases.Failure(
            host=result.host.name,
            phase=self._phase.name,
            role=_role(result),
            task=result.task_name,
            cause=_phases.HIDDEN if result.task.no_log else _phases.cause(result.result),
            next=f"remove the cause and run it again, or only this layer with {playbook}; the task is {where}",
        )

    def _report(self, *, finished: bool) -> dict[str, t.Any]:
        return {
            "started": self._started,
            "seconds": round(time.monotonic() - self._began, 1),
            "finished": finished,
            "check_mode": self._check,
            "phases": [phase.as_dict() for phase in self._phases],
            "totals": _phases.totals(self._phases),
            "hosts": self._hosts,
            "changed_tasks": self._changed,
            "failures": [vars(failure) for _phase, failure in self._failures],
        }

    def _write(self, *, finished: bool) -> None:
        wanted = self.get_option("report")
        if not wanted:
            return
        path = pathlib.Path(wanted).absolute()
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(self._report(finished=finished), file, indent=2)
            file.write("\n")
        pathlib.Path(name).replace(path)


def _role(result: CallbackTaskResult) -> str:
    role = getattr(result.task, "_role", None)
    return str(role.get_name(include_role_fqcn=False)) if role else ""


def _shown(path: str) -> str:
    """Relative to where the user is, if it lies below."""
    return os.path.realpath(path).removeprefix(f"{pathlib.Path.cwd()}{os.sep}")
