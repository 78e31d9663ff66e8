"""Asks the cluster's API with the fetched kubeconfig: just enough to look around."""

from __future__ import annotations

import base64
import json
import ssl
import tempfile
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from lab import process

if TYPE_CHECKING:
    from lab.settings import Places

LIMIT = 5


def get(places: Places, path: str, server: str = "") -> str:
    """Answer to one GET, at another address of the same API if `server` is given."""
    config = yaml.safe_load(places.kubeconfig.read_text())
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
    context = ssl.create_default_context(cadata=authority)
    with tempfile.NamedTemporaryFile(dir=places.state) as file:
        pair = (user["client-certificate-data"], user["client-key-data"])
        Path(file.name).write_bytes(b"\n".join(base64.b64decode(part) for part in pair))
        context.load_cert_chain(file.name)
    with urllib.request.urlopen(f"{server or cluster['server']}{path}", context=context, timeout=LIMIT) as answer:
        return str(answer.read().decode())


def items(places: Places, path: str) -> list[dict[str, Any]]:
    """Objects of a list."""
    if not places.kubeconfig.exists():
        raise process.LabError("no kubeconfig yet")
    return list(json.loads(get(places, path))["items"])


def ready(thing: dict[str, Any]) -> bool:
    """Whether a node or a pod reports Ready."""
    conditions = thing.get("status", {}).get("conditions", [])
    return any(item["type"] == "Ready" and item["status"] == "True" for item in conditions)
