"""Runs a playbook of this checkout against the lab's inventory, with its output on our terminal."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab import process

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lab.settings import Places


def environment(places: Places, report: Path) -> dict[str, str]:
    """Environment of ansible-playbook: our tools first in the path, our settings, our report."""
    tools = [str(Path(sys.executable).parent), str(places.mirror_tree / "bin")]
    return {
        **os.environ,
        "PATH": os.pathsep.join([*tools, os.environ.get("PATH", os.defpath)]),
        "ANSIBLE_CONFIG": str(places.checkout / "ansible.cfg"),
        "BAREMETAL_MLOPS_REPORT": str(report),
    }


def play(places: Places, inventory: str, name: str, report: Path, *words: str) -> dict[str, Any]:
    """Run one playbook; returns its report, raises with the failed host and task."""
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    argv: Sequence[str] = ["ansible-playbook", name, "-i", f"inventories/{inventory}", *words]
    status = process.stream(argv, env=environment(places, report), cwd=places.checkout)
    found = load(report)
    if status != 0:
        raise process.LabError(f"{name} ended with {status}: {failure(found)}")
    return found


def load(report: Path) -> dict[str, Any]:
    """A report that the callback wrote; empty where there is none."""
    try:
        return dict(json.loads(report.read_text()))
    except (OSError, ValueError):
        return {}


def failure(report: dict[str, Any]) -> str:
    """The first failure in one line."""
    for item in report.get("failures", []):
        return " ".join(f"{item['host']}: {item['task']}: {item['cause']}".split())
    return "see its output above"


def counts(report: dict[str, Any]) -> str:
    """`412 ok, 0 changed`."""
    hosts = report.get("hosts", {}).values()
    return f"{sum(host['ok'] for host in hosts)} ok, {changed(report)} changed"


def changed(report: dict[str, Any]) -> int:
    """Changed tasks of all hosts."""
    return sum(int(host["changed"]) for host in report.get("hosts", {}).values())
