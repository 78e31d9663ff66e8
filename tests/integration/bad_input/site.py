"""A small site made from inventories/prod, whose machines are this one, and preflight on it."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import sys
import typing as t

import yaml

ROOT = pathlib.Path(__file__).parents[3]
LOCAL = {"ansible_connection": "local", "ansible_become": False, "ansible_python_interpreter": sys.executable}


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How preflight ended."""

    rc: int
    out: str
    problems: list[dict[str, str]]

    def line(self, *words: str) -> str:
        """The one line of the output that holds all the words, or an empty one."""
        return next((line for line in self.out.splitlines() if all(word in line for word in words)), "")


def make(folder: pathlib.Path, control_planes: int = 1, **variables: t.Any) -> pathlib.Path:
    """Write an inventory: prod's values, other variables over them, and this machine under several names."""
    inventory = folder / "inventory"
    shutil.copytree(ROOT / "inventories/prod", inventory)
    hosts = {
        "nodes": {
            "children": {
                "control_plane": {
                    "hosts": {f"cp{number}": _host(10 + number) for number in range(1, control_planes + 1)}
                },
                "workers": {"hosts": {"worker1": _host(31)}},
            }
        },
        "platform": {"hosts": {"localhost": {}}},
    }
    (inventory / "hosts.yml").write_text(yaml.safe_dump({"all": {"children": hosts}}))
    values = {
        "platform_secrets_dir": str(folder / "secrets"),
        "platform_kubeconfig": str(folder / "kubeconfig"),
        **variables,
    }
    (inventory / "group_vars/all/zz_case.yml").write_text(yaml.safe_dump(values))
    return inventory


def _host(number: int) -> dict[str, str]:
    return {"ansible_host": f"192.0.2.{number}"}


def preflight(folder: pathlib.Path, inventory: pathlib.Path) -> Outcome:
    """Run preflight and read the problems that it lists."""
    report = folder / "problems.json"
    done = subprocess.run(
        [
            str(pathlib.Path(sys.executable).with_name("ansible-playbook")),
            "playbooks/preflight.yml",
            *("-i", str(inventory), "-e", json.dumps({**LOCAL, "preflight_report": str(report)})),
        ],
        cwd=ROOT,
        env={
            **{key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")},
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_NOCOLOR": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    problems = json.loads(report.read_text())["problems"] if report.exists() else []
    return Outcome(done.returncode, done.stdout + done.stderr, problems)
