# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Valkey from the root file system of the lab's image, with the configuration that the role writes."""

from __future__ import annotations

import contextlib
import secrets
import socket
import typing as t
from dataclasses import dataclass, field

from . import role
from .process import INSIDE, Program, Root, empty_folder, free_ports, own_folder, write_secret

if t.TYPE_CHECKING:
    import pathlib

VALKEY = Root("valkey", 999)
MEBI = 1024**2


@dataclass(frozen=True)
class Cache:
    """A server that speaks Redis."""

    host: str
    port: int
    password: str = field(repr=False)
    max_memory: int
    log: pathlib.Path

    @property
    def connection_string(self) -> str:
        """How Feast writes where it is."""
        return f"{self.host}:{self.port},password={self.password}"

    def ask(self, *words: str, password: str | None = None) -> str:
        """What it answers to a command, as it comes over the wire."""
        login = self.password if password is None else password
        commands = [("AUTH", login), words] if login else [words]
        with socket.create_connection((self.host, self.port), timeout=30) as link, link.makefile("rb") as stream:
            answer = b""
            for command in commands:
                parts = [f"${len(word.encode())}\r\n{word}\r\n" for word in command]
                link.sendall(f"*{len(command)}\r\n{''.join(parts)}".encode())
                answer = _reply(stream)
        return answer.decode()

    def figures(self) -> dict[str, int]:
        """Numbers that it gives of itself, and how many keys it has."""
        pairs = [line.split(":", 1) for line in self.ask("INFO").splitlines() if ":" in line]
        found = {name: int(value) for name, value in pairs if value.isdigit()}
        return {**found, "keys": int(self.ask("DBSIZE"))}

    def answers(self) -> bool:
        """Whether it takes commands."""
        try:
            return self.ask("PING") == "PONG"
        except OSError:
            return False


def _reply(stream: t.BinaryIO) -> bytes:
    """One reply. Lists become lines."""
    line = stream.readline().rstrip()
    kind, rest = line[:1], line[1:]
    if kind == b"$":
        return stream.read(int(rest) + 2)[:-2] if int(rest) >= 0 else b""
    if kind == b"*":
        return b"\n".join(_reply(stream) for _unused in range(int(rest)))
    return line if kind == b"-" else rest


@contextlib.contextmanager
def valkey(folder: pathlib.Path, max_memory: int = 64, port: int | None = None) -> t.Iterator[Cache]:
    """Valkey that holds so many MiB and then drops what was used least."""
    folder = own_folder(folder, VALKEY.uid)
    port = port or free_ports()[0]
    found = Cache(
        host="127.0.0.1",
        port=port,
        password=secrets.token_urlsafe(24),
        max_memory=max_memory * MEBI,
        log=folder / "valkey.log",
    )
    values = {
        "__valkey_port": port,
        "valkey_password": found.password,
        "valkey_max_memory": max_memory,
        "valkey_max_memory_policy": "allkeys-lru",
        "valkey_persistence_size": "",
    }
    empty_folder(folder / "data", VALKEY.uid)
    text = role.template("valkey", "valkey.conf.j2", values).replace("dir /data", f"dir {INSIDE}/data")
    write_secret(folder / "valkey.conf", f"{text}bind 127.0.0.1\n", VALKEY.uid)
    program = Program("valkey", folder, ("/usr/bin/valkey-server", f"{INSIDE}/valkey.conf"), root=VALKEY)
    with program.running(found.answers):
        yield found
