# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Modules run by ansible-playbook with many sets of options at once: each set is a host, which is this machine."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import typing as t
from dataclasses import dataclass

import yaml

from tests.services.process import write_secret

ROOT = pathlib.Path(__file__).parents[3]
RUN_LIMIT_SECONDS = 180
Options = dict[str, t.Any]
Result = dict[str, t.Any]


class Case(t.NamedTuple):
    """A module, and what about it is tried."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}-{self.name}"


@dataclass(frozen=True)
class Outcome:
    """How a run ended, and the result of each case as the play registered it."""

    rc: int
    output: str
    results: dict[Case, Result]


class Playbook:
    """A play of one task for each module, and all that Ansible reads and writes for it, below one folder."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        for name in ("home", "tmp"):
            (folder / name).mkdir(parents=True)

    def run(self, cases: t.Mapping[Case, Options], *flags: str, **env: str) -> Outcome:
        """Run the modules with the options of each case. Options come from a file, as a site's secrets do."""
        for old in (self.folder / "facts").glob("*"):
            old.unlink()
        self._write(cases)
        done = subprocess.run(
            [
                str(pathlib.Path(sys.executable).with_name("ansible-playbook")),
                *("-i", "inventory.json", "-e", "@options.json", "plays.yml", *flags),
            ],
            cwd=self.folder,
            env={**self._environment(), **env},
            capture_output=True,
            text=True,
            timeout=RUN_LIMIT_SECONDS,
            check=False,
        )
        output = done.stdout + done.stderr
        found = {path.name: path for path in (self.folder / "facts").glob("*")}
        assert set(found) == {f"s1_{case}" for case in cases}, output
        return Outcome(done.returncode, output, {case: _registered(found[f"s1_{case}"]) for case in cases})

    def _write(self, cases: t.Mapping[Case, Options]) -> None:
        local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        modules = sorted({case.module for case in cases})
        groups: dict[str, dict[str, t.Any]] = {name: {"hosts": {}} for name in modules}
        for case in cases:
            groups[case.module]["hosts"][str(case)] = {}
        (self.folder / "inventory.json").write_text(json.dumps({"all": {"children": groups, "vars": local}}))
        options = {str(case): dict(given) for case, given in cases.items()}
        write_secret(self.folder / "options.json", json.dumps({"options": options}))
        plays = [_play(name, {key for case in cases if case.module == name for key in cases[case]}) for name in modules]
        (self.folder / "plays.yml").write_text(yaml.safe_dump(plays))

    def _environment(self) -> dict[str, str]:
        """Nothing of the caller's settings, for Ansible or for the services, reaches the run."""
        foreign = ("ANSIBLE_", "AWS_", "PG", "MLFLOW_", "PYTEST_")
        return {
            **{key: value for key, value in os.environ.items() if not key.startswith(foreign)},
            "HOME": str(self.folder / "home"),
            "TMPDIR": str(self.folder / "tmp"),
            "ANSIBLE_REMOTE_TMP": str(self.folder / "home/.ansible/tmp"),
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_LOG_PATH": str(self.folder / "ansible.log"),
            "ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile",
            "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(self.folder / "facts"),
            "BAREMETAL_MLOPS_REPORT": str(self.folder / "report.json"),
        }


def _play(module: str, names: set[str]) -> dict[str, t.Any]:
    given = {name: f"{{{{ options[inventory_hostname]['{name}'] | default(omit) }}}}" for name in sorted(names)}
    keep = {"answer": "{{ answer }}", "cacheable": True}
    block = {
        "block": [{"name": f"Run {module}", f"baremetal.mlops.{module}": given, "register": "answer"}],
        "always": [{"name": "Keep the result", "ansible.builtin.set_fact": keep}],
    }
    return {"name": module, "hosts": module, "gather_facts": False, "tasks": [block]}


def _registered(path: pathlib.Path) -> Result:
    """What a play kept in the cache of facts, where ansible-core says with each value where it comes from."""

    def plain(pairs: Result) -> t.Any:
        return pairs["value"] if "__ansible_type" in pairs and "value" in pairs else pairs

    result: Result = json.loads(json.loads(path.read_text())["__payload__"], object_hook=plain)["answer"]
    return result
