"""`up` and `down`: the lab from nothing to a verified platform, and back to nothing."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lab import disks, drill, host, hosts, image, keys, mirror, network, nodes, playbook, process, settings, sysctls
from lab.phases import Phases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lab.settings import Places

SITE = "site.yml"
VERIFY = "playbooks/verify.yml"


@contextmanager
def alone(places: Places) -> Iterator[None]:
    """Refuse to work on a lab that another `up` or `report` works on."""
    places.state.mkdir(exist_ok=True, mode=0o755)
    with (places.state / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise process.LabError("another `make lab` works on this checkout: wait for it") from None
        yield


def inventory(places: Places) -> str:
    """Inventory that the running lab was made with; empty if there is none."""
    file = places.state / "lab.json"
    return str(json.loads(file.read_text())["inventory"]) if file.exists() else ""


def claim(places: Places, wanted: str) -> None:
    """Note what kind of lab this is; one kind cannot be turned into the other."""
    there = inventory(places)
    if there and there != wanted:
        raise process.LabError(f"inventories/{there} is running here: `make lab-down` first")
    for folder in (places.secrets, places.mirror, places.reports):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (places.state / "lab.json").write_text(json.dumps({"inventory": wanted}) + "\n")


def build(places: Places, profile: str) -> str:
    """Fill the mirror's tree; only what is missing is built."""
    words = [sys.executable, "-m", "lab.builder", "--profile", profile]
    env = {**os.environ, "BAREMETAL_MLOPS_CACHE": str(places.cache)}
    if process.stream(words, env=env, cwd=places.checkout) != 0:
        raise process.LabError(
            "the mirror's contents are not complete: the builder named the component and its log above"
        )
    shutil.copyfile(places.mirror_tree / "checksums.yml", places.checksums)
    return f"profile {profile}"


def site(places: Places, wanted: str, *, first: bool) -> str:
    """Run site.yml; the run that met bare nodes is kept for `report`."""
    report = places.reports / "site.json"
    found = playbook.play(places, wanted, SITE, report)
    if first:
        shutil.copyfile(report, places.reports / "first.json")
    return playbook.counts(found)


def nodes_only(places: Places) -> None:
    """Bare nodes and the mirror's servers, without any contents or playbook."""
    with alone(places):
        claim(places, inventory(places) or "lab")
        host.prepare(places)
        nodes.refuse_foreign(places)
        name, _unused = image.ensure(places)
        sysctls.note(places)
        network.ensure()
        hosts.ensure()
        mirror.ensure(places)
        found = places.mirror_tree / "checksums.yml"
        places.checksums.write_text(found.read_text() if found.exists() else "catalog_checksums: {}\n")
        print(nodes.ensure(places, name))


def up(places: Places, wanted: str, profile: str) -> int:
    """From whatever is there to a verified platform."""
    run = Phases("up")
    try:
        with alone(places):
            climb(places, run, wanted, profile)
    finally:
        if run.done and places.state.exists():
            path = run.write(places.reports)
            print(f"\n{run.table()}\n\nReport: {path}", flush=True)
    return 0


def climb(places: Places, run: Phases, wanted: str, profile: str) -> None:
    """The phases of `up`."""
    claim(places, wanted)
    with run.phase("host packages") as phase:
        phase.result = host.prepare(places)
        nodes.refuse_foreign(places)
    with run.phase("mirror contents") as phase:
        phase.result = build(places, profile)
    with run.phase("node image") as phase:
        name, phase.result = image.ensure(places)
    with run.phase("network and mirror") as phase:
        sysctls.note(places)
        network.ensure()
        hosts.ensure()
        phase.result = mirror.ensure(places)
    bare = not places.kubeconfig.exists()
    with run.phase("nodes") as phase:
        phase.result = nodes.ensure(places, name)
    with run.phase("site.yml") as phase:
        phase.result = site(places, wanted, first=bare)
    with run.phase("verify") as phase:
        phase.result = playbook.counts(playbook.play(places, wanted, VERIFY, places.reports / "verify-run.json"))
    if wanted == "lab-ha":
        with run.phase("one control plane stopped") as phase:
            phase.result = drill.lose_one(places)


def down(places: Places) -> int:
    """Remove every trace but the cache, whatever is or is not there."""
    if not shutil.which("podman"):
        print("podman is not installed: no lab can run here")
        states = {places.state}
    else:
        states = nodes.states() | {places.state}
        print(f"nodes removed: {', '.join(nodes.remove()) or 'none'}")
        network.remove()
        image.remove()
    print(f"connections ended: {keys.hang_up()}")
    print(f"disks detached: {', '.join(disks.remove(states)) or 'none'}")
    for state in states:
        print(f"servers stopped: {', '.join(mirror.stop(state / 'mirror')) or 'none'}")
        print(f"kernel settings put back: {', '.join(sysctls.restore(state)) or 'none'}")
        if state.name == settings.STATE:
            shutil.rmtree(state, ignore_errors=True)
    print(f"/etc/hosts: {'names removed' if hosts.remove() else 'nothing to remove'}")
    print(f"kept: the cache {places.cache}")
    return 0
