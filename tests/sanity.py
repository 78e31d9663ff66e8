"""ansible-test sanity on a copy of this checkout: `python tests/sanity.py [arguments of ansible-test sanity]`.

ansible-test wants the collection in a folder `ansible_collections/<namespace>/<name>`, makes a virtual environment for
each of its tests, and fetches the program that puts pip into them. Here the copy lies in a temporary folder, and pip
comes with Python (ensurepip). The environments are kept in the cache.
"""

from __future__ import annotations

import configparser
import importlib.util
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).parents[1]
CACHE = pathlib.Path(os.environ.get("BAREMETAL_MLOPS_CACHE") or pathlib.Path.home() / ".cache/baremetal-mlops")
GET_PIP = """import ensurepip

ensurepip.bootstrap()
"""


def main() -> int:
    """Copy, prepare a home, run."""
    home = CACHE / "sanity"
    prepare(home)
    with tempfile.TemporaryDirectory() as folder:
        target = pathlib.Path(folder, "ansible_collections", "baremetal", "mlops")
        copy(target)
        command = [str(pathlib.Path(sys.executable).with_name("ansible-test")), "sanity", "--venv", "--color", "no"]
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        done = subprocess.run(
            [*command, "--python", version, *sys.argv[1:]],
            cwd=target,
            env={**os.environ, "HOME": str(home)},
            check=False,
        )
    print(f"ansible-test sanity: {'passed' if done.returncode == 0 else 'failed'}")
    return done.returncode


def copy(target: pathlib.Path) -> None:
    """What git tracks or would track, but for the link of the checkout to itself."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in sorted(set(listed.stdout.split("\0")) - {""}):
        source = ROOT / name
        if source.exists() and not name.startswith(".collections/"):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target / name, follow_symlinks=False)


def prepare(home: pathlib.Path) -> None:
    """A home for ansible-test with pip's own settings, which it would not pass on from the environment."""
    found = importlib.util.find_spec("ansible_test")
    if found is None or found.origin is None:
        raise SystemExit("ansible-test is missing: run make venv")
    text = (pathlib.Path(found.origin).parent / "_internal/python_requirements.py").read_text()
    cached = home / ".ansible/test/cache"
    cached.mkdir(parents=True, exist_ok=True)
    for version in set(re.findall(r"""pip=["']([\d.]+)["']""", text)):
        (cached / f"get_pip_{version.replace('.', '_')}.py").write_text(GET_PIP)
    settings = configparser.RawConfigParser()
    settings["global"] = pip_settings()
    file = home / ".config/pip/pip.conf"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as opened:
        settings.write(opened)


def pip_settings() -> dict[str, str]:
    """What pip is told by its files and the environment, by name."""
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    pairs = [line.partition("=") for line in listed.stdout.splitlines()]
    return {key.rpartition(".")[2]: value.strip("'") for key, equals, value in pairs if equals}


if __name__ == "__main__":
    sys.exit(main())
