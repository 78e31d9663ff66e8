"""A copy of the collection in which every module is replaced by one that records what it is given.

Imports, set_fact and what validate.yml asserts stay as they are, so that a run of site.yml on the copy templates all
arguments of all tasks, all templates and all values, as a real run does, but reaches no host, cluster or network. Left
out are preflight and the verify.yml of each role, which do nothing but ask.
"""

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

if t.TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = pathlib.Path(__file__).parents[3]
BIN = pathlib.Path(sys.executable).parent
COPIED = ("catalog", "galaxy.yml", "meta", "playbooks", "plugins", "roles", "site.yml")
KEPT = {
    "debug",
    "fail",
    "import_playbook",
    "import_role",
    "import_tasks",
    "include_role",
    "include_tasks",
    "include_vars",
    "meta",
    "set_fact",
    "validate_argument_spec",
}
# What a task says about its arguments. How its module runs does not matter to a recorder.
KEYWORDS = {"loop", "loop_control", "name", "register", "run_once", "tags", "vars", "when"}
# What a module would have answered: for all tasks, and by the name that a task registers.
ANSWERS: dict[str, dict[str, t.Any]] = {
    "*": {"stdout": "", "stdout_lines": [], "stderr": "", "rc": 0, "content": "", "resources": [], "result": {}},
    "__cert_manager_request": {"csr": "a certificate signing request"},
    "__kubernetes_certificates": {"stdout_lines": ["Using certificate key:", "0" * 64]},
    "__kubernetes_kubeconfig": {"content": "e30K"},
    "__kubernetes_state": {"files": []},
    "__kubernetes_token": {
        "stdout": "kubeadm join api:6443 --token abcdef.0123456789abcdef --discovery-token-ca-cert-hash sha256:00",
    },
}
# The part of the proof that makes objects; the rest asks the platform.
PROOF = """
- name: Start the jobs of the proof
  hosts: platform
  gather_facts: false
  tasks:
    - name: Start them
      ansible.builtin.include_role:
        name: baremetal.mlops.platform_verify
        tasks_from: jobs
"""
RECORDER = """
import json, os, pathlib, uuid

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        given = dict(self._task.args)
        action = given.pop("recorded_action")
        answers = json.loads(pathlib.Path(os.environ["REHEARSAL_ANSWERS"]).read_text())
        role = self._task._role
        record = {
            "role": role.get_name(include_role_fqcn=False) if role else "",
            "task": self._task.get_name(),
            "host": task_vars["inventory_hostname"],
            "action": action,
            "args": given,
        }
        path = pathlib.Path(os.environ["REHEARSAL_OUT"], uuid.uuid4().hex)
        path.with_suffix(".json").write_text(json.dumps(record))
        return {"changed": False, **answers["*"], **answers.get(self._task.register or "", {})}
"""
FACTS = """
from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        address = self._templar.template(task_vars.get("ansible_host", "127.0.0.1"))
        facts = {
            "architecture": "x86_64",
            "default_ipv4": {"address": address, "interface": "eth0"},
            "distribution": "Debian",
            "distribution_major_version": "13",
            "distribution_release": "trixie",
            "dns": {"nameservers": ["192.0.2.53"]},
            "hostname": task_vars["inventory_hostname"],
            "os_family": "Debian",
        }
        return {"changed": False, "ansible_facts": facts}
"""


@dataclasses.dataclass(frozen=True)
class Record:
    """One call of one module on one host."""

    role: str
    task: str
    host: str
    action: str
    args: dict[str, t.Any]


def make(target: pathlib.Path) -> None:
    """Write the copy to ``<target>/ansible_collections/baremetal/mlops``."""
    collection = target / "ansible_collections/baremetal/mlops"
    collection.mkdir(parents=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, collection / name, ignore=shutil.ignore_patterns("__pycache__", "handlers"))
        else:
            shutil.copy(source, collection / name)
    (collection / "plugins/action").mkdir(exist_ok=True)
    for name, code in (("record", RECORDER), ("facts", FACTS)):
        (collection / f"plugins/action/{name}.py").write_text(code)
        (collection / f"plugins/modules/{name}.py").write_text("")
    for path in (*collection.glob("roles/*/tasks/*.yml"), *collection.glob("playbooks/tasks/*.yml")):
        rewrite(path, checks if path.stem == "validate" else tasks)
    for path in collection.glob("playbooks/*.yml"):
        rewrite(path, plays)
    (collection / "playbooks/proof.yml").write_text(PROOF)


