"""Try connections, those that must work and those that must not, and print what happened as one line of JSON."""

from __future__ import annotations

import json
import os
import socket
from concurrent.futures import ThreadPoolExecutor

TIMEOUT_SECONDS = 4


def attempt(target: dict[str, object]) -> dict[str, object]:
    try:
        address = socket.gethostbyname(str(target["host"]))
    except OSError as exc:
        return {**target, "reached": None, "said": f"name not known: {exc}"}
    try:
        with socket.create_connection((address, int(str(target["port"]))), TIMEOUT_SECONDS):
            return {**target, "reached": True, "said": "connected"}
    except OSError as exc:
        return {**target, "reached": False, "said": str(exc)}


def main() -> None:
    targets = json.loads(os.environ["VERIFY_TARGETS"])
    with ThreadPoolExecutor(len(targets)) as pool:
        print(json.dumps({"targets": list(pool.map(attempt, targets))}))


if __name__ == "__main__":
    main()
