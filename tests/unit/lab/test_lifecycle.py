"""The parts of the lab's lifecycle that only compute."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab import (
    certificates,
    cli,
    debian,
    disks,
    drill,
    host,
    hosts,
    image,
    kernel,
    keys,
    mirror,
    nodes,
    phases,
    report,
    settings,
)

PLACES = settings.Places(checkout=Path("/srv/checkout"), cache=Path("/srv/cache"))
NODE = settings.NODES[0]


def test_hosts_block_is_added_once_and_taken_out_whole() -> None:
    before = "127.0.0.1 localhost\n# mine\n10.1.1.1 other.lab.test\n"
    once = hosts.block(before, settings.PUBLISHED)
    assert once.startswith(before)
    published = [f"{address} {name}" for name, address in sorted(settings.PUBLISHED.items())]
    assert once.endswith("\n".join([hosts.BEGIN, *published, hosts.END, ""]))
    assert hosts.block(once, settings.PUBLISHED) == once
    assert hosts.without(once) == before


def test_hosts_block_without_an_end_takes_nothing_of_the_users() -> None:
    text = f"127.0.0.1 localhost\n{hosts.BEGIN}\n10.90.0.1 mirror.lab.test\n192.0.2.7 mine.example\n"
    assert hosts.without(text) == "127.0.0.1 localhost\n192.0.2.7 mine.example\n"


def test_clock() -> None:
    assert [phases.clock(seconds) for seconds in (0, 7.4, 751, 3723)] == ["0:00", "0:07", "12:31", "1:02:03"]


def test_table_aligns_columns() -> None:
    text = phases.table(["phase", "time"], [["a", "0:01"], ["longer", "12:31"]], frozenset({1}))
    assert text.splitlines() == ["phase    time", "------  -----", "a        0:01", "longer  12:31"]


def test_phases_keep_times_results_and_the_failure(tmp_path: Path) -> None:
    ticks = iter([0.0, 2.0, 2.0, 5.0])
    run = phases.Phases("up", now=lambda: next(ticks), started="2026-01-02T03:04:05+00:00")
    with run.phase("one") as item:
        item.result = "made"
    with pytest.raises(RuntimeError), run.phase("two"):
        raise RuntimeError("no disk")
    found = json.loads(run.write(tmp_path).read_text())
    assert (found["seconds"], found["ok"]) == (5.0, False)
    assert found["phases"] == [
        {"name": "one", "seconds": 2.0, "result": "made", "ok": True},
        {"name": "two", "seconds": 3.0, "result": "no disk", "ok": False},
    ]
    assert (tmp_path / "latest").resolve() == tmp_path / "2026-01-02T030405Z-up.json"
    assert "two    0:03  FAILED  no disk" in run.table()


def test_nodes_are_separate_machines_on_volumes() -> None:
    words = nodes.arguments(PLACES, NODE, "image:1")
    for wanted in (
        "--privileged",
        "--systemd=false",
        "--cgroupns=private",
        "--pids-limit=-1",
        "--ip=10.90.0.11",
        "--label=baremetal-mlops.lab=lab",
        "--label=baremetal-mlops.state=/srv/checkout/.lab",
        "--volume=baremetal-mlops-node1-containerd:/var/lib/containerd",
        "--volume=baremetal-mlops-node1-kubelet:/var/lib/kubelet",
        "--volume=baremetal-mlops-node1-etcd:/var/lib/etcd",
    ):
        assert wanted in words
    assert words[-2:] == ["image:1", "/sbin/init"]


def test_a_node_knows_its_neighbours_and_the_mirror() -> None:
    assert nodes.hosts_file(settings.NODES[1], settings.NODES).splitlines()[2:] == [
        "10.90.0.12 node2",
        "10.90.0.11 node1",
        "10.90.0.13 node3",
        "10.90.0.1 mirror.lab.test",
    ]


def test_mirror_configuration() -> None:
    text = mirror.render(mirror.NGINX, Path("/s/mirror"), Path("/c/mirror"))
    for wanted in (
        "listen 5443 ssl;",
        "server_name mirror.lab.test;",
        "allow 10.90.0.0/24;",
        "deny all;",
        "limit_except GET { deny all; }",
        "proxy_pass http://127.0.0.1:5444;",
        "alias /c/mirror/files/;",
        "alias /c/mirror/deb/;",
        "ssl_certificate_key /s/mirror/server.key;",
    ):
        assert wanted in text
    assert "rootdirectory: /c/mirror/registry" in mirror.render(mirror.REGISTRY, Path("/s/mirror"), Path("/c/mirror"))


def test_certificates_are_made_once_and_verify(tmp_path: Path) -> None:
    folder = tmp_path / "mirror"
    assert not certificates.valid(folder)
    certificates.ensure(folder, ["mirror.lab.test"], ["10.90.0.1"])
    assert certificates.valid(folder)
    before = (folder / "server.pem").read_bytes()
    certificates.ensure(folder, ["mirror.lab.test"], ["10.90.0.1"])
    assert (folder / "server.pem").read_bytes() == before
    assert (folder / "ca.key").stat().st_mode & 0o777 == 0o600


def test_apt_sources_follow_the_hosts_own() -> None:
    listing = (
        "http://apt.example/debian/|bookworm|main|Debian|Packages\n"
        "http://apt.example/debian/|bookworm|main|Debian|Translations\n"
        "http://apt.example/debian/|bookworm-updates|main|Debian|Packages\n"
        "http://apt.example/security/|bookworm-security|main|Debian|Packages\n"
        "http://else.example/|stable|main|Else|Packages\n"
    )
    assert debian.translate(listing, "trixie") == [
        debian.Source("http://apt.example/debian", "trixie"),
        debian.Source("http://apt.example/debian", "trixie-updates"),
        debian.Source("http://apt.example/security", "trixie-security"),
    ]


def test_image_key_follows_its_inputs() -> None:
    sources = [debian.Source("http://apt.example/debian", "trixie")]
    assert image.key(sources, "") == image.key(sources, "")
    assert image.key(sources, "") != image.key(sources, 'Acquire::http::Proxy "http://proxy.example";\n')
    assert image.key(sources, "") != image.key([*sources, debian.Source("http://apt.example/debian", "sid")], "")


def test_loop_devices_of_deleted_files_are_found_too() -> None:
    listing = "/dev/loop0 /srv/checkout/.lab/disks/node1.img\n/dev/loop3 /old/.lab/disks/node2.img (deleted)\n"
    assert disks.parse(listing) == {
        "/srv/checkout/.lab/disks/node1.img": "/dev/loop0",
        "/old/.lab/disks/node2.img": "/dev/loop3",
    }


def test_only_what_the_kernel_has_is_listed() -> None:
    text = kernel.builtin("CONFIG_OVERLAY_FS=y\n# CONFIG_IP_VS is not set\nCONFIG_VXLAN=m\n")
    assert text == "kernel/fs/overlayfs/overlay.ko\n"


def test_known_hosts_leave_out_comments() -> None:
    assert (
        keys.known_hosts({"node1,10.90.0.11": "ssh-ed25519 AAAA root@node1"}) == "node1,10.90.0.11 ssh-ed25519 AAAA\n"
    )


@pytest.mark.parametrize(
    ("holder", "tied", "chosen"),
    [
        ("node1", set(), "node1"),
        ("node2", {"node1"}, "node2"),
        ("node1", {"node1"}, "node2"),
        ("node3", {"node1", "node2", "node3"}, "node3"),
    ],
)
def test_the_drill_spares_nodes_with_data(holder: str, tied: set[str], chosen: str) -> None:
    assert drill.choose(holder, tied).name == chosen


def test_volumes_name_their_nodes() -> None:
    rule = {"key": "kubernetes.io/hostname", "operator": "In", "values": ["node2"]}
    volume = {"spec": {"nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [rule]}]}}}}
    assert drill.bound(volume) == {"node2"}
    assert drill.bound({"spec": {}}) == set()


def test_only_what_lies_on_one_node_ties_it() -> None:
    def volume(namespace: str, node: str) -> dict[str, object]:
        rule = {"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}
        required = {"nodeSelectorTerms": [{"matchExpressions": [rule]}]}
        return {"spec": {"claimRef": {"namespace": namespace}, "nodeAffinity": {"required": required}}}

    copies = [volume("postgresql", node.name) for node in settings.NODES]
    assert drill.tied([*copies, volume("minio", "node2")]) == {"node2"}


def run(seconds: float, changed: int) -> dict[str, object]:
    """A report as the callback writes it."""
    return {
        "seconds": seconds,
        "hosts": {"node1": {"ok": 10, "changed": changed}, "localhost": {"ok": 5, "changed": 0}},
        "phases": [{"name": "Nodes", "seconds": seconds, "ok": 15, "changed": changed}],
        "changed_tasks": [{"host": "node1", "role": "node", "task": "Sentence"}] * changed,
    }


@pytest.mark.parametrize(
    ("second", "wanted"),
    [
        (run(100, 0), []),
        (run(100, 1), ["changed on node1: Sentence"]),
        (run(200, 0), ["the second run took 3:20, more than 3:00"]),
    ],
)
def test_what_the_second_run_has_to_keep(second: dict[str, object], wanted: list[str]) -> None:
    assert report.problems(second) == wanted


def test_share_of_the_first_run_is_told() -> None:
    assert report.share(run(600, 9), run(150, 0)) == "The second run took 25% of the first (aim: at most 20%)."


def test_report_shows_both_runs_by_phase() -> None:
    assert report.rows(run(600, 9), run(60, 0)) == [
        ["Nodes", "10:00", "15", "9", "1:00", "15", "0"],
        ["all", "10:00", "15", "9", "1:00", "15", "0"],
    ]
    assert report.rows({}, run(60, 0))[0][:4] == ["Nodes", "-", "-", "-"]


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ((True, 41, 24, True), ""),
        ((True, 16, 24, False), ""),
        ((False, 41, 24, True), "root"),
        ((True, 39, 24, True), "39 GiB of disk are free, the lab needs 40"),
        ((True, 14, 24, False), "14 GiB of disk are free, the lab needs 15"),
        ((True, 41, 8, True), "8 GiB of memory, the lab needs 12"),
    ],
)
def test_a_machine_that_cannot_hold_a_lab_is_refused(facts: tuple[bool, int, int, bool], said: str) -> None:
    root, free, memory, cold = facts
    problem = host.unfit(root, free * host.GIB, memory * host.GIB, cold)
    assert said in problem
    assert bool(problem) == bool(said)


def test_package_lists_may_have_comments() -> None:
    assert host.wanted("# needed\npodman\nrunc  # crun fails\n\n") == ["podman", "runc"]


def test_unknown_nodes_and_profiles_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["shell", "node9"], ["up", "--profile", "big"]):
        with pytest.raises(SystemExit):
            cli.main(words)
    assert "node9" in capsys.readouterr().err
