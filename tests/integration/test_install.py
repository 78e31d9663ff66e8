"""The collection works from a checkout and as a built and installed collection."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import tarfile

import pytest
import yaml

ROOT = pathlib.Path(__file__).parents[2]
BIN = pathlib.Path(sys.executable).parent
INVENTORY = ROOT / "inventories/prod"
LAYERS = ["preflight", "node", "kubernetes", "cilium", "minio", "postgresql", "mlflow"]


def run(*command: str | pathlib.Path, cwd: pathlib.Path, **env: str) -> str:
    """Output of a program of this virtual environment; nothing of the caller's Ansible settings reaches it."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")}
    done = subprocess.run(
        [str(BIN / command[0]), *map(str, command[1:])],
        cwd=cwd,
        env={**clean, "ANSIBLE_NOCOLOR": "1", **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def tarball(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("build")
    run("ansible-galaxy", "collection", "build", "--output-path", folder, cwd=ROOT)
    (path,) = folder.glob("baremetal-mlops-*.tar.gz")
    return path


@pytest.fixture(scope="module")
def installed(tarball: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A folder that is not the checkout, with the installed collection below `collections`."""
    folder = tmp_path_factory.mktemp("elsewhere")
    run("ansible-galaxy", "collection", "install", "--no-deps", "-p", folder / "collections", tarball, cwd=folder)
    return folder


def test_the_tarball_holds_the_product_and_no_leftovers(tarball: pathlib.Path) -> None:
    with tarfile.open(tarball) as archive:
        names = archive.getnames()
    assert {"catalog/components.yml", "playbooks/site.yml", "meta/runtime.yml", "roles/mlflow/tasks/main.yml"} <= set(
        names
    )
    hidden = {name.split("/")[0] for name in names if name.startswith(".")}
    assert hidden <= {".ansible-lint", ".config", ".yamllint"}
    assert not [name for name in names if "__pycache__" in name]


def test_from_the_checkout() -> None:
    assert "playbook: site.yml" in run("ansible-playbook", "site.yml", "--syntax-check", "-i", INVENTORY, cwd=ROOT)
    listed = run("ansible-playbook", "site.yml", "--list-tasks", "-i", INVENTORY, cwd=ROOT)
    assert [layer for layer in LAYERS if layer not in listed] == []


def test_as_an_installed_collection(installed: pathlib.Path) -> None:
    env = {"ANSIBLE_COLLECTIONS_PATH": str(installed / "collections")}
    listed = run("ansible-playbook", "baremetal.mlops.site", "--list-tasks", "-i", INVENTORY, cwd=installed, **env)
    in_checkout = run("ansible-playbook", "site.yml", "--list-tasks", "-i", INVENTORY, cwd=ROOT)
    assert _tasks(listed) == _tasks(in_checkout)
    assert len(_tasks(listed)) > 50
    for verb in ("preflight", "verify"):
        run("ansible-playbook", f"baremetal.mlops.{verb}", "--syntax-check", "-i", INVENTORY, cwd=installed, **env)


def test_the_installed_catalog_is_read(installed: pathlib.Path) -> None:
    wanted = yaml.safe_load((ROOT / "catalog/components.yml").read_text())["cilium"]["version"]
    env = {"ANSIBLE_COLLECTIONS_PATH": str(installed / "collections")}
    text = "msg=[{{ lookup('baremetal.mlops.catalog', 'cilium').version }}]"
    assert f"[{wanted}]" in run(
        "ansible",
        "localhost",
        "-i",
        "localhost,",
        "-c",
        "local",
        "-m",
        "ansible.builtin.debug",
        "-a",
        text,
        cwd=installed,
        **env,
    )


def _tasks(listed: str) -> list[str]:
    return [line.strip() for line in listed.splitlines() if "TAGS:" in line]
