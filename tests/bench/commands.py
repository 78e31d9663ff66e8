# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Runs what is measured: a playbook, or a program in a plain process."""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import sys
import time
import typing as t
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).parents[2]
PLAYBOOKS = pathlib.Path(__file__).with_name("playbooks")
LIMIT_SECONDS = 900
DIGITS = 4
LINES_SHOWN = 20
# Ansible's own defaults, but for what says that there is no inventory.
SETTINGS = f"""\
[defaults]
collections_path = {ROOT}/.collections
localhost_warning = false
[inventory]
inventory_unparsed_warning = false
"""


class BenchError(Exception):
    """A command failed, or an end state is not as wanted: there is nothing to compare."""


@dataclass(frozen=True)
class Run:
    """How one command went."""

    seconds: float
    changed: bool
    inside: float | None = None
    peak_kib: int | None = None


def playbook(folder: pathlib.Path, name: str, options: t.Mapping[str, t.Any]) -> Run:
    """One ansible-playbook run on localhost. The options are variables, with ``bench_`` before their names."""
    (folder / "ansible.cfg").write_text(SETTINGS)
    variables = folder / "variables.json"
    with open(os.open(variables, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        json.dump({f"bench_{key}": value for key, value in options.items()}, stream)
    program = str(pathlib.Path(sys.executable).with_name("ansible-playbook"))
    done, seconds = _timed([program, str(PLAYBOOKS / f"{name}.yml"), "--extra-vars", f"@{variables}"], folder)
    variables.unlink()
    recap = re.search(r"^localhost\s*:.*\bchanged=(\d+)", done.stdout, re.MULTILINE)
    if done.returncode != 0 or recap is None:
        raise BenchError(f"{name}.yml: {_last_lines(done.stdout + done.stderr)}")
    return Run(seconds, recap[1] != "0")


def module(folder: pathlib.Path, name: str, options: t.Mapping[str, t.Any], refused: bool = False) -> Run:
    """One of our modules without Ansible around it. ``refused``: it is expected to fail."""
    done, seconds = _timed([sys.executable, "-m", "tests.bench.bare", name], folder, {"ANSIBLE_MODULE_ARGS": options})
    result = _result(name, done)
    if (done.returncode != 0) != refused:
        raise BenchError(f"{name}: {result.get('msg') or 'it did not fail'}")
    return Run(seconds, bool(result.get("changed")), **_report(done))


def keep_alive(folder: pathlib.Path, wanted: t.Mapping[str, t.Any]) -> Run:
    """The bare client with one GET an object."""
    done, seconds = _timed([sys.executable, "-m", "tests.bench.keep_alive"], folder, wanted)
    return Run(seconds, bool(_result("keep_alive", done)["changed"]), **_report(done))


def _timed(
    command: list[str], folder: pathlib.Path, stdin: t.Mapping[str, t.Any] | None = None
) -> tuple[subprocess.CompletedProcess[str], float]:
    """What a command printed, and the seconds from its start to its end."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "AWS_", "PG"))}
    environment["ANSIBLE_CONFIG"] = str(folder / "ansible.cfg")
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT / ".collections"), str(ROOT)])
    text = json.dumps(stdin) if stdin else ""
    started = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        input=text,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    return done, round(time.perf_counter() - started, DIGITS)


def _result(name: str, done: subprocess.CompletedProcess[str]) -> dict[str, t.Any]:
    try:
        result: dict[str, t.Any] = json.loads(done.stdout)
    except ValueError as exc:
        raise BenchError(f"{name}: {_last_lines(done.stdout + done.stderr)}") from exc
    return result


def _report(done: subprocess.CompletedProcess[str]) -> dict[str, t.Any]:
    report = json.loads(done.stderr.splitlines()[-1])
    return {"inside": round(report["inside"], DIGITS), "peak_kib": report["peak_kib"]}


def _last_lines(text: str) -> str:
    return "\n".join(text.splitlines()[-LINES_SHOWN:])
