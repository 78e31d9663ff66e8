"""One bare machine for the scenarios of host roles: `machine.py up [component ...]` and `machine.py down`.

It is a node of the lab in all but its name, network and mirror, so that it meets neither a lab nor its leavings. The
components named are built into the mirror unless the cache has them.
"""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from lab import hosts, image, keys, lifecycle, process, settings

FOLDER = ROOT / ".cache/molecule"
settings.LABEL, settings.LABEL_STATE = "baremetal-mlops.molecule", "baremetal-mlops.molecule-state"
settings.NETWORK, settings.SUBNET, settings.GATEWAY = "baremetal-mlops-molecule", "10.94.0.0/24", "10.94.0.1"
settings.DOMAIN, settings.MIRROR = "molecule.test", "mirror.molecule.test"
settings.MIRROR_PORT, settings.REGISTRY_PORT = 5643, 5644
settings.PUBLISHED = {settings.MIRROR: settings.GATEWAY}
settings.DISK_BYTES = 64 * 1024**2
settings.NODES = (settings.Node("molecule", "10.94.0.11"),)
hosts.FILE = FOLDER / "hosts"
image.remove = lambda: None
keys.SHARED = "baremetal-molecule-*"


def build(places: settings.Places, components: list[str]) -> None:
    """Fill the mirror with what a scenario installs."""
    missing = [name for name in components if not any(places.mirror_tree.glob(f"deb/*/{name}*.deb"))]
    if missing:
        only = [word for name in missing for word in ("--only", name)]
        process.run([sys.executable, "-m", "lab.builder", *only], cwd=ROOT, limit=3600)


def main() -> int:
    """Do what was asked for."""
    verb, *components = sys.argv[1:]
    places = dataclasses.replace(settings.places(), checkout=FOLDER)
    FOLDER.mkdir(parents=True, exist_ok=True)
    hosts.FILE.touch()
    try:
        lifecycle.down(places)
        if verb == "up":
            build(places, components)
            lifecycle.nodes_only(places)
    except process.LabError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
