# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""PostgreSQL and PgBouncer from the root file systems of the lab's images."""

from __future__ import annotations

import contextlib
import os
import pathlib
import secrets
import shutil
import signal
import typing as t
from dataclasses import dataclass, field, replace

import psycopg
import psycopg.conninfo

from lab import certificates
from lab.builder import supply

from .process import INSIDE, Program, Root, empty_folder, free_ports, own_folder, write_secret

POSTGRES = Root("postgresql", 26)
PGBOUNCER = Root("pgbouncer", 998)
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "ssl": "on",
    "ssl_cert_file": f"{INSIDE}/tls/server.pem",
    "ssl_key_file": f"{INSIDE}/tls/server.key",
    "hba_file": f"{INSIDE}/hba.conf",
    "max_connections": "200",
    "log_statement": "all",
    "log_connections": "on",
    "log_line_prefix": "%m [%p] %u@%d %a ",
}
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
HBA = "host all all 127.0.0.1/32 scram-sha-256\n"
POOLER = """\
[databases]
* = host=127.0.0.1 port={server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
ignore_startup_parameters = extra_float_digits,options
pool_mode = transaction
max_client_conn = 500
default_pool_size = 20
auth_type = scram-sha-256
auth_file = {inside}/users.txt
auth_user = {server.user}
admin_users = {server.user}
client_tls_sslmode = allow
client_tls_cert_file = {inside}/tls/server.pem
client_tls_key_file = {inside}/tls/server.key
server_tls_sslmode = verify-full
server_tls_ca_file = {inside}/tls/ca.pem
"""


@dataclass(frozen=True)
class Database:
    """A server that speaks PostgreSQL's protocol, and its superuser."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    ca_cert: str
    log: pathlib.Path
    folder: pathlib.Path

    def dsn(self, database: str = "postgres") -> str:
        """How libpq reaches it; the certificate is checked."""
        return psycopg.conninfo.make_conninfo(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            dbname=database,
            sslmode="verify-full",
            sslrootcert=self.ca_cert,
            connect_timeout=5,
        )

    def query(self, statement: str, database: str = "postgres") -> list[tuple[t.Any, ...]]:
        """Rows that the superuser gets for a statement."""
        with psycopg.connect(self.dsn(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def answers(self) -> bool:
        """Whether it takes queries."""
        try:
            return bool(self.query("select 1"))
        except psycopg.OperationalError:
            return False


@contextlib.contextmanager
def postgresql(folder: pathlib.Path, port: int | None = None, durable: bool = False) -> t.Iterator[Database]:
    """PostgreSQL: passwords as SCRAM, TLS, each statement in the log. It waits for the disk only if ``durable``."""
    folder = own_folder(folder, POSTGRES.uid)
    port = port or free_ports()[0]
    certificates.ensure(folder / "tls", ["localhost"], ["127.0.0.1"])
    _give(folder / "tls", POSTGRES.uid)
    found = Database(
        host="127.0.0.1",
        port=port,
        user="postgres",
        password=secrets.token_urlsafe(24),
        ca_cert=str(folder / "tls" / "ca.pem"),
        log=folder / "postgresql.log",
        folder=folder,
    )
    data = empty_folder(folder / "data", POSTGRES.uid)
    programs = pathlib.Path("/usr/lib/postgresql", supply.default().jobs["postgresql"].values["major"], "bin")
    password = write_secret(folder / "password", found.password, POSTGRES.uid)
    write_secret(folder / "hba.conf", HBA, POSTGRES.uid)
    initdb = (
        f"{programs}/initdb",
        "--no-sync",
        "--encoding=UTF8",
        "--auth=scram-sha-256",
        f"--username={found.user}",
        f"--pwfile={INSIDE}/password",
        f"{INSIDE}/{data.name}",
    )
    Program("initdb", folder, initdb, root=POSTGRES).run()
    password.unlink()
    chosen = SETTINGS if durable else {**SETTINGS, **FAST}
    settings = [word for name, value in chosen.items() for word in ("-c", f"{name}={value}")]
    server = Program(
        "postgresql",
        folder,
        (f"{programs}/postgres", "-D", f"{INSIDE}/{data.name}", "-p", str(port), *settings),
        root=POSTGRES,
        # Does not wait for clients to leave.
        stop_signal=signal.SIGINT,
    )
    with server.running(found.answers):
        yield found


@contextlib.contextmanager
def pgbouncer(folder: pathlib.Path, server: Database, port: int | None = None) -> t.Iterator[Database]:
    """PgBouncer before a server: a connection for a transaction; users and passwords are those of the server."""
    folder = own_folder(folder, PGBOUNCER.uid)
    port = port or free_ports()[0]
    shutil.copytree(server.folder / "tls", folder / "tls", dirs_exist_ok=True)
    _give(folder / "tls", PGBOUNCER.uid)
    write_secret(folder / "users.txt", f'"{server.user}" "{server.password}"\n', PGBOUNCER.uid)
    write_secret(folder / "pgbouncer.ini", POOLER.format(server=server, port=port, inside=INSIDE), PGBOUNCER.uid)
    found = replace(server, port=port, log=folder / "pgbouncer.log", folder=folder)
    program = Program("pgbouncer", folder, ("/usr/sbin/pgbouncer", f"{INSIDE}/pgbouncer.ini"), root=PGBOUNCER)
    with program.running(found.answers):
        yield found


def _give(folder: pathlib.Path, uid: int) -> None:
    """A folder and its files to a user."""
    for path in (folder, *folder.iterdir()):
        os.chown(path, uid, uid)
