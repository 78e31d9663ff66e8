"""Real nodes beside a running lab: other names, network and ports, the same code. Needs root and podman."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
RUN = """
import sys
from dataclasses import replace
from pathlib import Path
from lab import hosts, image, keys, lifecycle, mirror, process, settings
settings.LABEL, settings.LABEL_STATE = "baremetal-mlops.test", "baremetal-mlops.test-state"
settings.NETWORK, settings.SUBNET, settings.GATEWAY = "baremetal-mlops-test", "10.93.0.0/24", "10.93.0.1"
settings.DOMAIN, settings.MIRROR = "test.invalid", "mirror.test.invalid"
settings.MIRROR_PORT, settings.REGISTRY_PORT = 5543, 5544
settings.PUBLISHED = {settings.MIRROR: settings.GATEWAY}
settings.DISK_BYTES = 64 * 1024**2
settings.NODES = tuple(settings.Node(f"labtest{number}", f"10.93.0.1{number}") for number in (1, 2))
hosts.BEGIN, hosts.END = "# BEGIN baremetal-mlops test", "# END baremetal-mlops test"
hosts.FILE = Path(sys.argv[2]) / "hosts"
image.remove = lambda: None
keys.SHARED = "baremetal-test-*"
places = replace(settings.places(), checkout=Path(sys.argv[2]))
try:
    {"up": lifecycle.nodes_only, "down": lifecycle.down}[sys.argv[1]](places)
except process.LabError as error:
    sys.exit(f"lab: {error}")
"""


def start(verb: str, checkout: Path) -> subprocess.Popen[str]:
    """One run of the lifecycle in its own process."""
    argv = [sys.executable, "-c", RUN, verb, str(checkout)]
    return subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def run(verb: str, checkout: Path) -> str:
    """One run to its end; returns what it printed."""
    process = start(verb, checkout)
    out, _unused = process.communicate(timeout=300)
    assert process.returncode == 0, out
    return out


def told(*argv: str) -> str:
    """Output of a program."""
    return subprocess.run(argv, capture_output=True, text=True, check=False).stdout


def traces(checkout: Path) -> list[str]:
    """All that a lab leaves on a machine."""
    listed = {
        "container": told("podman", "ps", "--all", "--format", "{{.Names}}"),
        "volume": told("podman", "volume", "ls", "--format", "{{.Name}}"),
        "network": told("podman", "network", "ls", "--format", "{{.Name}}"),
        "loop": told("losetup", "--list", "--noheadings", "--output", "BACK-FILE"),
        "process": told("pgrep", "--full", "--list-full", f"(nginx|docker-registry).*{checkout}"),
        "hosts": (checkout / "hosts").read_text(),
    }
    marks = ("labtest", "baremetal-mlops-test", "test.invalid", str(checkout))
    found = [
        f"{kind} {line}" for kind, text in listed.items() for line in text.splitlines() if any(map(line.count, marks))
    ]
    return [*found, *(str(path) for path in (checkout / ".lab").glob("*"))]


@pytest.fixture
def checkout(tmp_path: Path) -> t.Iterator[Path]:
    """A place for the state, cleared at the end whatever happened."""
    (tmp_path / "hosts").write_text("127.0.0.1 localhost\n")
    yield tmp_path
    run("down", tmp_path)


def ssh(checkout: Path, script: str) -> str:
    """Run a script on the first node over ssh, as Ansible does."""
    files = checkout / ".lab" / "ssh"
    options = [
        "-o",
        f"UserKnownHostsFile={files}/known_hosts",
        "-o",
        "StrictHostKeyChecking=yes",
        "-o",
        "BatchMode=yes",
    ]
    return told("ssh", "-i", f"{files}/id_ed25519", *options, "root@10.93.0.11", script)


def test_nodes_are_bare_machines_and_leave_nothing(checkout: Path) -> None:
    assert "2 nodes answer over ssh" in run("up", checkout)
    script = (
        "systemctl is-system-running; findmnt -no PROPAGATION /; stat -c %a / /root; ls /dev/loop[0-9]* | wc -l; "
        "readlink -e /dev/disk/by-id/lab-data >/dev/null && echo disk; modprobe overlay && echo overlay; "
        "findmnt -no FSTYPE /var/lib/containerd; command -v containerd kubelet || echo bare; cat /etc/machine-id"
    )
    first = ssh(checkout, script).splitlines()
    assert first[:6] == ["running", "shared", "755", "700", "1", "disk"]
    assert first[6] == "overlay"
    assert first[7] != "overlay"
    assert first[8] == "bare"
    ids = {told("podman", "exec", name, "cat", "/etc/machine-id") for name in ("labtest1", "labtest2")}
    assert len(ids) == 2

    began = time.monotonic()
    assert "2 nodes answer over ssh" in run("up", checkout)
    assert time.monotonic() - began < 20
    assert ssh(checkout, "cat /etc/machine-id").strip() == first[9]

    assert traces(checkout)
    run("down", checkout)
    assert traces(checkout) == []
    assert (checkout / "hosts").read_text() == "127.0.0.1 localhost\n"


@pytest.mark.parametrize("seconds", [0.4, 1.2, 2.5])
def test_killed_half_way_it_goes_on_or_goes_away(checkout: Path, seconds: float) -> None:
    process = start("up", checkout)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert "2 nodes answer over ssh" in run("up", checkout)
    run("down", checkout)
    assert traces(checkout) == []


def test_killed_half_way_down_leaves_nothing(checkout: Path) -> None:
    process = start("up", checkout)
    time.sleep(1.5)
    process.send_signal(signal.SIGKILL)
    process.wait()
    run("down", checkout)
    assert traces(checkout) == []


def test_down_finds_nodes_whose_state_is_elsewhere(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    run("up", checkout)
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "hosts").write_text("")
    refused = start("up", elsewhere)
    out, _unused = refused.communicate(timeout=60)
    assert refused.returncode != 0
    assert f"the lab of {checkout}/.lab runs on this machine" in out
    run("down", elsewhere)
    assert [line for line in traces(checkout) if not line.startswith("hosts")] == []
