# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""A secret that a module is given is found nowhere: not in what a run prints or writes, not beside it, not after it.

Each secret is a token of its own, given through a file of variables as a site does. ansible-core prints the source of
a task that fails, so a secret that stands in a playbook itself would be shown. It also writes a module's options into
the module's temporary file, which only its owner can reach: that is the one place where tokens are seen. It does not
know that an option with a misspelt name is a secret, and it hides a secret of one letter wherever that letter stands.
"""

from __future__ import annotations

import concurrent.futures
import json
import re
import secrets
import typing as t
from dataclasses import dataclass

import pytest

from tests.integration.modules import scenarios
from tests.integration.modules.playbook import Case, Options, Playbook
from tests.integration.modules.scenarios import SCENARIOS, Servers
from tests.integration.modules.watch import Search, Seen, system_log, watching
from tests.integration.modules.wire import closed_port, wire

Cases = dict[Case, Options]

MODULES = scenarios.with_secrets()
TOKEN = re.compile("canary[0-9a-f]{16}")
SILENCE_SECONDS = 3
# What is tried in each run, with what flags and settings.
RUNS: t.Mapping[str, tuple[set[str], tuple[str, ...], dict[str, str]]] = {
    "check": ({"works", "refused", "misspelt"}, ("--check", "--diff", "-vvvv"), {}),
    "first": ({"works", "refused", "closed", "silent"}, ("--diff", "-vvvv"), {}),
    "second": (
        {"works", "refused", "forged", "address"},
        ("--diff", "-vvvv"),
        {"ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json", "ANSIBLE_PIPELINING": "1"},
    ),
}


@dataclass
class Evidence:
    """All that was seen: results of runs, where a secret was found after them, and what could be seen meanwhile."""

    cases: Cases
    search: Search
    seen: Seen
    runs: dict[str, dict[Case, dict[str, t.Any]]]
    found: dict[str, str]
    said: list[bytes] | None = None


def token() -> str:
    return f"canary{secrets.token_hex(8)}"


@pytest.fixture(scope="module")
def evidence(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """Modules of one area share a playbook, the areas run beside each other."""
    folder = tmp_path_factory.mktemp("canary")
    with wire() as silent, closed_port() as closed, concurrent.futures.ThreadPoolExecutor() as pool:
        cases: Cases = {}
        for name in sorted(SCENARIOS):
            cases.update(_cases(name, servers, silent.address, closed))
        search = Search(_secrets(cases))
        evidence = Evidence(cases, search, Seen(), {run: {} for run in RUNS}, {})
        playbooks = [Playbook(folder / str(number)) for number in range(len(scenarios.AREAS))]
        with watching(search, evidence.seen, folder), system_log() as evidence.said:
            running = [pool.submit(_observe, *pair, evidence) for pair in zip(scenarios.AREAS, playbooks, strict=True)]
            for future in running:
                future.result()
    return evidence


def _observe(area: scenarios.Area, playbook: Playbook, evidence: Evidence) -> None:
    """Run the modules of an area again and again, and search what was left after each run."""
    mine = {case: options for case, options in evidence.cases.items() if SCENARIOS[case.module].area is area}
    for run, (names, flags, env) in RUNS.items():
        outcome = playbook.run({case: mine[case] for case in mine if case.name.rstrip("01") in names}, *flags, **env)
        assert outcome.rc == 2, outcome.output
        evidence.runs[run].update(outcome.results)
        if place := evidence.search.within(outcome.output.encode()):
            evidence.found[f"output of {run} in {playbook.folder}"] = place
        for path in playbook.folder.rglob("*"):
            if path.name != "options.json" and (place := evidence.search.file(path)):
                evidence.found[f"{path} after {run}"] = place


def _cases(name: str, servers: Servers, silent: str, closed: str) -> Cases:
    """Every way in which a module ends, each with secrets of its own."""
    scenario, spec = SCENARIOS[name], scenarios.argument_spec(name)
    area, doors = scenario.area, scenario.area.doors(servers)
    first = doors[0]
    login = {key: value for door in doors for key, value in door.login.items()}
    found: Cases = {}

    def add(case: str, options: Options, objects: t.Callable[[str, str], Options] = scenario.wanted) -> None:
        found[Case(name, case)] = {**options, **objects(f"canary-{secrets.token_hex(4)}", token())}

    def forged() -> Options:
        return {key: token() if spec[key].get("no_log") else value for key, value in login.items()}

    for number, door in enumerate(doors):
        add(f"works{number}", area.reach(door))
    if scenario.refused:
        add("refused", area.reach(first), scenario.refused)
    for options in found.values():
        scenarios.prepare(name, options)
    add("misspelt", {**area.reach(first), "timeout": "soon"})
    add("forged", {**area.reach(first), **forged()})
    add("closed", {**area.at(closed, None), **forged()})
    add("silent", {**area.at(silent, None), **forged(), "timeout": SILENCE_SECONDS})
    if area.speaks_http:
        add("address", area.reach(first, first.address.replace("://", f"://somebody:{token()}@"), first.authority))
    return found


def _secrets(cases: Cases) -> set[str]:
    """All secrets in the options: where the module knows them, and tokens anywhere."""
    known = {
        secret
        for case, options in cases.items()
        for path in scenarios.secret_paths(scenarios.argument_spec(case.module))
        for secret in scenarios.secrets(options, path)
    }
    return known | set(TOKEN.findall(json.dumps(list(cases.values()))))


@pytest.mark.parametrize("name", MODULES)
def test_every_secret_is_tried(name: str, evidence: Evidence) -> None:
    assert name in SCENARIOS, f"{name} takes secrets: describe it in scenarios.py"
    for path in scenarios.secret_paths(scenarios.argument_spec(name)):
        tried = {
            case.name.rstrip("01")
            for case, options in evidence.cases.items()
            if case.module == name and any(scenarios.secrets(options, path))
        }
        assert {"works", "forged", "closed", "silent"} <= tried, path


@pytest.mark.parametrize("run", RUNS)
def test_the_runs_end_as_meant(run: str, evidence: Evidence) -> None:
    """What a server refuses may not be known in check mode."""
    for case, result in evidence.runs[run].items():
        if case.name.startswith("works"):
            assert (result["failed"], result["changed"]) == (
                False,
                run != "second" and SCENARIOS[case.module].writes,
            ), (
                case,
                result,
            )
        elif (run, case.name) != ("check", "refused"):
            assert result["failed"], (case, result)


def test_no_secret_is_printed_or_left(evidence: Evidence) -> None:
    assert evidence.found == {}


def test_no_secret_is_seen_by_others(evidence: Evidence) -> None:
    """Neither in commands and environments, nor in files. That we would have seen it is clear from what we did see."""
    seen = evidence.seen
    assert (seen.leaks, seen.open) == (set(), set())
    for name in SCENARIOS:
        assert f"AnsiballZ_{name}.py" in seen.private
        assert any(f"AnsiballZ_{name}.py" in command for command in seen.commands)


def test_no_secret_is_told_to_the_system(evidence: Evidence) -> None:
    if evidence.said is None:
        pytest.skip("this machine has a system log of its own")
    text = b"\n".join(evidence.said)
    assert evidence.search.within(text) == ""
    for name in SCENARIOS:
        assert f"ansible-baremetal.mlops.{name}: Invoked with".encode() in text


def test_no_secret_is_in_the_logs_of_servers(servers: Servers, evidence: Evidence) -> None:
    requests = servers.minio.requests
    # Waits until all of them are written down.
    assert servers.minio.calls()
    assert requests is not None
    logs = [servers.minio.log, requests, servers.postgresql.log, servers.mlflow.log, servers.mlflow_open.log]
    for log in logs:
        text = log.read_bytes()
        assert b"canary-" in text or log == servers.minio.log, log
        assert evidence.search.within(text) == "", log
