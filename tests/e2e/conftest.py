# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What the end-to-end tests share: the running lab, and a way to run its playbooks and read what they did."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import subprocess
import typing as t

import boto3
import pytest
import requests

ROOT = pathlib.Path(__file__).parents[2]
STATE = ROOT / ".lab"
AUTHORITY = STATE / "secrets/site-ca.pem"
RUN_LIMIT_SECONDS = 900


@dataclasses.dataclass(frozen=True)
class Run:
    """One run of a playbook: its exit code, its output, and which tasks changed or would change something."""

    rc: int
    output: str
    changed: tuple[dict[str, str], ...]

    def where(self) -> set[tuple[str, str]]:
        """Pairs of role and host."""
        return {(task["role"].removeprefix("baremetal.mlops."), task["host"]) for task in self.changed}


class Lab:
    """The lab that `make lab` left running."""

    def __init__(self, reports: pathlib.Path) -> None:
        self._reports = reports

    def site(self, *arguments: str) -> Run:
        """Run site.yml, for example with ``--check --diff``."""
        report = self._reports / "run.json"
        report.unlink(missing_ok=True)
        done = subprocess.run(
            ["ansible-playbook", "site.yml", "-i", "inventories/lab", *arguments],
            cwd=ROOT,
            env={**os.environ, "BAREMETAL_MLOPS_REPORT": str(report), "ANSIBLE_NOCOLOR": "1"},
            capture_output=True,
            text=True,
            timeout=RUN_LIMIT_SECONDS,
            check=False,
        )
        said: dict[str, t.Any] = json.loads(report.read_text())
        return Run(done.returncode, done.stdout + done.stderr, tuple(said["changed_tasks"]))

    def ssh(self, node: str, command: str) -> str:
        """The output of a shell command on a node."""
        return self.module(node, "raw", command)

    def kubectl(self, arguments: str) -> str:
        """The output of kubectl as the cluster's administrator, run on the first control plane."""
        return self.ssh("node1", f"kubectl --kubeconfig /etc/kubernetes/admin.conf {arguments}")

    def sql(self, database: str, query: str) -> str:
        """What PostgreSQL answers its superuser, asked inside of the pod."""
        pods = self.kubectl("-n postgresql get pod -l cnpg.io/instanceRole=primary -o name").split()
        pod = next(word for word in pods if word.startswith("pod/"))
        return self.kubectl(f"-n postgresql exec {pod} -c postgres -- psql -XAtd {database} -c '{query}'")

    @staticmethod
    def describe_model(name: str, description: str) -> None:
        """Change the description of a registered model."""
        answer = requests.patch(
            "https://mlflow.lab.test/api/2.0/mlflow/registered-models/update",
            json={"name": name, "description": description},
            auth=("admin", secret("mlflow-admin")),
            verify=str(AUTHORITY),
            timeout=30,
        )
        answer.raise_for_status()

    @staticmethod
    def store() -> t.Any:
        """S3 as its root user."""
        return boto3.client(
            "s3",
            endpoint_url="https://s3.lab.test",
            aws_access_key_id="platform-root",
            aws_secret_access_key=secret("minio-root"),
            region_name="us-east-1",
            verify=str(AUTHORITY),
        )

    @staticmethod
    def module(host: str, name: str, arguments: str) -> str:
        """The output of one module on one host of the inventory."""
        return _output(["ansible", host, "-i", "inventories/lab", "-m", f"ansible.builtin.{name}", "-a", arguments])


def secret(name: str) -> str:
    """One of the site's generated secrets."""
    return (STATE / "secrets" / name).read_text().strip()


def _output(command: list[str]) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """The running lab. There is no skip: these tests are run where a lab is up."""
    assert STATE.is_dir(), "the lab is not up: run `make lab` first"
    return Lab(tmp_path_factory.mktemp("reports"))
