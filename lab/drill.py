"""The proof of `lab-ha`: one control plane stops, and the platform answers on."""

from __future__ import annotations

import base64
import json
import ssl
import time
import urllib.error
import urllib.request
from collections import defaultdict
from typing import TYPE_CHECKING

from lab import kube, nodes, process, settings
from lab.podman import podman
from lab.settings import NODES, Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from lab.settings import Places

ANSWER_LIMIT = 240
BACK_LIMIT = 240
HOSTNAME = "kubernetes.io/hostname"
API = f"https://{settings.API_ADDRESS}:{settings.API_PORT}"
SEARCH = f"https://mlflow.{settings.DOMAIN}/api/2.0/mlflow/experiments/search"


def bound(volume: Mapping[str, Any]) -> set[str]:
    """Nodes that a local volume is tied to."""
    terms = volume["spec"].get("nodeAffinity", {}).get("required", {}).get("nodeSelectorTerms", [])
    rules = [rule for term in terms for rule in term.get("matchExpressions", [])]
    return {name for rule in rules if rule["key"] == HOSTNAME for name in rule.get("values", [])}


def tied(volumes: Iterable[Mapping[str, Any]]) -> set[str]:
    """Nodes that hold the only copy of something: all volumes of a namespace lie there."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for volume in volumes:
        found[volume["spec"].get("claimRef", {}).get("namespace", "")] |= bound(volume)
    return {name for names in found.values() if len(names) == 1 for name in names}


def choose(holder: str, tied: set[str]) -> Node:
    """The node to stop: the one that holds the virtual address, unless it has the only copy of some data."""
    order = sorted(NODES, key=lambda node: (node.name in tied, node.name != holder))
    return order[0]


def holder() -> str:
    """Node that has the virtual address."""
    for node in NODES:
        if f" {settings.API_ADDRESS}/" in podman("exec", node.name, "ip", "-4", "-o", "address", check=False):
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


def searched(places: Places) -> bool:
    """Whether MLflow, asked at its public name under the site's CA, answers out of its database."""
    password = (places.secrets / "mlflow-admin").read_text().strip()
    token = base64.b64encode(f"admin:{password}".encode()).decode()
    headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(SEARCH, data=b'{"max_results": 5}', headers=headers)
    context = ssl.create_default_context(cafile=str(places.secrets / "site-ca.pem"))
    with urllib.request.urlopen(request, context=context, timeout=10) as answer:
        return bool(json.load(answer).get("experiments"))


def healthy(places: Places) -> bool:
    """Whether all nodes and all pods that should run are Ready."""
    pods = [pod for pod in kube.items(places, "/api/v1/pods") if pod["status"]["phase"] not in {"Succeeded", "Failed"}]
    return all(map(kube.ready, [*pods, *kube.items(places, "/api/v1/nodes")]))


def lose_one(places: Places) -> str:
    """Stop one control plane, ask the API and MLflow, start it again, wait until all is well."""
    until("MLflow before anything is stopped", ANSWER_LIMIT, lambda: searched(places))
    lost = choose(holder(), tied(kube.items(places, "/api/v1/persistentvolumes")))
    podman("stop", "--time=20", lost.name)
    try:
        answered = until(
            "the API at its virtual address", ANSWER_LIMIT, lambda: kube.get(places, "/readyz", API) == "ok"
        )
        served = until("MLflow and its database", ANSWER_LIMIT, lambda: searched(places))
        gone = until("the lost node is noticed", ANSWER_LIMIT, lambda: lost.name not in alive(places))
        still = until("MLflow after that", ANSWER_LIMIT, lambda: searched(places))
    finally:
        nodes.revive(places, lost)
    until(f"{lost.name} and all pods are well again", BACK_LIMIT, lambda: healthy(places))
    return (
        f"{lost.name} stopped: API answered after {answered:.0f} s, MLflow with its database after {served:.0f} s; "
        f"{gone + still:.0f} s later, with the node marked lost, both still did; {lost.name} is back"
    )


def alive(places: Places) -> set[str]:
    """Names of the nodes that are Ready."""
    return {node["metadata"]["name"] for node in kube.items(places, "/api/v1/nodes") if kube.ready(node)}
