# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The platform's gateway, Traefik, which follows the routes that an API server keeps."""

from __future__ import annotations

import contextlib
import json
import pathlib
import typing as t
from dataclasses import dataclass

from lab.builder import supply

from .process import Program, answers_well, free_ports, own_folder

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from .kubernetes import Cluster


@dataclass(frozen=True)
class Gateway:
    """Its listener is on ``port``, without TLS. ``metrics`` is where it shows its figures."""

    port: int
    metrics: str
    log: pathlib.Path


@contextlib.contextmanager
def traefik(folder: pathlib.Path, cluster: Cluster, buckets: Sequence[float]) -> t.Iterator[Gateway]:
    """Reads with the administrator's kubeconfig. Of the Gateway that it serves the listener must have its port."""
    folder = own_folder(folder)
    port, metrics, admin = free_ports(3)
    config = json.loads(pathlib.Path(cluster.kubeconfig).read_text())
    server = config["clusters"][0]["cluster"]
    found = Gateway(port, f"http://127.0.0.1:{metrics}/metrics", folder / "traefik.log")
    options = {
        "global.checkNewVersion": "false",
        "entryPoints.https.address": f":{port}",
        "entryPoints.metrics.address": f"127.0.0.1:{metrics}",
        "entryPoints.admin.address": f"127.0.0.1:{admin}",
        "ping.entryPoint": "admin",
        "metrics.prometheus.entryPoint": "metrics",
        "metrics.prometheus.buckets": ",".join(f"{bound:g}" for bound in buckets),
        "providers.kubernetesGateway.endpoint": server["server"],
        "providers.kubernetesGateway.certAuthFilePath": server["certificate-authority"],
        "providers.kubernetesGateway.token": config["users"][0]["user"]["token"],
    }
    # Everybody can read arguments, and Traefik takes its settings from one place only.
    env = {f"TRAEFIK_{name.upper().replace('.', '_')}": value for name, value in options.items()}
    program = Program("traefik", folder, (str(supply.default().program("traefik", "traefik")),), env=env)
    with program.running(lambda: answers_well(f"http://127.0.0.1:{admin}/ping")):
        yield found
