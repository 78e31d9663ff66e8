# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What a pod of a model runs, outside of Kubernetes: KServe's fetching of the model, and the server of MLflow's format.

Both are the programs of the lab's images in the images' own root file systems, with the environment that the role
kserve and KServe's webhook give them.
"""

from __future__ import annotations

import contextlib
import pathlib
import shutil
import typing as t
from dataclasses import dataclass

from .process import INSIDE, Program, Root, answers_well, empty_folder, free_ports, own_folder

if t.TYPE_CHECKING:
    from .object_storage import ObjectStorage

ROLE = pathlib.Path(__file__).resolve().parents[2] / "roles/kserve"
MLFLOW = Root("mlflow", 1000)
KSERVE = Root("kserve", 1000)
PYTHON = "/opt/{component}/bin/python"
# The image's own entry point does nothing else.
FETCH = "import sys; from kserve_storage import Storage; Storage.download_files(sys.argv[1::2], sys.argv[2::2])"


@dataclass(frozen=True)
class ModelServer:
    """A server of one model."""

    url: str
    name: str
    log: pathlib.Path


def python(root: Root) -> str:
    """The interpreter of a root file system."""
    return PYTHON.format(component=root.component)


def run_in_mlflow(folder: pathlib.Path, script: pathlib.Path, *words: str) -> None:
    """Run a script to its end where MLflow is; its folder is its working directory and /srv."""
    folder = own_folder(folder, MLFLOW.uid)
    shutil.copy(script, folder / script.name)
    env = {"MLFLOW_DISABLE_TELEMETRY": "true", "PYTHONDONTWRITEBYTECODE": "1", "HOME": "/tmp"}
    argv = (python(MLFLOW), str(INSIDE / script.name), *words)
    Program(script.stem, folder, argv, env=env, root=MLFLOW).run()


def fetch(folder: pathlib.Path, storage: ObjectStorage, uri: str, trust: bool = True) -> pathlib.Path:
    """Fetch a model as KServe's storage initializer does; where it lies then."""
    folder = own_folder(folder, KSERVE.uid)
    empty_folder(folder / "models", KSERVE.uid)
    env = {
        "AWS_ACCESS_KEY_ID": storage.access_key,
        "AWS_SECRET_ACCESS_KEY": storage.secret_key,
        "AWS_ENDPOINT_URL": storage.endpoint_url,
        "AWS_DEFAULT_REGION": "us-east-1",
        "S3_VERIFY_SSL": "1",
        "S3_MAX_ATTEMPTS": "1",
    }
    if trust and storage.ca_path:
        shutil.copy(storage.ca_path, folder / "cabundle.crt")
        bundle = {"AWS_CA_BUNDLE": f"{INSIDE}/cabundle.crt", "AWS_CA_BUNDLE_CONFIGMAP": "site-ca"}
        env |= {**bundle, "CA_BUNDLE_CONFIGMAP_NAME": "site-ca", "CA_BUNDLE_VOLUME_MOUNT_POINT": str(INSIDE)}
    argv = (python(KSERVE), "-c", FETCH, uri, f"{INSIDE}/models")
    Program("storage-initializer", folder, argv, env=env, root=KSERVE).run()
    return folder / "models"


@contextlib.contextmanager
def serving(folder: pathlib.Path, model: pathlib.Path, name: str = "model") -> t.Iterator[ModelServer]:
    """The server of MLflow's format with a copy of a model; there is no MLflow that it could ask."""
    folder = own_folder(folder, MLFLOW.uid)
    port = free_ports()[0]
    shutil.rmtree(folder / "model", ignore_errors=True)
    shutil.copytree(model, folder / "model")
    own_folder(folder / "model", MLFLOW.uid)
    shutil.copy(ROLE / "files/mlflow_server.py", folder / "mlflow_server.py")
    env = {
        "INFERENCE_SERVICE_NAME": name,
        "MODEL_DIR": f"{INSIDE}/model",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_TRACKING_URI": "http://127.0.0.1:9",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    program = Program("mlflow-server", folder, (python(MLFLOW), f"{INSIDE}/mlflow_server.py"), env=env, root=MLFLOW)
    found = ModelServer(f"http://127.0.0.1:{port}", name, program.log)
    with program.running(lambda: answers_well(f"{found.url}/v2/health/ready")):
        yield found
