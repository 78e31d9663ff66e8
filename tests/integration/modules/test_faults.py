# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Every module against every fault: it fails in time with one clear line, and once the fault is gone it is as if it
had never been.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import re
import secrets
import typing as t

import pytest

from ansible_collections.baremetal.mlops.tests.unit.fakes import modules
from tests.integration import faults
from tests.integration.modules import scenarios
from tests.integration.modules.playbook import Case, Options, Outcome, Playbook, Result
from tests.integration.modules.scenarios import AREAS, SCENARIOS, Area, Door, Servers
from tests.integration.modules.wire import Wire, closed_port, postgresql_tls, wire

if t.TYPE_CHECKING:
    import pathlib

TIMEOUT_SECONDS = 6
DEFAULT_TIMEOUT_SECONDS = 30
# To end, on a busy machine.
GRACE_SECONDS = 2
LONGEST_LINE = 400
# What a module says of each fault, besides where. One that passes soon is not noticed.
REASONS = {
    "closed": "cannot be reached: Connection refused",
    "unknown": "the name of .* is not known",
    "silent": "does not answer within 6 seconds",
    "forged": "the secret key is wrong|refuses user admin: wrong user name or password|refuses the login of postgres",
    "stranger": "certificate .*is refused: unable to get local issuer certificate",
    "expired": "certificate .*is refused: certificate has expired",
    "early": "certificate .*is refused: certificate is not yet valid",
    "elsewhere": "certificate .*is refused: .*elsewhere.example.com",
}
PASSES = ("busy", "reset")
CERTIFICATES = ("stranger", "expired", "early", "elsewhere")
CASES = [
    Case(module, fault)
    for module, scenario in SCENARIOS.items()
    for fault in (*REASONS, *PASSES)
    if scenario.area.speaks_http or fault != "busy"
]
FORGED = "wr0ng-canary"
FAILED = 2
# How a service is asked without credentials what it is.
UNASKED = "GET /minio/health/live"


@dataclasses.dataclass
class Attempt:
    """A module before a fault: where it is sent, with which options, and with which ones once the fault is gone.

    ``noticed`` is what stands between the module and the server.
    """

    address: str
    options: Options
    mended: Options
    noticed: Wire | faults.Server | None
    outcome: Outcome | None = None

    def result(self, case: Case) -> Result:
        assert self.outcome is not None
        return self.outcome.results[case]