def rewrite(path: pathlib.Path, change: t.Callable[[list[dict[str, t.Any]]], list[dict[str, t.Any]]]) -> None:
    """Change a YAML file."""
    path.write_text(yaml.safe_dump(change(yaml.safe_load(path.read_text()) or []), sort_keys=False, width=1000))


def plays(found: list[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    """Plays without preflight, with recording tasks."""
    kept = [play for play in found if play.get("ansible.builtin.import_playbook") != "preflight.yml"]
    for play in kept:
        play.pop("handlers", None)
        for part in ("pre_tasks", "tasks", "post_tasks"):
            if part in play:
                play[part] = tasks(play[part])
    return kept


def tasks(found: list[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    """Tasks that record; those of verify.yml are left out."""
    return [task(item) for item in found if item.get("ansible.builtin.import_tasks") != "verify.yml"]


def checks(found: list[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    """Tasks of validate.yml: its assertions are about the inventory and hold here too. Others are about results."""
    return [item if "ansible.builtin.assert" in item else task(item) for item in found]


def task(item: dict[str, t.Any]) -> dict[str, t.Any]:
    """One task that records, or that only computes."""
    parts = [part for part in ("block", "always") if part in item]
    actions = [key for key in item if "." in key]
    changed = {key: value for key, value in item.items() if key in KEYWORDS or key in actions}
    if parts:
        return {**changed, **{part: tasks(item[part]) for part in parts}}
    (action,) = actions
    if action.removeprefix("ansible.builtin.") in KEPT:
        return changed
    given = dict(changed.pop(action) or {})
    if action == "ansible.builtin.setup":
        return {**changed, "baremetal.mlops.facts": {}}
    for option in ("template", "src"):
        if action in {"kubernetes.core.k8s", "ansible.builtin.template"} and isinstance(given.get(option), str):
            kind = "file" if (action, option) == ("kubernetes.core.k8s", "src") else "template"
            name = given.pop(option)
            given["resource_definition" if action.endswith("k8s") else "content"] = _lookup(kind, name)
    return {**changed, "baremetal.mlops.record": {"recorded_action": action, **given}}


def _lookup(kind: str, name: str) -> str:
    term = name.replace("{{", "' ~ (").replace("}}", ") ~ '")
    return f"{{{{ lookup('ansible.builtin.{kind}', '{term}') }}}}"


def run(
    folder: pathlib.Path,
    inventory: str,
    extra: Mapping[str, t.Any],
) -> list[Record]:
    """Run site.yml of a copy and return what was recorded."""
    make(folder / "copy")
    out = folder / "out"
    out.mkdir()
    (folder / "answers.json").write_text(json.dumps(ANSWERS))
    settings = {
        "ansible_connection": "local",
        "ansible_become": False,
        "ansible_python_interpreter": sys.executable,
        **extra,
    }
    done = subprocess.run(
        [
            *(str(BIN / "ansible-playbook"), "baremetal.mlops.site", "baremetal.mlops.proof"),
            *("-i", str(ROOT / "inventories" / inventory), "-e", json.dumps(settings)),
        ],
        cwd=folder,
        env={
            **{key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")},
            "ANSIBLE_COLLECTIONS_PATH": str(folder / "copy"),
            "ANSIBLE_DISPLAY_OK_HOSTS": "false",
            "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false",
            "ANSIBLE_INJECT_FACT_VARS": "false",
            "ANSIBLE_NOCOLOR": "1",
            "REHEARSAL_ANSWERS": str(folder / "answers.json"),
            "REHEARSAL_OUT": str(out),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    return [Record(**json.loads(path.read_text())) for path in sorted(out.glob("*.json"))]
