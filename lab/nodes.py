"""The bare nodes: podman containers that run systemd and are reached over SSH."""

from __future__ import annotations

import platform
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lab import disks, kernel, keys, process, settings
from lab.podman import inspect, names, podman

VOLUMES = {
    "containerd": "/var/lib/containerd",
    "kubelet": "/var/lib/kubelet",
    "etcd": "/var/lib/etcd",
    "local-storage": "/var/lib/local-storage",
}
TASKS = 20000
READY_LIMIT = 60


def volume(node: settings.Node, short: str) -> str:
    """Name of one of a node's volumes."""
    return f"baremetal-mlops-{node.name}-{short}"


def arguments(places: settings.Places, node: settings.Node, image: str) -> list[str]:
    """`podman create` for a node. Overlay on overlay fails, so what holds containers lies on volumes."""
    mounts = [f"--volume={volume(node, short)}:{path}" for short, path in VOLUMES.items()]
    return [
        "create",
        f"--name={node.name}",
        f"--hostname={node.name}",
        f"--label={settings.LABEL}={settings.NAME}",
        f"--label={settings.LABEL_STATE}={places.state}",
        f"--network={settings.NETWORK}",
        f"--ip={node.address}",
        "--no-hosts",
        "--dns=none",
        "--privileged",
        "--cgroupns=private",
        "--systemd=false",
        "--env=container=podman",
        "--stop-signal=SIGRTMIN+3",
        "--pids-limit=-1",
        f"--ulimit=nofile={TASKS}:{TASKS}",
        f"--ulimit=nproc={TASKS}:{TASKS}",
        "--tmpfs=/run",
        "--tmpfs=/run/lock",
        "--tmpfs=/tmp",
        *mounts,
        image,
        "/sbin/init",
    ]


def hosts_file(node: settings.Node, nodes: tuple[settings.Node, ...]) -> str:
    """/etc/hosts of a node: itself, its neighbours, the mirror."""
    lines = ["127.0.0.1 localhost", "::1 localhost ip6-localhost ip6-loopback"]
    lines += [f"{other.address} {other.name}" for other in sorted(nodes, key=lambda other: other != node)]
    return "\n".join([*lines, f"{settings.GATEWAY} {settings.MIRROR}"]) + "\n"


def execute(node: settings.Node, script: str, stdin: str = "") -> str:
    """Run a script in a running node."""
    return podman("exec", "-i", node.name, "sh", "-ec", script, stdin=stdin)


def seed(places: settings.Places, node: settings.Node, nodes: tuple[settings.Node, ...]) -> None:
    """Put into a node that was never started what an installer leaves on a machine."""
    folder = places.state / "seed" / node.name
    release = platform.release()
    files = {
        "root/.ssh/authorized_keys": keys.ensure(places) + "\n",
        "etc/hosts": hosts_file(node, nodes),
        "etc/resolv.conf": Path("/etc/resolv.conf").read_text(),
        f"usr/lib/modules/{release}/modules.builtin": kernel.running(),
        f"usr/lib/modules/{release}/modules.order": "",
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
        path.write_text(text)
    (folder / "root/.ssh").chmod(0o700)
    podman("cp", f"{folder}/.", f"{node.name}:/")


def own_disk_only(node: settings.Node, device: str) -> None:
    """Leave a node only its own block device: all nodes share this machine's."""
    script = (
        "for path in /dev/loop[0-9]* /dev/[vsx]d[a-z]* /dev/nvme*; do\n"
        f'  [ "$path" = "{device}" ] || rm -f "$path"\n'
        "done\n"
        f"mkdir -p /dev/disk/by-id && ln -sfn {device} /dev/disk/by-id/lab-data\n"
        f"[ -b {device} ] || mknod {device} b $(tr : ' ' < /sys/class/block/{Path(device).name}/dev)"
    )
    execute(node, script)


def start(places: settings.Places, node: settings.Node, nodes: tuple[settings.Node, ...], image: str) -> str:
    """Make and start one node unless it runs; returns its host key."""
    device = disks.ensure(places, node)
    found = inspect("container", node.name)
    if found and found["State"]["Status"] in {"created", "configured"}:
        podman("rm", "--force", "--volumes", node.name)
        found = None
    if not found:
        for short in VOLUMES:
            podman("volume", "create", f"--label={settings.LABEL}={settings.NAME}", volume(node, short), check=False)
        podman(*arguments(places, node, image))
        seed(places, node, nodes)
    podman("start", node.name)
    execute(node, "chmod 0755 / && chmod 0700 /root && depmod -a")
    own_disk_only(node, device)
    return wait(node)


def revive(places: settings.Places, node: settings.Node) -> None:
    """Start a node that was stopped."""
    podman("start", node.name)
    own_disk_only(node, disks.ensure(places, node))
    wait(node)


def wait(node: settings.Node) -> str:
    """Wait until systemd has started everything; returns the node's public host key."""
    deadline = time.monotonic() + READY_LIMIT
    state = ""
    while time.monotonic() < deadline:
        state = podman("exec", node.name, "systemctl", "is-system-running", check=False).strip()
        if state in {"running", "degraded"}:
            return podman("exec", node.name, "cat", "/etc/ssh/ssh_host_ed25519_key.pub").strip()
        time.sleep(0.3)
    raise process.LabError(f"{node.name} did not start within {READY_LIMIT} s (systemd says {state!r})")


def ensure(places: settings.Places, image: str) -> str:
    """Start all nodes side by side and prove that ssh reaches them."""
    nodes = settings.NODES
    keys.ensure(places)
    with ThreadPoolExecutor(len(nodes)) as pool:
        found = dict(zip(nodes, pool.map(lambda node: start(places, node, nodes, image), nodes), strict=True))
    text = keys.known_hosts({f"{node.name},{node.address}": key for node, key in found.items()})
    places.known_hosts.write_text(text)
    for node in nodes:
        process.run(keys.command(places, node.address, "true"))
    return f"{len(nodes)} nodes answer over ssh"


def refuse_foreign(places: settings.Places) -> None:
    """Stop where a node's name is taken by something that is not this checkout's lab."""
    for node in settings.NODES:
        found = inspect("container", node.name)
        labels = (found["Config"].get("Labels") or {}) if found else None
        if labels is None or labels.get(settings.LABEL_STATE) == str(places.state):
            continue
        owner = labels.get(settings.LABEL_STATE)
        if owner:
            raise process.LabError(f"the lab of {owner} runs on this machine: `make lab-down` first")
        raise process.LabError(f"a container named {node.name} is not the lab's: rename or remove it")


def states() -> set[Path]:
    """State directories of the nodes that exist, of whatever checkout."""
    shown = '{{index .Labels "' + settings.LABEL_STATE + '"}}'
    lines = names("ps", "--all", "--filter", f"label={settings.LABEL}", "--format", shown)
    return {Path(line) for line in lines if line.startswith("/")}


def remove() -> list[str]:
    """Remove all nodes and their volumes."""
    found = names("ps", "--all", "--filter", f"label={settings.LABEL}", "--format", "{{.Names}}")
    if found:
        podman("rm", "--force", "--time=2", "--volumes", *found)
    volumes = names("volume", "ls", "--quiet", "--filter", f"label={settings.LABEL}")
    if volumes:
        podman("volume", "rm", "--force", *volumes)
    return found
