# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Feast from the root file system of the lab's image, over PostgreSQL, S3 and Valkey.

Its settings, its scripts and the proxy before it are the role's.
"""

from __future__ import annotations

import contextlib
import json
import pathlib
import secrets
import shutil
import typing as t
import urllib.parse
from dataclasses import dataclass, field

import boto3

from . import role
from .process import INSIDE, PATH, Program, Root, answers_well, free_ports, own_folder, write_secret

if t.TYPE_CHECKING:
    from .database import Database
    from .object_storage import ObjectStorage
    from .valkey import Cache

FEAST = Root("feast", 1000)
HAPROXY = Root("haproxy", 99)
PYTHON = "/opt/feast/bin/python"
METRICS_PORT = 8000
BATCH = 10000
JOB_LIMIT_SECONDS = 900
SCRIPTS = ("apply.py", "materialize.py", "s3fs.py")


@dataclass(frozen=True)
class FeatureStore:
    """A feature repository with its stores."""

    folder: pathlib.Path
    bucket: str
    database: str
    env: t.Mapping[str, str] = field(repr=False)
    clients: tuple[dict[str, t.Any], ...] = field(repr=False)

    @property
    def repository(self) -> pathlib.Path:
        """Where its files are."""
        return self.folder / "repository"

    def program(self, name: str, *argv: str) -> Program:
        """A program of Feast's image."""
        return Program(name, self.folder, argv, env=self.env, root=FEAST)

    def python(self, path: str, *arguments: str) -> str:
        """Run a Python file that is below its folder; what it printed."""
        argv = (PYTHON, f"{INSIDE}/{path}", *arguments)
        return self.program(pathlib.Path(path).stem, *argv).run(JOB_LIMIT_SECONDS)

    def apply(self, *prepare: str) -> str:
        """As the role's job does it."""
        return self.python("scripts/apply.py", f"{INSIDE}/repository", *prepare)

    def materialize(self) -> dict[str, t.Any]:
        """As the role's CronJob does it; its account."""
        lines = self.python("scripts/materialize.py", f"{INSIDE}/repository").splitlines()
        found: dict[str, t.Any] = json.loads(next(line for line in reversed(lines) if line.startswith("{")))
        return found

    @contextlib.contextmanager
    def serving(self) -> t.Iterator[str]:
        """The server and the proxy before it: the proxy's address."""
        server, proxy = free_ports(2)
        options = ("--host=127.0.0.1", f"--port={server}", "--workers=1", "--registry_ttl_sec=5", "--metrics")
        values = {
            "__feast_all_clients": self.clients,
            "__feast_proxy_port": proxy,
            "__feast_port": server,
            "__feast_metrics_port": METRICS_PORT,
        }
        folder = own_folder(self.folder.with_name(f"{self.folder.name}-proxy"), HAPROXY.uid)
        write_secret(folder / "haproxy.cfg", role.template("feast", "haproxy.cfg.j2", values), HAPROXY.uid)
        feast = ("/opt/feast/bin/feast", "--chdir", f"{INSIDE}/repository", "serve", *options)
        haproxy = Program("proxy", folder, ("/usr/sbin/haproxy", "-f", f"{INSIDE}/haproxy.cfg"), root=HAPROXY)
        health = f"http://127.0.0.1:{proxy}/health"
        with (
            self.program("feast", *feast).running(lambda: answers_well(f"http://127.0.0.1:{server}/health")),
            haproxy.running(lambda: answers_well(health)),
        ):
            yield f"http://127.0.0.1:{proxy}"


@contextlib.contextmanager
def feast(
    folder: pathlib.Path,
    database: Database,
    storage: ObjectStorage,
    cache: Cache,
    offline: str = "s3",
) -> t.Iterator[FeatureStore]:
    """A feature store without definitions: its repository is an empty folder."""
    folder = own_folder(folder, FEAST.uid)
    name, password = f"feast_{secrets.token_hex(4)}", secrets.token_urlsafe(24)
    database.query(f"create role {name} login password '{password}'")
    database.query(f"create database {name} owner {name}")
    bucket = name.replace("_", "-")
    s3 = boto3.client(
        "s3",
        endpoint_url=storage.endpoint_url,
        aws_access_key_id=storage.access_key,
        aws_secret_access_key=storage.secret_key,
        verify=storage.ca_path,
        region_name="us-east-1",
    )
    s3.create_bucket(Bucket=bucket)
    for source, target in ((database.ca_cert, "ca.pem"), (str(storage.ca_path), "s3-ca.pem")):
        shutil.copy(source, folder / target)
    options = urllib.parse.urlencode({"sslmode": "verify-full", "sslrootcert": f"{INSIDE}/ca.pem"}, safe="/")
    env = {
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": f"{INSIDE}/scripts",
        "PATH": f"/opt/feast/bin:{PATH}",
        "FEAST_REGISTRY": f"postgresql+psycopg://{name}:{password}@{database.host}:{database.port}/{name}?{options}",
        "FEAST_ONLINE_STORE": cache.connection_string,
        "FEAST_OFFLINE_PASSWORD": password,
        "FEAST_S3_ENDPOINT": storage.endpoint_url,
        "FEAST_BUCKET": bucket,
        "FEAST_CA_FILE": f"{INSIDE}/s3-ca.pem",
        "AWS_ACCESS_KEY_ID": storage.access_key,
        "AWS_SECRET_ACCESS_KEY": storage.secret_key,
        "AWS_CA_BUNDLE": f"{INSIDE}/s3-ca.pem",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    values = {
        "feast_project": "tests",
        "feast_registry_ttl": 5,
        "feast_offline_store": offline,
        "feast_offline_database": name,
        "feast_database_user": name,
        "feast_materialize_batch": BATCH,
        "__feast_pooler": database.host,
        "__feast_ca_path": f"{INSIDE}/ca.pem",
    }
    clients = (
        {"name": "admin", "password": secrets.token_urlsafe(24), "write": True},
        {"name": "reader", "password": secrets.token_urlsafe(24), "write": False},
    )
    store = FeatureStore(folder=folder, bucket=bucket, database=name, env=env, clients=clients)
    for part in ("repository", "scripts"):
        own_folder(folder / part, FEAST.uid)
    settings = role.template("feast", "feature_store.yaml.j2", values).replace("port: 5432", f"port: {database.port}")
    (store.repository / "feature_store.yaml").write_text(settings)
    for script in SCRIPTS:
        shutil.copy(role.ROLES / "feast" / "files" / script, folder / "scripts")
    yield store
