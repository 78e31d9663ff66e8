# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What is wrong with a site before anything is changed: pure functions from facts to problems.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import collections
import dataclasses
import difflib
import ipaddress
import itertools
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SUPPORTED = {"debian": ("12", "13"), "ubuntu": ("22.04", "24.04")}
QUORUMS = (1, 3, 5, 7)
NEAR = 0.85


@dataclasses.dataclass(frozen=True)
class Problem:
    """One line of the report: where, what is wrong, and what to do."""

    host: str
    check: str
    what: str
    fix: str

    def __str__(self) -> str:
        return f"{self.host}: {self.check}: {self.what}: {self.fix}"


@dataclasses.dataclass(frozen=True)
class Site:
    """What the inventory says, as far as preflight compares it."""

    control_planes: Sequence[str]
    addresses: Mapping[str, str]
    pod_subnet: str
    service_subnet: str
    endpoint: str
    vip: str = ""
    mirror: str = ""
    min_cores: int = 2
    min_memory_mb: int = 1700
    min_disk_mb: int = 10240
    max_clock_skew: float = 10
    cgroup_v1_allowed: bool = False
    swap_handled: bool = True
    now: float = 0


def problems(nodes: Mapping[str, Mapping[str, t.Any] | None], site: Site) -> list[Problem]:
    """All problems of all hosts. A host without facts could not be reached."""
    found = [
        Problem(host, "reach", "cannot be reached over SSH", "look at ansible_host, the key and the network")
        for host, node in nodes.items()
        if node is None
    ]
    known = {host: node for host, node in nodes.items() if node is not None}
    for host, node in known.items():
        found += [Problem(host, *line) for line in _of_host(node, site)]
    found += _duplicates(known, site)
    found += _networks(known, site)
    found += _control_plane(site)
    return together(found)


def together(found: Iterable[Problem]) -> list[Problem]:
    """The same problem of several hosts as one."""
    hosts: dict[tuple[str, str, str], list[str]] = collections.defaultdict(list)
    for problem in found:
        hosts[problem.check, problem.what, problem.fix].append(problem.host)
    return [Problem(", ".join(names), *rest) for rest, names in hosts.items()]


def _of_host(node: Mapping[str, t.Any], site: Site) -> Iterable[tuple[str, str, str]]:
    yield from _machine(node, site)
    for endpoint, answer in node["endpoints"].items():
        if answer["kind"]:
            yield _unreachable(endpoint, answer, site)
    skew = max(node["asked"] - node["time"], node["time"] - site.now, 0)
    if skew > site.max_clock_skew:
        yield "clock", f"differs by {skew:.0f} s from the controller's", "set it, and keep it by node_time_service"


def _machine(node: Mapping[str, t.Any], site: Site) -> Iterable[tuple[str, str, str]]:
    versions = SUPPORTED.get(node["os"], ())
    if node["os_version"] not in versions:
        yield "os", f"{node['os']} {node['os_version']} is not supported", "use Debian 12, 13 or Ubuntu 22.04, 24.04"
    if node["cores"] < site.min_cores:
        yield "cores", f"has {node['cores']}, needs {site.min_cores}", "add cores or lower preflight_min_cores"
    if node["memory_mb"] < site.min_memory_mb:
        what = f"has {node['memory_mb']} MiB, needs {site.min_memory_mb}"
        yield "memory", what, "add memory or lower preflight_min_memory_mb"
    for path, free in node["disk_free_mb"].items():
        if free < site.min_disk_mb:
            what = f"{path} has {free} MiB free, needs {site.min_disk_mb}"
            yield "disk", what, "free space, mount a larger disk there, or lower preflight_min_disk_mb"
    if node["cgroup"] == 1 and not site.cgroup_v1_allowed:
        what = "cgroup version 1, which Kubernetes 1.35 refuses"
        yield "cgroup", what, "boot with version 2, or set failCgroupV1: false in kubernetes_kubelet_config"
    if node["swaps"] and not site.swap_handled:
        yield "swap", f"is on ({', '.join(node['swaps'])})", "turn it off or set node_swap_off: true"
    if node["ports_taken"] and not node["is_member"]:
        what = f"{', '.join(map(str, node['ports_taken']))} are taken on a host that is not in the cluster yet"
        yield "ports", what, "stop what listens there"


