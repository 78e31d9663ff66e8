"""`status`: what runs, how much memory it takes, where to look."""

from __future__ import annotations

import json
import urllib.error
from typing import TYPE_CHECKING, Any

from lab import kube, lifecycle, mirror, process, settings
from lab.phases import table
from lab.podman import inspect, podman

if TYPE_CHECKING:
    from lab.settings import Places


def memory() -> dict[str, str]:
    """Memory of each running node."""
    text = podman("stats", "--no-stream", "--format", "json", check=False)
    try:
        return {str(item["name"]): str(item["mem_usage"]).split(" / ", maxsplit=1)[0] for item in json.loads(text)}
    except (ValueError, KeyError):
        return {}


def cluster(places: Places) -> dict[str, str]:
    """Node -> what the cluster says of it; empty where it cannot be asked."""
    try:
        found = kube.items(places, "/api/v1/nodes")
    except (process.LabError, urllib.error.URLError, OSError):
        return {}
    return {item["metadata"]["name"]: told(item) for item in found}


def told(node: dict[str, Any]) -> str:
    """`Ready` and the kubelet's version."""
    return f"{'Ready' if kube.ready(node) else 'NotReady'} {node['status']['nodeInfo']['kubeletVersion']}"


def show(places: Places) -> int:
    """Print everything; 0 if the nodes and the mirror run."""
    used, kubernetes = memory(), cluster(places)
    rows, running = [], 0
    for node in settings.NODES:
        found = inspect("container", node.name)
        state = str(found["State"]["Status"]) if found else "missing"
        running += state == "running"
        rows.append([node.name, node.address, state, used.get(node.name, "-"), kubernetes.get(node.name, "-")])
    print(table(["node", "address", "container", "memory", "cluster"], rows, frozenset({3})))
    problem = mirror.answers(places) if (places.mirror / "ca.pem").exists() else "not set up"
    print(f"\nmirror      https://{settings.MIRROR}:{settings.MIRROR_PORT}  {problem or 'answers'}")
    print(f"inventory   inventories/{lifecycle.inventory(places) or '(none)'}")
    print(f"MLflow      https://mlflow.{settings.DOMAIN}")
    print(f"Feast       https://feast.{settings.DOMAIN}")
    print(f"S3          https://s3.{settings.DOMAIN}")
    for what, path in (("kubeconfig", places.kubeconfig), ("secrets", places.secrets), ("reports", places.reports)):
        print(f"{what:<11} {path}{'' if path.exists() else '  (missing)'}")
    return 0 if running == len(settings.NODES) and not problem else 1