@pytest.fixture(scope="module")
def attempts(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> dict[Case, Attempt]:
    """Modules of one area share a playbook, the areas run beside each other."""
    folder = tmp_path_factory.mktemp("faults")
    certificates = faults.certificates(folder)
    with contextlib.ExitStack() as stack, concurrent.futures.ThreadPoolExecutor() as pool:
        found = {case: _attempt(case, servers, certificates, stack) for case in CASES}
        running = [pool.submit(_run, area, folder / str(number), found) for number, area in enumerate(AREAS)]
        for future in running:
            future.result()
    return found


def _run(area: Area, folder: pathlib.Path, attempts: dict[Case, Attempt]) -> None:
    mine = {case: attempt for case, attempt in attempts.items() if SCENARIOS[case.module].area is area}
    outcome = Playbook(folder).run({case: attempt.options for case, attempt in mine.items()}, "-vvv")
    for attempt in mine.values():
        attempt.outcome = outcome


def _attempt(case: Case, servers: Servers, certificates: faults.Certificates, stack: contextlib.ExitStack) -> Attempt:
    scenario, spec = SCENARIOS[case.module], scenarios.argument_spec(case.module)
    doors = scenario.area.doors(servers)
    door = doors[0] if case.name == "forged" else doors[-1]
    objects = scenario.wanted(f"faults-{secrets.token_hex(4)}", secrets.token_hex(12))
    mended = {**scenario.area.reach(door), **objects}
    scenarios.prepare(case.module, mended)
    noticed: Wire | faults.Server | None = None
    login, authority = door.login, door.authority
    if case.name == "closed":
        address = stack.enter_context(closed_port())
    elif case.name == "unknown":
        address = "http://nowhere.invalid:9"
    elif case.name in CERTIFICATES:
        pair, authority = getattr(certificates, case.name), certificates.ca_path
        address = stack.enter_context(_tls(scenario.area, pair))
    else:
        noticed = stack.enter_context(_between(scenario.area, door, case.name))
        address = noticed.address
    if case.name == "forged":
        login = {key: FORGED if spec[key].get("no_log") else value for key, value in login.items()}
    options = {**scenario.area.at(address, authority), **login, **objects}
    if case.name == "silent":
        options["timeout"] = TIMEOUT_SECONDS
    return Attempt(address, options, mended, noticed)


@contextlib.contextmanager
def _tls(area: Area, pair: faults.Pair) -> t.Iterator[str]:
    if not area.speaks_http:
        with postgresql_tls(pair) as address:
            yield address
    else:
        with faults.tls_server(pair) as server:
            yield server.address


def _between(area: Area, door: Door, fault: str) -> contextlib.AbstractContextManager[Wire | faults.Server]:
    """Something that is silent, or that passes on what it is told and breaks a little of it."""
    if fault == "silent":
        return wire()
    if not area.speaks_http:
        return wire(door.address, resets=1 if fault == "reset" else 0)
    breaks: dict[str, list[faults.Fault]] = {"busy": [503, 503], "reset": [faults.RESET]}
    return faults.flaky_server(door.address, breaks.get(fault, []), keep_host=True, ca_path=door.authority)


def _where(address: str) -> str:
    return address.partition("//")[2]


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_module_waits_for_half_a_minute_by_default(name: str) -> None:
    assert scenarios.argument_spec(name)["timeout"]["default"] == DEFAULT_TIMEOUT_SECONDS


@pytest.mark.parametrize("case", [case for case in CASES if case.name in REASONS], ids=str)
def test_a_fault_is_told_in_one_line(case: Case, attempts: dict[Case, Attempt]) -> None:
    attempt = attempts[case]
    result = attempt.result(case)
    assert result["failed"]
    assert not result["changed"]
    assert "\n" not in result["msg"]
    assert len(result["msg"]) < LONGEST_LINE
    assert re.search(REASONS[case.name], result["msg"]), result["msg"]
    if case.name != "forged":
        assert _where(attempt.address) in result["msg"]


@pytest.mark.parametrize("case", [case for case in CASES if case.name in PASSES], ids=str)
def test_what_passes_soon_is_waited_for(case: Case, attempts: dict[Case, Attempt]) -> None:
    result = attempts[case].result(case)
    assert not result["failed"], result["msg"]
    assert result["changed"] is SCENARIOS[case.module].writes


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_silent_server_is_given_up_in_time(name: str, attempts: dict[Case, Attempt]) -> None:
    """From the first connection until the last one is closed."""
    line = attempts[Case(name, "silent")].noticed
    assert isinstance(line, Wire)
    assert 0 < line.ended - line.began < TIMEOUT_SECONDS + GRACE_SECONDS


@pytest.mark.parametrize("name", SCENARIOS)
def test_wrong_credentials_are_tried_once(name: str, attempts: dict[Case, Attempt]) -> None:
    noticed = attempts[Case(name, "forged")].noticed
    tried = (
        [request for request in noticed.requests if request != UNASKED]
        if isinstance(noticed, faults.Server)
        else range(noticed.connections if noticed else 0)
    )
    assert len(tried) == 1


def test_no_run_ends_well_or_with_a_traceback_or_tells_a_secret(attempts: dict[Case, Attempt]) -> None:
    outcomes = {id(attempt.outcome): attempt.outcome for attempt in attempts.values()}
    for outcome in outcomes.values():
        assert outcome is not None
        assert outcome.rc == FAILED
        assert "Traceback (" not in outcome.output
        assert FORGED not in outcome.output


@pytest.mark.parametrize("case", CASES, ids=str)
def test_once_the_fault_is_gone_all_is_well(
    case: Case, attempts: dict[Case, Attempt], capsys: pytest.CaptureFixture[str]
) -> None:
    main = scenarios.main(case.module)
    mended = attempts[case].mended
    rerun, third = (modules.run(main, capsys, **mended) for _unused in range(2))
    assert not rerun.get("failed"), rerun["msg"]
    assert rerun["changed"] is (SCENARIOS[case.module].writes and case.name not in PASSES)
    assert not third.get("failed"), third["msg"]
    assert third["changed"] is False
