# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""`python -m tests.services up <name> --folder F [--port N]` and `down --folder F`: a server between two commands.

`up` returns when the server answers; F/service.json (for its owner only) then says where it is and who may use it.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import pathlib
import signal
import sys
import typing as t

from lab.builder.process import BuildError
from lab.process import LabError
from lab.servers import Server

from . import ceph, kubernetes, minio, mlflow, pgbouncer, postgresql, seaweedfs, triton, valkey
from .process import LINES_SHOWN, START_LIMIT_SECONDS, ServiceError, own_folder, wait_until, write_secret

ROOT = pathlib.Path(__file__).resolve().parents[2]
Service = t.Callable[[pathlib.Path, int | None], contextlib.AbstractContextManager[t.Any]]


@contextlib.contextmanager
def pooled(folder: pathlib.Path, port: int | None) -> t.Iterator[t.Any]:
    """PgBouncer and its server."""
    with postgresql(folder / "postgresql") as server, pgbouncer(folder / "pgbouncer", server, port) as pooler:
        yield pooler


@contextlib.contextmanager
def registry(folder: pathlib.Path, port: int | None, auth: bool) -> t.Iterator[t.Any]:
    """MLflow and its database."""
    with postgresql(folder / "postgresql") as server, mlflow(folder / "mlflow", server, auth, port=port) as found:
        yield found


@contextlib.contextmanager
def serving(folder: pathlib.Path, port: int | None) -> t.Iterator[t.Any]:
    """Triton and the storage of its models."""
    with minio(folder / "minio", audit=False) as storage, triton(folder / "triton", storage, port) as found:
        yield found


SERVICES: dict[str, Service] = {
    "ceph": lambda folder, port: ceph(folder / "ceph", port),
    "kubernetes": lambda folder, port: kubernetes(folder / "kubernetes", port),
    "minio": lambda folder, port: minio(folder / "minio", port),
    "seaweedfs": lambda folder, port: seaweedfs(folder / "seaweedfs", port),
    "postgresql": lambda folder, port: postgresql(folder / "postgresql", port),
    "valkey": lambda folder, port: valkey(folder / "valkey", port=port),
    "pgbouncer": pooled,
    "mlflow": lambda folder, port: registry(folder, port, True),
    "mlflow-open": lambda folder, port: registry(folder, port, False),
    "triton": serving,
}


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tests.services", description="Real servers for tests.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("up", "keep"):
        command = commands.add_parser(name)
        command.add_argument("name", choices=SERVICES)
        command.add_argument("--folder", type=pathlib.Path, required=True)
        command.add_argument("--port", type=int)
    commands.add_parser("down").add_argument("--folder", type=pathlib.Path, required=True)
    args = parser.parse_args()
    try:
        if args.command == "keep":
            keep(SERVICES[args.name], args.folder, args.port)
        elif args.command == "up":
            up(args.name, args.folder.resolve(), args.port)
        else:
            down(args.folder.resolve())
    except (BuildError, LabError, ServiceError) as error:
        print(f"tests.services: {error}", file=sys.stderr)
        return 1
    return 0


def record(folder: pathlib.Path) -> pathlib.Path:
    """Where a server and its credentials are described."""
    return folder / "service.json"


def keeper(folder: pathlib.Path, *words: str) -> Server:
    """The process that keeps a server; it lives on when we end."""
    command = (
        "env",
        f"--chdir={ROOT}",
        sys.executable,
        "-m",
        "tests.services",
        "keep",
        *words,
        "--folder",
        str(folder),
    )
    return Server("keeper", command, folder)


def up(name: str, folder: pathlib.Path, port: int | None) -> None:
    """Start a server unless it runs."""
    own_folder(folder)
    process = keeper(folder, name, *(["--port", str(port)] if port else []))
    if not process.pid():
        process.log.unlink(missing_ok=True)
        record(folder).unlink(missing_ok=True)
    process.start()

    def problem() -> str:
        if process.pid():
            return ""
        return "\n".join(process.log.read_text(errors="replace").splitlines()[-LINES_SHOWN:])

    try:
        wait_until(record(folder).exists, problem, 2 * START_LIMIT_SECONDS)
    except ServiceError:
        process.stop()
        raise
    print(record(folder))


def down(folder: pathlib.Path) -> None:
    """End a server, if it runs."""
    keeper(folder).stop()
    record(folder).unlink(missing_ok=True)


def keep(service: Service, folder: pathlib.Path, port: int | None) -> None:
    """Run a server until somebody ends us."""
    signal.signal(signal.SIGTERM, lambda *_unused: sys.exit(0))
    with service(folder, port) as server:
        ready = write_secret(folder / "service.part", json.dumps(dataclasses.asdict(server), default=str, indent=2))
        try:
            ready.rename(record(folder))
            while True:
                signal.pause()
        finally:
            record(folder).unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
