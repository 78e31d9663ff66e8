# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Real servers for tests and benchmarks: the very programs that the lab's builder makes, each for a block of code.

    with minio(folder) as server:
        connect(server.endpoint_url, server.access_key, server.secret_key)

Each listens on 127.0.0.1 at a free port, keeps everything below its folder and is gone after the block, whatever ended
it. `make services` has the programs made; the machine's root is needed.
"""

from __future__ import annotations

from .ceph import CephGateway, ceph
from .database import Database, pgbouncer, postgresql
from .feature_store import FeatureStore, feast
from .gateway import Gateway, traefik
from .kubernetes import Cluster, kubernetes
from .model_registry import ModelRegistry, mlflow
from .model_server import ModelServer, serving
from .object_storage import ObjectStorage, minio, seaweedfs
from .process import ServiceError
from .triton import Triton, triton
from .valkey import Cache, valkey

__all__ = [
    "Cache",
    "CephGateway",
    "Cluster",
    "Database",
    "FeatureStore",
    "Gateway",
    "ModelRegistry",
    "ModelServer",
    "ObjectStorage",
    "ServiceError",
    "Triton",
    "ceph",
    "feast",
    "kubernetes",
    "minio",
    "mlflow",
    "pgbouncer",
    "postgresql",
    "seaweedfs",
    "serving",
    "traefik",
    "triton",
    "valkey",
]
