# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What the suites have to know of each module that takes secrets: how it reaches a server, and what it makes there."""

from __future__ import annotations

import functools
import importlib
import typing as t
import urllib.parse
from dataclasses import dataclass, field

import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.client import MlflowClient
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.connection import Connection
from tests.integration.mlflow import registry
from tests.integration.modules.playbook import ROOT, Options
from tests.integration.started import MODULES

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.services import Cluster, Database, ModelRegistry, ObjectStorage, Triton

Path = tuple[str, ...]
# What takes a server long to make is there for one object of so many.
SPARSE = {"databases": 8}


@dataclass(frozen=True)
class Servers:
    """The real servers. MLflow is there with users, and without."""

    minio: ObjectStorage
    postgresql: Database
    mlflow: ModelRegistry
    mlflow_open: ModelRegistry
    kubernetes: Cluster
    triton: Triton


@dataclass(frozen=True)
class Door:
    """A server, and who asks."""

    address: str
    authority: str | None
    login: Options = field(repr=False)


@dataclass(frozen=True)
class Area:
    """What modules of one kind of server share. The first door asks for credentials, the last one is the fastest.

    ``at`` gives the options for an address and the authority of its certificate.
    """

    doors: Callable[[Servers], list[Door]]
    at: Callable[[str, str | None], Options]
    speaks_http: bool = True

    def reach(self, door: Door, address: str = "", authority: str | None = None) -> Options:
        """Options that lead to a server, or with the same credentials to another address."""
        place = (address, authority) if address else (door.address, door.authority)
        return {**self.at(*place), **door.login}


@dataclass(frozen=True)
class Scenario:
    """``wanted`` are options for an object of that name and with that secret, ``refused`` for one that cannot be."""

    area: Area
    wanted: Callable[[str, str], Options]
    refused: Callable[[str, str], Options] | None = None
    writes: bool = True
    needs_version: bool = False


def _s3_doors(servers: Servers) -> list[Door]:
    server = servers.minio
    keys = {"access_key": server.access_key, "secret_key": server.secret_key}
    return [Door(server.endpoint_url, server.ca_path, keys)]


def _triton_doors(servers: Servers) -> list[Door]:
    """The service with the repository is asked before the server is."""
    server, (door,) = servers.triton, _s3_doors(servers)
    place = {"repository": server.repository, "server_url": server.server_url, "admin_key": server.admin_key}
    return [Door(door.address, door.authority, {**door.login, **place})]


def _postgresql_doors(servers: Servers) -> list[Door]:
    server = servers.postgresql
    login = {"login_user": server.user, "login_password": server.password}
    return [Door(f"http://{server.host}:{server.port}", server.ca_cert, login)]


def _mlflow_doors(servers: Servers) -> list[Door]:
    """A server without users takes any token."""
    user = {"username": servers.mlflow.username, "password": servers.mlflow.password}
    return [
        Door(servers.mlflow.tracking_uri, None, user),
        Door(servers.mlflow_open.tracking_uri, None, {"token": f"any-{servers.minio.secret_key}"}),
    ]


def _serving_doors(servers: Servers) -> list[Door]:
    """The registry, by whom both are asked for. No secret of the cluster is an option."""
    cluster = {"kubeconfig": servers.kubernetes.kubeconfig}
    return [Door(door.address, door.authority, {**door.login, **cluster}) for door in _mlflow_doors(servers)]


def _postgresql_at(address: str, authority: str | None) -> Options:
    parts = urllib.parse.urlsplit(address)
    return {"login_host": parts.hostname, "login_port": parts.port, **_given(ca_cert=authority)}


def _given(**options: str | None) -> Options:
    return {name: value for name, value in options.items() if value is not None}


S3 = Area(_s3_doors, lambda address, authority: {"endpoint_url": address, **_given(ca_path=authority)})
POSTGRESQL = Area(_postgresql_doors, _postgresql_at, speaks_http=False)
MLFLOW = Area(_mlflow_doors, lambda address, authority: {"tracking_uri": address, **_given(ca_path=authority)})
SERVING = Area(_serving_doors, MLFLOW.at)
TRITON = Area(_triton_doors, S3.at)
AREAS = (S3, POSTGRESQL, MLFLOW, SERVING, TRITON)


def _gate(minimum: float) -> Options:
    return {"name": "auc", "kind": "threshold", "source": "given", "metric": "auc", "min": minimum}


def _promoted(name: str, minimum: float) -> Options:
    return {"models": [{"name": name, "candidate": "1", "figures": {"auc": 0.9}, "gates": [_gate(minimum)]}]}


def _served(name: str, **options: t.Any) -> Options:
    return {"models": [{"name": name, "host": f"{name}.example.com", "model_format": "mlflow", **options}]}


def _kept_by_triton(name: str, secret: str, **more: t.Any) -> Options:
    """MLflow is not asked: no model comes from there."""
    login = {"tracking_uri": "http://127.0.0.1:9", "password": f"{secret}-password", "token": f"{secret}-token"}
    return {"models": [{"name": name, "state": "unloaded", "config": {"backend": "python"}, **more}], "mlflow": login}


