"""The proof of `lab-ha`: one control plane stops, and the platform answers on."""

from __future__ import annotations

import ssl
import time
import urllib.error
import urllib.request
from http import HTTPStatus
from typing import TYPE_CHECKING

from lab import kube, nodes, process, settings
from lab.podman import podman
from lab.settings import NODES, Node

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from lab.settings import Places

ANSWER_LIMIT = 120
BACK_LIMIT = 180
NAMED_HEALTH = f"https://mlflow.{settings.DOMAIN}/health"
HOSTNAME = "kubernetes.io/hostname"


def bound(volume: Mapping[str, Any]) -> set[str]:
    """Nodes that a local volume is tied to."""
    terms = volume["spec"].get("nodeAffinity", {}).get("required", {}).get("nodeSelectorTerms", [])
    rules = [rule for term in terms for rule in term.get("matchExpressions", [])]
    return {name for rule in rules if rule["key"] == HOSTNAME for name in rule.get("values", [])}


def choose(holder: str, tied: set[str]) -> Node:
    """The node to stop: the one that holds the virtual address, unless only it has the data on its disks."""
    order = sorted(NODES, key=lambda node: (node.name in tied, node.name != holder))
    return order[0]


def holder() -> str:
    """Node that has the virtual address."""
    for node in NODES:
        if settings.API_ADDRESS in podman("exec", node.name, "ip", "-4", "-o", "address", check=False):
            return node.name
    raise process.LabError(f"no node has the API's virtual address {settings.API_ADDRESS}")


def until(what: str, limit: int, check: Callable[[], bool]) -> float:
    """Seconds until a check holds."""
    began = time.monotonic()
    problem = ""
    while time.monotonic() - began < limit:
        try:
            if check():
                return time.monotonic() - began
            problem = "not yet"
        except (OSError, urllib.error.URLError) as error:
            problem = str(error)
        time.sleep(1)
    raise process.LabError(f"{what}: not within {limit} s ({problem})")


def health() -> bool:
    """Whether MLflow answers at its public name. Who signed is proven by verify; here only that it answers."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with urllib.request.urlopen(NAMED_HEALTH, context=context, timeout=5) as answer:
        return bool(answer.status == HTTPStatus.OK)


def lose_one(places: Places) -> str:
    """Stop one control plane, ask the API and MLflow, start it again, wait until all is well."""
    volumes = kube.items(places, "/api/v1/persistentvolumes")
    lost = choose(holder(), {name for volume in volumes for name in bound(volume)})
    api = f"https://{settings.API_ADDRESS}:{settings.API_PORT}"
    podman("stop", "--time=20", lost.name)
    try:
        answered = until(
            "the API at its virtual address", ANSWER_LIMIT, lambda: kube.get(places, "/readyz", api) == "ok"
        )
        served = until("MLflow behind the gateway", ANSWER_LIMIT, health)
    finally:
        nodes.revive(places, lost)
    until(f"{lost.name} Ready again", BACK_LIMIT, lambda: all(map(kube.ready, kube.items(places, "/api/v1/nodes"))))
    return f"{lost.name} stopped: API answered after {answered:.0f} s, MLflow after {served:.0f} s; {lost.name} is back"
