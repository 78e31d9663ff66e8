# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Take a picture of the MLflow UI in a headless browser that trusts the site's authority and logs in.

    python tests/e2e/screenshot.py 'https://mlflow.lab.test/#/experiments/1/runs' --text 'matching runs' \
        --ca .lab/secrets/site-ca.pem --user admin --password-file .lab/secrets/mlflow-admin \
        --output docs/images/mlflow.png

The picture is taken when the page shows the text. The certificate is checked: with another authority the browser
shows an error page, the text never comes, and there is no picture.
Needs the Debian packages chromium and libnss3-tools.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import pathlib
import subprocess
import tempfile
import time
import typing as t

LIMIT_SECONDS = 120
SETTLE_SECONDS = 3  # icons and the end of animations
BROWSER = [
    "chromium",
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
]


class Browser:
    """A browser that is spoken to over its debugging pipe: file descriptor 3 to it, 4 from it."""

    def __init__(self, home: pathlib.Path, size: str) -> None:
        self._commands, self._answers = os.pipe(), os.pipe()
        self._buffer = b""
        self._calls = 0
        self._session = ""
        ends = (self._commands[0], self._answers[1])
        browser = [*BROWSER, f"--user-data-dir={home}/profile", f"--window-size={size}", "--remote-debugging-pipe"]
        self._process = subprocess.Popen(
            ["sh", "-c", f'exec "$@" 3<&{ends[0]} 4>&{ends[1]}', "sh", *browser],
            env={"HOME": str(home), "PATH": os.environ["PATH"]},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=ends,
        )
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def call(self, method: str, **params: t.Any) -> dict[str, t.Any]:
        self._calls += 1
        message = {"id": self._calls, "method": method, "params": params}
        message |= {"sessionId": self._session} if self._session else {}
        os.write(self._commands[1], json.dumps(message).encode() + b"\0")
        while (answer := self._read()).get("id") != self._calls:
            pass
        if "error" in answer:
            raise SystemExit(f"{method}: {answer['error']['message']}")
        result: dict[str, t.Any] = answer["result"]
        return result

    def _read(self) -> dict[str, t.Any]:
        while b"\0" not in self._buffer:
            self._buffer += os.read(self._answers[0], 1 << 16)
        line, _end, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, t.Any] = json.loads(line)
        return message

    def text(self) -> str:
        found = self.call("Runtime.evaluate", expression="document.body ? document.body.innerText : ''")
        return str(found["result"].get("value", ""))

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(10)


def trust(home: pathlib.Path, authority: pathlib.Path) -> None:
    """A certificate database of the browser's own, with this authority only."""
    database = home / ".pki" / "nssdb"
    database.mkdir(parents=True)
    where = ["certutil", "-d", f"sql:{database}"]
    subprocess.run([*where, "-N", "--empty-password"], check=True)
    subprocess.run([*where, "-A", "-t", "C,,", "-n", "site", "-i", str(authority)], check=True)


def take(browser: Browser, given: argparse.Namespace) -> bytes:
    login = base64.b64encode(f"{given.user}:{given.password_file.read_text().strip()}".encode()).decode()
    browser.call("Network.enable")
    browser.call("Network.setExtraHTTPHeaders", headers={"Authorization": f"Basic {login}"})
    browser.call("Page.navigate", url=given.url)
    deadline = time.monotonic() + LIMIT_SECONDS
    while True:
        if given.text in browser.text():
            time.sleep(SETTLE_SECONDS)
            picture = browser.call("Page.captureScreenshot", format="png")["data"]
            if given.text in browser.text():
                return base64.b64decode(picture)
        if time.monotonic() > deadline:
            raise SystemExit(f"{given.url}: {given.text!r} is not shown, but\n{browser.text()[:1000]}")
        time.sleep(0.5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--text", required=True)
    parser.add_argument("--ca", type=pathlib.Path, required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--password-file", type=pathlib.Path, required=True)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    parser.add_argument("--size", default="1440,900")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = pathlib.Path(folder)
        trust(home, given.ca)
        browser = Browser(home, given.size)
        try:
            picture = take(browser, given)
        finally:
            browser.close()
    given.output.write_bytes(picture)
    print(f"{given.output}: {len(picture)} bytes")


if __name__ == "__main__":
    main()
