"""What is built into the running kernel, in the form that modprobe reads.

A machine's kernel package brings this list. Containers share this machine's kernel, whose package is not there, so the
lab writes the list for its nodes from the kernel's own configuration: `modprobe overlay` then says, truthfully, yes.
"""

from __future__ import annotations

import gzip
from pathlib import Path

CONFIGURATION = Path("/proc/config.gz")
MODULES = {
    "CONFIG_BLK_DEV_LOOP": "drivers/block/loop.ko",
    "CONFIG_BRIDGE": "net/bridge/bridge.ko",
    "CONFIG_BRIDGE_NETFILTER": "net/bridge/br_netfilter.ko",
    "CONFIG_IP_SET": "net/netfilter/ipset/ip_set.ko",
    "CONFIG_IP_VS": "net/netfilter/ipvs/ip_vs.ko",
    "CONFIG_NETFILTER_XT_TARGET_TPROXY": "net/netfilter/xt_TPROXY.ko",
    "CONFIG_NETFILTER_XT_MATCH_SOCKET": "net/netfilter/xt_socket.ko",
    "CONFIG_NF_CONNTRACK": "net/netfilter/nf_conntrack.ko",
    "CONFIG_NF_TABLES": "net/netfilter/nf_tables.ko",
    "CONFIG_OVERLAY_FS": "fs/overlayfs/overlay.ko",
    "CONFIG_TUN": "drivers/net/tun.ko",
    "CONFIG_VETH": "drivers/net/veth.ko",
    "CONFIG_VXLAN": "drivers/net/vxlan/vxlan.ko",
    "CONFIG_WIREGUARD": "drivers/net/wireguard/wireguard.ko",
}


def builtin(configuration: str) -> str:
    """`modules.builtin` for a kernel's configuration."""
    enabled = {line.removesuffix("=y") for line in configuration.splitlines() if line.endswith("=y")}
    return "".join(f"kernel/{path}\n" for option, path in sorted(MODULES.items()) if option in enabled)


def running() -> str:
    """`modules.builtin` of the running kernel; empty where the kernel does not show its configuration."""
    return builtin(gzip.decompress(CONFIGURATION.read_bytes()).decode()) if CONFIGURATION.exists() else ""
