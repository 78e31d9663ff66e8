"""Ask a served model for the same prediction over and over, and count the answers. Runs on the controller.

Reads JSON: `url`, `ca` (a file), `body`, `threads`, and either `count` (requests in all) or `while` (a file: asks until
it is gone) with `seconds` (at most). Prints one line of JSON. `answers` counts equal answers by their first number.
"""

from __future__ import annotations

import collections
import http.client
import itertools
import json
import os
import ssl
import sys
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

TIMEOUT_SECONDS = 30
OK = 200
PAUSE_SECONDS = 0.02
SHOWN = 3


class Asker:
    """What one thread saw. It keeps its connection."""

    def __init__(self, wanted: dict[str, object]) -> None:
        self.place = urllib.parse.urlsplit(str(wanted["url"]))
        self.body = json.dumps(wanted["body"])
        self.context = ssl.create_default_context(cafile=str(wanted["ca"]))
        self.answers: collections.Counter[str] = collections.Counter()
        self.failures: list[str] = []
        self.seconds: list[float] = []
        self.connection = self.connect()

    def connect(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(str(self.place.hostname), 443, timeout=TIMEOUT_SECONDS, context=self.context)

    def ask(self) -> None:
        started = time.perf_counter()
        try:
            self.connection.request("POST", self.place.path, self.body, {"Content-Type": "application/json"})
            answer = self.connection.getresponse()
            text = answer.read()
            if answer.status != OK:
                self.failures.append(f"{answer.status} {text[:200].decode(errors='replace')}")
                return
            self.answers[f"{json.loads(text)['outputs'][0]['data'][0]:.9f}"] += 1
            self.seconds.append(time.perf_counter() - started)
        except (OSError, http.client.HTTPException, ValueError, LookupError) as exc:
            self.failures.append(repr(exc))
            self.connection.close()
            self.connection = self.connect()


def main() -> None:
    wanted = json.load(sys.stdin)
    askers = [Asker(wanted) for _unused in range(int(wanted["threads"]))]
    numbers = iter(range(wanted.get("count") or sys.maxsize))
    ends = time.monotonic() + float(wanted["seconds"])

    def work(asker: Asker) -> None:
        for _unused in numbers:
            if time.monotonic() > ends or ("while" in wanted and not os.path.exists(wanted["while"])):
                return
            asker.ask()
            time.sleep(PAUSE_SECONDS)

    with ThreadPoolExecutor(len(askers)) as pool:
        list(pool.map(work, askers))
    seconds = sorted(itertools.chain.from_iterable(asker.seconds for asker in askers))
    failures = [failure for asker in askers for failure in asker.failures]
    found = {
        "requests": len(seconds) + len(failures),
        "failed": len(failures),
        "failures": failures[:SHOWN],
        "answers": sum((asker.answers for asker in askers), collections.Counter()),
        "p50_ms": round(seconds[len(seconds) // 2] * 1000, 1) if seconds else None,
        "p99_ms": round(seconds[int(len(seconds) * 0.99)] * 1000, 1) if seconds else None,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
