# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""How servers of tests are run: ports, waiting, files."""

from __future__ import annotations

import pathlib
import socket

import pytest

from tests.services import process
from tests.services.process import PORTS, Program, ServiceError, free_ports, wait_until, write_secret


def test_ports_differ_and_are_free() -> None:
    ports = free_ports(5)
    assert len(set(ports)) == 5
    for port in ports:
        with socket.create_server(("127.0.0.1", port)):
            pass


def test_a_taken_port_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(process, "PORTS", range(port, port + 1))
        with pytest.raises(ServiceError, match="no 1 free ports"):
            free_ports()
        monkeypatch.setattr(process, "PORTS", range(port - 1000, port - 999))
        with pytest.raises(ServiceError, match="no 1 free ports"):
            free_ports(companion=1000)


def test_no_port_is_one_that_clients_get() -> None:
    first, _last = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()
    assert int(first) >= PORTS.stop


def test_an_answer_ends_the_waiting() -> None:
    answers = iter([False, False, True])
    wait_until(lambda: next(answers), str)


def test_a_problem_ends_the_waiting() -> None:
    problems = iter(["", "the server is gone"])
    with pytest.raises(ServiceError, match="the server is gone"):
        wait_until(lambda: False, lambda: next(problems))


def test_waiting_has_a_limit() -> None:
    with pytest.raises(ServiceError, match=r"no answer within 0\.1 seconds"):
        wait_until(lambda: False, str, limit=0.1)


def test_a_secret_is_for_its_owner_only(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "secret"
    path.write_text("an old one that everybody may read")
    write_secret(path, "new")
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_program_gets_nothing_of_our_environment(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "ours")
    program = Program("any", tmp_path, ("any",), env={"NAME": "value"})
    assert set(program.environment()) == {"PATH", "HOME", "LANG", "NAME"}
    assert "value" not in repr(program)


def test_a_program_says_its_last_words(tmp_path: pathlib.Path) -> None:
    program = Program("any", tmp_path, ("any",))
    program.log.write_text("".join(f"line {number}\n" for number in range(100)))
    assert not program.problem(None)
    said = program.problem(3)
    assert said.startswith(f"any: ended with 3; its log {program.log} ends with:\nline 85\n")
    assert said.endswith("\nline 99")


def test_a_server_that_never_answers_is_ended_and_says_its_last_words(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Program, "command", lambda self: list(self.argv))
    monkeypatch.setattr(process, "wait_until", lambda answers, problem: wait_until(answers, problem, 0.5))
    program = Program("any", tmp_path, ("sh", "-c", "echo I am busy; exec sleep 60"))
    monkeypatch.setattr(process, "STOP_LIMIT_SECONDS", 0.1)
    with (
        pytest.raises(ServiceError, match=r"(?s)any: no answer within 0\.5 seconds; its log .* ends with:\nI am busy"),
        program.running(lambda: False),
    ):
        pass
