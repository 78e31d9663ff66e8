"""The callback in real runs of small playbooks."""

from __future__ import annotations

import json
import os
import pathlib
import re
import stat
import subprocess
import sys
import typing as t

import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils import _phases

ROOT = pathlib.Path(__file__).parents[4]
PLAYBOOK = """
- name: First
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Change something
      ansible.builtin.debug:
        msg: a result that nobody should store
      changed_when: true
    - name: A block that mends itself
      block:
        - name: Break
          ansible.builtin.fail:
            msg: this was mended
      rescue:
        - name: Say where things are
          ansible.builtin.set_stats:
            data:
              platform_summary:
                tracking: https://mlflow.example.com
- name: Second
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Fail on one item
      ansible.builtin.fail:
        msg: "disk of {{ item }} is full:\\n free some"
      loop: [cp1]
      when: fail_with == 'reason'
    - name: Fail with a secret
      ansible.builtin.fail:
        msg: "{{ secret }}"
      no_log: true
      when: fail_with == 'secret'
"""


class Run(t.NamedTuple):
    rc: int
    out: str
    report: dict[str, t.Any]
    mode: int


@pytest.fixture
def play(tmp_path: pathlib.Path) -> t.Callable[..., Run]:
    (tmp_path / "play.yml").write_text(PLAYBOOK)
    report = tmp_path / "reports" / "run.json"

    def run(fail_with: str, *options: str) -> Run:
        command = [
            str(pathlib.Path(sys.executable).with_name("ansible-playbook")),
            "play.yml",
            "-i",
            "localhost,",
            "-c",
            "local",
        ]
        done = subprocess.run(
            [*command, "-e", f"fail_with={fail_with} secret=Tr0ub4dor", *options],
            cwd=tmp_path,
            env={
                **os.environ,
                "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
                "BAREMETAL_MLOPS_REPORT": str(report),
                "ANSIBLE_NOCOLOR": "1",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        return Run(done.returncode, done.stdout, json.loads(report.read_text()), stat.S_IMODE(report.stat().st_mode))

    return run


def test_a_good_run(play: t.Callable[..., Run]) -> None:
    run = play("nothing")
    assert run.rc == 0
    assert run.mode == 0o600
    assert run.report["finished"] is True
    assert run.report["check_mode"] is False
    assert [(phase["name"], phase["changed"], phase["failed"]) for phase in run.report["phases"]] == [
        ("First", 1, 0),
        ("Second", 0, 0),
    ]
    assert run.report["totals"]["changed"] == run.report["hosts"]["localhost"]["changed"] == 1
    assert run.report["changed_tasks"] == [{"host": "localhost", "role": "", "task": "Change something"}]
    assert run.report["failures"] == []
    assert re.search(r"^\[1/2\] First \.\.\. \d+s, changed 1$", run.out, re.MULTILINE)
    assert "tracking: https://mlflow.example.com" in run.out
    assert "nobody should store" not in json.dumps(run.report)


def test_check_mode_is_told_and_shows_no_summary(play: t.Callable[..., Run]) -> None:
    run = play("nothing", "--check")
    assert run.report["check_mode"] is True
    assert "tracking:" not in run.out


def test_a_failure_says_who_what_why_and_what_next(play: t.Callable[..., Run]) -> None:
    run = play("reason")
    assert run.rc != 0
    assert run.mode == 0o600
    (failure,) = run.report["failures"]
    assert failure["host"] == "localhost"
    assert failure["phase"] == "Second"
    assert failure["task"] == "Fail on one item"
    assert failure["cause"] == "disk of cp1 is full:\nfree some"
    assert "play.yml" in failure["next"]
    assert "FAILED localhost: Fail on one item\n  cause: disk of cp1 is full:\n         free some\n" in run.out


def test_a_secret_is_not_told(play: t.Callable[..., Run]) -> None:
    run = play("secret")
    assert run.rc != 0
    assert run.report["failures"][0]["cause"] == _phases.HIDDEN
    assert "Tr0ub4dor" not in json.dumps(run.report)
    assert "Tr0ub4dor" not in run.out.partition("PLAY RECAP")[2]


@pytest.mark.parametrize(("seconds", "text"), [(0.2, "0s"), (59.6, "1m00s"), (112, "1m52s"), (3725, "1h02m05s")])
def test_duration(seconds: float, text: str) -> None:
    assert _phases.duration(seconds) == text


CAUSES = [
    ({"msg": "one\n two"}, "one\ntwo"),
    ({"msg": ["one", "two"]}, "one\ntwo"),
    ({"msg": "One or more items failed", "results": [{"failed": True, "msg": "a"}, {"msg": "fine"}]}, "a"),
    ({"msg": "x", "results": [{"failed": True, "censored": "hidden"}]}, _phases.HIDDEN),
    ({"censored": "hidden", "msg": "secret"}, _phases.HIDDEN),
    ({"stdout": "never shown"}, "the task gave no reason"),
]


@pytest.mark.parametrize(("result", "cause"), CAUSES)
def test_cause(result: dict[str, t.Any], cause: str) -> None:
    assert _phases.cause(result) == cause