def _unreachable(endpoint: str, answer: Mapping[str, str], site: Site) -> tuple[str, str, str]:
    check = "mirror" if endpoint == site.mirror else "upstream"
    if answer["kind"] == "certificate":
        what = f"{endpoint} answers with a certificate that is not trusted ({answer['reason']})"
        return check, what, "give the CA that signed it as platform_mirror_ca"
    if answer["kind"] == "name":
        return check, f"the name {endpoint} is not known", "add it to DNS or to the host's /etc/hosts"
    return (
        check,
        f"{endpoint} cannot be reached ({answer['reason']})",
        "start it, open the way to it, or set platform_mirror",
    )


def _duplicates(nodes: Mapping[str, Mapping[str, t.Any]], site: Site) -> Iterable[Problem]:
    fixes = {
        "machine_id": "remove /etc/machine-id on the copies and run systemd-machine-id-setup",
        "hostname": "give each host its own name with hostnamectl",
        "address": "give each host its own address",
    }
    for key, fix in fixes.items():
        for value, hosts in _shared({host: node[key] for host, node in nodes.items()}).items():
            others = ", ".join(hosts[1:])
            yield Problem(hosts[0], key.replace("_", " "), f"{value} is also that of {others}", fix)
    for value, hosts in _shared(site.addresses).items():
        yield Problem(
            hosts[0], "inventory", f"ansible_host {value} is also that of {', '.join(hosts[1:])}", "correct it"
        )


def _shared(values: Mapping[str, str]) -> dict[str, list[str]]:
    hosts = collections.defaultdict(list)
    for host, value in values.items():
        if value:
            hosts[value].append(host)
    return {value: names for value, names in hosts.items() if len(names) > 1}


def _networks(nodes: Mapping[str, Mapping[str, t.Any]], site: Site) -> Iterable[Problem]:
    networks = {}
    for name, text in (("kubernetes_pod_subnet", site.pod_subnet), ("kubernetes_service_subnet", site.service_subnet)):
        try:
            networks[name] = ipaddress.ip_network(text)
        except ValueError as exc:
            yield Problem("site", "networks", f"{name} is not a network ({exc})", "write it like 10.244.0.0/16")
    for (name, network), (other, other_network) in itertools.combinations(networks.items(), 2):
        if network.overlaps(other_network):
            what = f"{name} {network} overlaps {other} {other_network}"
            yield Problem("site", "networks", what, "choose networks that share no address")
    addresses = {host: node["address"] for host, node in nodes.items()} | {"api_endpoint_vip": site.vip}
    for (name, network), (host, address) in itertools.product(networks.items(), addresses.items()):
        if address and ipaddress.ip_address(address) in network:
            what = f"{name} {network} holds the address {address} of {host}"
            yield Problem("site", "networks", what, "choose a network apart from the hosts'")


def _control_plane(site: Site) -> Iterable[Problem]:
    count = len(site.control_planes)
    if count not in QUORUMS:
        what = f"{count} control planes cannot keep a quorum"
        yield Problem("site", "control plane", what, "put 1, 3 or 5 hosts into the group control_plane")
    if count > 1 and not site.vip:
        what = f"{count} control planes, but no virtual address"
        yield Problem("site", "control plane", what, "set api_endpoint_vip")
    for host, address in site.addresses.items():
        if site.vip and site.vip == address:
            yield Problem(
                "site", "control plane", f"api_endpoint_vip {site.vip} is the address of {host}", "use a free one"
            )
    if site.vip and site.endpoint.partition(":")[0] != site.vip:
        what = f"platform_api_endpoint {site.endpoint} is not at api_endpoint_vip {site.vip}"
        yield Problem("site", "control plane", what, f"set platform_api_endpoint: {site.vip}:8443")


def unknown_variables(
    names: Mapping[str, Iterable[str]], known: Iterable[str], prefixes: Iterable[str]
) -> list[Problem]:
    """Variables of the inventory that look like an option of the collection, but are none."""
    known = set(known)
    starts = tuple(f"{prefix}_" for prefix in prefixes)
    hosts = collections.defaultdict(list)
    for host, own in names.items():
        for name in own:
            hosts[name].append(host)
    found = []
    for name in sorted(hosts.keys() - known):
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
        same = near and difflib.SequenceMatcher(None, name, near[0]).ratio() >= NEAR
        if not name.startswith(("_", "ansible_")) and (name.startswith(starts) or same):
            fix = f"did you mean {near[0]}?" if near else "see `ansible-doc -t role` for the names"
            where = hosts[name][0] if len(hosts[name]) == 1 else "site"
            found.append(Problem(where, "variables", f"no option is named {name}", fix))
    return found


def wrong_values(lines: Mapping[str, Iterable[str]]) -> list[Problem]:
    """What the roles' options say against values of the inventory."""
    return together(
        Problem(host, "variables", line, "correct the inventory") for host, own in lines.items() for line in own
    )
