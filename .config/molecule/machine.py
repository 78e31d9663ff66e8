"""One bare machine for the scenarios of host roles: `machine.py up [component ...]` and `machine.py down`.

It is a node of the lab in all but its name: made from the same image, served by the same mirror, which must hold the
components named. A lab that runs in this checkout is left alone.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from lab import disks, host, hosts, image, lifecycle, mirror, network, nodes, process, settings, sysctls
from lab.podman import podman

MACHINE = settings.Node("molecule", "10.90.0.90")


def up(places: settings.Places, components: list[str]) -> None:
    """Make the machine anew."""
    for folder in (places.secrets, places.mirror):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    host.prepare(places)
    missing = [name for name in components if not any(places.mirror_tree.glob(f"deb/*/{name}*.deb"))]
    if missing:
        only = [word for name in missing for word in ("--only", name)]
        process.run([sys.executable, "-m", "lab.builder", *only], cwd=ROOT, limit=3600)
    checksums = places.mirror_tree / "checksums.yml"
    text = checksums.read_text() if checksums.exists() else "catalog_checksums: {}\n"
    (places.state / "checksums.yml").write_text(text)
    name, _how = image.ensure(places)
    sysctls.note(places)
    network.ensure()
    hosts.ensure()
    mirror.ensure(places)
    remove(places)
    nodes.start(places, MACHINE, (MACHINE,), name)


def remove(places: settings.Places) -> None:
    """Remove the machine, its volumes and its disk."""
    podman("rm", "--force", "--time=2", "--volumes", MACHINE.name, check=False)
    for short in nodes.VOLUMES:
        podman("volume", "rm", "--force", nodes.volume(MACHINE, short), check=False)
    file = places.disks / f"{MACHINE.name}.img"
    device = disks.attached().get(str(file))
    if device:
        process.run(["losetup", "--detach", device], check=False)
    file.unlink(missing_ok=True)


def main() -> int:
    """Do what was asked for."""
    verb, *components = sys.argv[1:]
    places = settings.places()
    if verb == "up":
        up(places, components)
    else:
        remove(places)
        if not lifecycle.inventory(places):
            lifecycle.down(places)
    return 0


if __name__ == "__main__":
    sys.exit(main())
