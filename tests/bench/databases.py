# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Roles with passwords, databases and grants on PostgreSQL. Read with psql."""

from __future__ import annotations

import contextlib
import json
import re
import typing as t
from dataclasses import dataclass

from lab.builder import supply
from tests.services import postgresql
from tests.services.database import POSTGRES
from tests.services.process import INSIDE, Program

from . import commands
from .subject import Requests, closed_port, names

if t.TYPE_CHECKING:
    import pathlib

    from tests.services.database import Database

STATEMENT = re.compile(r"LOG:  (?:statement|execute \S+):\s+(\w+)")
PRINTED = "psql.txt"
WRITES = {"ALTER", "COMMENT", "CREATE", "DELETE", "DO", "DROP", "GRANT", "INSERT", "REVOKE", "UPDATE"}
READER = r"""
select json_build_object(
  'roles', (select json_object_agg(rolname, json_build_array(rolcanlogin, rolpassword like 'SCRAM-SHA-256$%'))
            from pg_authid where rolname like 'bench\_%'),
  'databases', (select json_object_agg(datname, json_build_array(pg_get_userbyid(datdba),
                  (select json_agg(entry::text order by entry::text) from unnest(datacl) entry)))
                from pg_database where datname like 'bench\_%'))
"""


@contextlib.contextmanager
def everything(folder: pathlib.Path) -> t.Iterator[Databases]:
    """Roles, databases and grants: as many of one as of the other."""
    with postgresql(folder / "server", durable=True) as server:
        yield Databases(server, folder, with_databases=True)


@contextlib.contextmanager
def roles_only(folder: pathlib.Path) -> t.Iterator[Databases]:
    """Roles alone: thousands of databases would take more disk than most machines have."""
    with postgresql(folder / "server", durable=True) as server:
        yield Databases(server, folder, with_databases=False)


@dataclass(frozen=True)
class Databases:
    """Roles and databases of the benchmark on one server."""

    server: Database
    folder: pathlib.Path
    with_databases: bool

    module = "postgresql_databases"

    @property
    def version(self) -> str:
        return f"PostgreSQL {self.server.query('show server_version')[0][0].split()[0]}"

    def options(self, count: int) -> dict[str, t.Any]:
        every = names(count, "_")
        return {
            "login_host": self.server.host,
            "login_port": self.server.port,
            "login_user": self.server.user,
            "login_password": self.server.password,
            "ssl_mode": "verify-full",
            "ca_cert": self.server.ca_cert,
            "roles": [{"name": name, "password": _password(name), "login": True} for name in every],
            "databases": [_database(every, number) for number in range(count)] if self.with_databases else [],
        }

    def nowhere(self) -> dict[str, t.Any]:
        return {"login_port": closed_port()}

    def clean(self) -> None:
        for name in self._named("select datname from pg_database where datname like 'bench\\_%'"):
            self.server.query(f"drop database {name}")
        for name in self._named("select rolname from pg_roles where rolname like 'bench\\_%'"):
            self.server.query(f"drop role {name}")

    def fill(self, count: int) -> None:
        commands.module(self.folder, self.module, self.options(count))

    def state(self, count: int) -> object:
        found = json.loads(self._psql(READER))
        for name in names(count, "_")[:: max(1, count - 1)]:
            found["roles"][name].append(self._psql("select 1", user=name, password=_password(name)).strip() == "1")
        return found

    def requests(self) -> Requests:
        verbs = STATEMENT.findall(self.server.log.read_text(errors="replace"))
        writes = sum(verb.upper() in WRITES for verb in verbs)
        return Requests(len(verbs) - writes, writes)

    def _psql(self, statement: str, user: str = "", password: str = "") -> str:
        """What the server's own client prints."""
        where = f"host={self.server.host} port={self.server.port} dbname=postgres user={user or self.server.user}"
        major = supply.default().jobs["postgresql"].values["major"]
        program = (f"/usr/lib/postgresql/{major}/bin/psql", "--no-psqlrc", "--tuples-only", "--no-align")
        tls = f"sslmode=verify-full sslrootcert={INSIDE}/tls/ca.pem"
        Program(
            "psql",
            self.server.folder,
            (*program, f"--output={INSIDE}/{PRINTED}", f"--command={statement}", f"{where} {tls}"),
            env={"PGPASSWORD": password or self.server.password},
            root=POSTGRES,
        ).run()
        return (self.server.folder / PRINTED).read_text()

    def _named(self, statement: str) -> list[str]:
        return [name for (name,) in self.server.query(statement)]


def _database(every: list[str], number: int) -> dict[str, t.Any]:
    """A database of its own role, which a neighbour may use and nobody else."""
    neighbour = every[min(number ^ 1, len(every) - 1)]
    return {
        "name": every[number],
        "owner": every[number],
        "public_connect": False,
        "grants": [{"role": neighbour, "privileges": ["CONNECT"]}],
    }


def _password(name: str) -> str:
    return f"the password of {name}"