SCENARIOS: Mapping[str, Scenario] = {
    "s3_buckets": Scenario(
        S3,
        lambda name, _secret: {"buckets": [{"name": name, "versioning": True}]},
        lambda name, _secret: {
            "buckets": [{"name": name, "cors": [{"allowed_origins": ["*"], "allowed_methods": ["GET"]}]}]
        },
    ),
    "s3_buckets_info": Scenario(S3, lambda name, _secret: {"buckets": [name]}, writes=False),
    "s3_users": Scenario(
        S3,
        lambda name, secret: {"users": [{"name": name, "secret_key": secret, "buckets": [name]}]},
        # Too short a key, and the name of MinIO's root user.
        lambda name, secret: {
            "users": [
                {"name": name, "secret_key": f"!{secret[-6:]}"},
                {"name": "platform-root", "secret_key": secret},
            ]
        },
    ),
    "s3_users_info": Scenario(S3, lambda name, _secret: {"names": [name]}, writes=False),
    "postgresql_databases": Scenario(
        POSTGRESQL,
        lambda name, secret: {
            "roles": [{"name": name, "login": True, "password": secret}],
            "databases": [{"name": name, "owner": name, "public_connect": False}],
        },
        lambda name, secret: {
            "roles": [{"name": name, "password": secret, "member_of": [f"{name}-nobody"]}],
            "databases": [{"name": name, "encoding": "no-such"}],
        },
    ),
    "postgresql_databases_info": Scenario(
        POSTGRESQL, lambda name, _secret: {"roles": [name], "databases": [name]}, writes=False
    ),
    "mlflow_registry": Scenario(
        MLFLOW,
        lambda name, _secret: {"experiments": [{"name": name, "tags": {"team": "risk"}}], "models": [{"name": name}]},
        lambda name, _secret: {"models": [{"name": name, "aliases": {"champion": 9}}]},
    ),
    "mlflow_registry_info": Scenario(MLFLOW, lambda name, _secret: {"models": [name]}, writes=False),
    "model_promotion": Scenario(
        MLFLOW,
        lambda name, _secret: _promoted(name, 0.5),
        lambda name, _secret: _promoted(name, 0.95),
        needs_version=True,
    ),
    "model_promotion_info": Scenario(
        MLFLOW, lambda name, _secret: {"models": [name]}, writes=False, needs_version=True
    ),
    # Of a version that nobody's alias names nothing is served: there are no controllers to make it ready.
    "model_rollout": Scenario(
        SERVING,
        lambda name, _secret: _served(name, optional=True),
        lambda name, _secret: _served(name),
        writes=False,
        needs_version=True,
    ),
    "triton_models": Scenario(
        TRITON, _kept_by_triton, lambda name, secret: _kept_by_triton(name, secret, versions=[{"version": 7}])
    ),
    "triton_models_info": Scenario(TRITON, lambda name, _secret: {"models": [name]}, writes=False),
}


def many(name: str, prefix: str, count: int) -> Options:
    """Options for that many objects. A secret is as good as its object's name."""
    found: Options = {}
    number = 0
    while sum(map(len, found.values())) < count:
        number += 1
        one = SCENARIOS[name].wanted(f"{prefix}-{number:02}", f"{prefix}-secret-{number:02}")
        for key, items in one.items():
            if number % SPARSE.get(key, 1) == 0:
                found[key] = [*found.get(key, []), *items]
    return found


def main(name: str) -> Callable[[], object]:
    """What a module runs."""
    found: Callable[[], object] = importlib.import_module(f"{MODULES}.{name}").main
    return found


@functools.cache
def argument_spec(name: str) -> Mapping[str, t.Any]:
    """The options of a module as it declares them to Ansible."""
    module = importlib.import_module(f"{MODULES}.{name}")
    found: list[Mapping[str, t.Any]] = []

    class Declared(Exception):
        pass

    def declare(argument_spec: Mapping[str, t.Any], **_rest: t.Any) -> t.NoReturn:
        found.append(argument_spec)
        raise Declared

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Declared):
        patch.setattr(module, "AnsibleModule", declare)
        module.main()
    return found[0]


def secret_paths(spec: Mapping[str, t.Any], above: Path = ()) -> Iterator[Path]:
    """The options that Ansible is told to hide, at every level."""
    for name, option in spec.items():
        if option.get("no_log"):
            yield (*above, name)
        yield from secret_paths(option.get("options") or {}, (*above, name))


def secrets(options: t.Any, path: Path) -> Iterator[str]:
    """What is given for one of them."""
    if isinstance(options, list):
        for item in options:
            yield from secrets(item, path)
    elif not path:
        yield from [] if options is None else [options]
    elif path[0] in options:
        yield from secrets(options[path[0]], path[1:])


def with_secrets() -> list[str]:
    """All modules of the collection that take a secret."""
    names = sorted(path.stem for path in (ROOT / "plugins/modules").glob("[!_]*.py"))
    return [name for name in names if any(secret_paths(argument_spec(name)))]


def prepare(name: str, options: Options) -> None:
    """Make what a module wants to be there before, on the server of these options."""
    if not SCENARIOS[name].needs_version:
        return
    defaults = {option: about.get("default") for option, about in argument_spec(name).items()}
    client = MlflowClient(Connection.from_params({**defaults, **options}))
    for model in options["models"]:
        model_name = model if isinstance(model, str) else model["name"]
        client.create_model(model_name, "", {})
        registry.train(client, model_name, 1)
