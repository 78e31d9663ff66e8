# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""`python -m tests.bench.triton`: what dynamic batching brings to a model whose batch costs what one request does.

Measures with and without it at several concurrencies, and writes docs/triton.json and out of it table and picture.
"""

from __future__ import annotations

import argparse
import datetime
import html
import http.client
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import typing as t
import urllib.parse
from dataclasses import asdict, dataclass

from tests import services

from . import machine, report
from .commands import ROOT, BenchError

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.services import Triton

DATA, PAGE, IMAGE = "triton.json", "triton.md", "images/triton.svg"
MARK = "<!-- figures: written by `make bench-triton` -->"
CONCURRENCIES = (1, 4, 8, 16, 32)
REPEATS, SECONDS, WARM_SECONDS = 3, 6.0, 1.0
AIM, AIM_CONCURRENCY = 3, 16
MILLISECONDS, DELAY_MICROSECONDS = 20, 5000
MODES = ("plain", "batched")
TENSOR = {"name": "x", "data_type": "TYPE_FP32", "dims": [1]}
CONFIG: dict[str, t.Any] = {
    "backend": "python",
    "max_batch_size": 32,
    "input": [TENSOR],
    "output": [{**TENSOR, "name": "y"}],
}
BATCHING: dict[str, t.Any] = {"dynamic_batching": {"max_queue_delay_microseconds": DELAY_MICROSECONDS}}
PROGRAM = f"""\
import time
import triton_python_backend_utils as pb_utils

class TritonPythonModel:
    def execute(self, requests):
        time.sleep({MILLISECONDS / 1000})
        return [
            pb_utils.InferenceResponse(
                [pb_utils.Tensor("y", pb_utils.get_input_tensor_by_name(request, "x").as_numpy() + 1)]
            )
            for request in requests
        ]
"""
BODY = json.dumps({"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 1], "data": [1]}]}).encode()


@dataclass(frozen=True)
class Record:
    """One run of some clients, each of which asks again as soon as it is answered."""

    mode: str
    concurrency: int
    per_second: float
    p50: float
    p95: float
    failures: int


def main() -> int:
    """Measure, then report."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.triton", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="short runs, once; keeps nothing")
    parser.add_argument("--render", action="store_true", help="only write the table and the picture again")
    parser.add_argument("--beside", default="nothing that we started", help="what else runs on the machine")
    parser.add_argument("--docs", type=pathlib.Path, default=ROOT / "docs", help="where the report is written")
    arguments = parser.parse_args()
    try:
        if not arguments.render:
            facts, records = measure(arguments.beside, arguments.quick)
            if arguments.quick:
                print(figures(facts, records))
                return 0
            data = {"facts": facts, "records": [asdict(record) for record in records]}
            (arguments.docs / DATA).write_text(f"{json.dumps(data, indent=1)}\n")
        render(arguments.docs)
    except BenchError as exc:
        print(exc, file=sys.stderr)
        return 1
    return 0


def measure(beside: str, quick: bool) -> tuple[dict[str, t.Any], list[Record]]:
    """All runs, the modes in turn, so that what disturbs one disturbs the other."""
    load = os.getloadavg()[0]
    repeats, seconds = (1, 1.0) if quick else (REPEATS, SECONDS)
    records = []
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = pathlib.Path(name)
        with (
            services.minio(folder / "minio", audit=False) as storage,
            services.triton(folder / "triton", storage) as server,
        ):
            serve(server, folder)
            for number in range(repeats):
                for concurrency in CONCURRENCIES:
                    for mode in MODES:
                        records.append(run(server.server_url, mode, concurrency, seconds))
                        print(f"{number + 1} of {repeats}: {records[-1]}", flush=True)
            version = _version(server.server_url)
    facts = {
        "date": f"{datetime.date.today():%Y-%m-%d}",
        "machine": machine.machine(),
        "server": f"Triton {version}",
        "beside": beside,
        "load": round(load, 2),
    }
    return facts, records


def serve(server: Triton, folder: pathlib.Path) -> None:
    """Have the server load one model with and one without dynamic batching."""
    (folder / "source").mkdir()
    (folder / "source/model.py").write_text(PROGRAM)
    batched: dict[str, t.Any] = {**CONFIG, **BATCHING}
    versions = [{"version": 1, "source": str(folder / "source")}]
    options = {
        "endpoint_url": server.storage.endpoint_url,
        "access_key": server.storage.access_key,
        "secret_key": server.storage.secret_key,
        "ca_path": server.storage.ca_path,
        "repository": server.repository,
        "server_url": server.server_url,
        "admin_key": server.admin_key,
        "models": [
            {"name": "plain", "config": CONFIG, "versions": versions},
            {"name": "batched", "config": batched, "versions": versions},
        ],
    }
    done = subprocess.run(
        [sys.executable, "-m", "ansible_collections.baremetal.mlops.plugins.modules.triton_models"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / ".collections")},
        input=json.dumps({"ANSIBLE_MODULE_ARGS": options}),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BenchError(f"the models are not served: {done.stdout}{done.stderr}")


def run(address: str, mode: str, concurrency: int, seconds: float) -> Record:
    """Some clients for some seconds, of which the first do not count."""
    begin = time.perf_counter() + WARM_SECONDS
    end = begin + seconds
    answers: list[tuple[float, float]] = []
    failures: list[str] = []
    threads = [
        threading.Thread(target=_client, args=(address, mode, end, answers, failures)) for _unused in range(concurrency)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = sorted(1000 * took for ended, took in answers if begin <= ended <= end)
    if len(taken) < 2:
        raise BenchError(f"{mode} at {concurrency}: no answers: {failures[:1]}")
    cuts = statistics.quantiles(taken, n=20)
    return Record(
        mode, concurrency, round(len(taken) / seconds, 1), round(cuts[9], 1), round(cuts[18], 1), len(failures)
    )


def _client(address: str, mode: str, end: float, answers: list[tuple[float, float]], failures: list[str]) -> None:
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(address).netloc, timeout=30)
    while (began := time.perf_counter()) < end:
        connection.request("POST", f"/v2/models/{mode}/infer", BODY, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        ended = time.perf_counter()
        if answer.status == http.client.OK:
            answers.append((ended, ended - began))
        else:
            failures.append(text.decode(errors="replace"))
    connection.close()


def _version(address: str) -> str:
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(address).netloc, timeout=30)
    connection.request("GET", "/v2")
    return str(json.loads(connection.getresponse().read())["version"])


def render(docs: pathlib.Path) -> None:
    """The page and the picture, out of the data."""
    facts, records = read(docs / DATA)
    page = docs / PAGE
    page.write_text(report.put(page.read_text(), figures(facts, records), MARK))
    (docs / IMAGE).write_text(picture(records))


def read(path: pathlib.Path) -> tuple[dict[str, t.Any], list[Record]]:
    """What was measured."""
    data = json.loads(path.read_text())
    return data["facts"], [Record(**record) for record in data["records"]]


def median(records: Sequence[Record], mode: str, concurrency: int, field: str = "per_second") -> float:
    """Of a figure over the repeats."""
    found = [getattr(record, field) for record in records if (record.mode, record.concurrency) == (mode, concurrency)]
    return float(statistics.median(found))


def figures(facts: t.Mapping[str, t.Any], records: Sequence[Record]) -> str:
    """The table."""
    head = ("clients", "plain, 1/s", "batched, 1/s", "gain", "plain, p50 and p95, ms", "batched, p50 and p95, ms")
    lines = [head, ["---"] * len(head), *_rows(records)]
    gain = median(records, "batched", AIM_CONCURRENCY) / median(records, "plain", AIM_CONCURRENCY)
    repeats = len(records) // (len(MODES) * len(CONCURRENCIES))
    return "\n".join(
        [
            f"Measured on {facts['date']}: {facts['machine']}. {facts['server']}.",
            f"Beside it ran: {facts['beside']} (load average when it began: {facts['load']}).",
            f"Medians of {repeats}, in brackets the least and the most. Failed requests: "
            f"{sum(record.failures for record in records)}.",
            "",
            *(f"| {' | '.join(line)} |" for line in lines),
            "",
            f"At {AIM_CONCURRENCY} clients: {gain:.1f} times the throughput; the aim is {AIM}:"
            f" {'met' if gain >= AIM else 'missed'}.",
            "",
        ]
    )


def _rows(records: Sequence[Record]) -> Iterator[Sequence[str]]:
    for concurrency in CONCURRENCIES:
        cells, medians = [], []
        for mode in MODES:
            found = [
                record.per_second for record in records if (record.mode, record.concurrency) == (mode, concurrency)
            ]
            medians.append(median(records, mode, concurrency))
            cells.append(f"{medians[-1]:.1f} ({min(found):.1f} to {max(found):.1f})")
        cells.append(f"{medians[1] / medians[0]:.2f}")
        for mode in MODES:
            times = [median(records, mode, concurrency, field) for field in ("p50", "p95")]
            cells.append(", ".join(f"{value:.0f}" for value in times))
        yield [str(concurrency), *cells]


WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 150, 50, 55
COLOURS = {"plain": "#c0392b", "batched": "#1b6ca8"}
STEPS = (50, 100, 200, 500, 1000)


def picture(records: Sequence[Record]) -> str:
    """Throughput over clients, with a line for each mode."""
    highest = max(median(records, mode, concurrency) for mode in MODES for concurrency in CONCURRENCIES)
    step = next(step for step in STEPS if highest / step <= 8 or step == STEPS[-1])
    top = step * (int(highest / step) + 1)

    def across(concurrency: int) -> float:
        part = CONCURRENCIES.index(concurrency) / (len(CONCURRENCIES) - 1)
        return round(LEFT + part * (WIDTH - LEFT - RIGHT), 1)

    def up(value: float) -> float:
        return round(HEIGHT - BOTTOM - value / top * (HEIGHT - BOTTOM - TOP), 1)

    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif"'
        ' font-size="13">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        _text(LEFT, 26, f"Predictions a second of a model that takes {MILLISECONDS} ms a batch", size=16),
        _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, "clients, each with one request at a time", "middle"),
    ]
    for value in range(0, top + 1, step):
        drawn.append(f'<line x1="{LEFT}" y1="{up(value)}" x2="{WIDTH - RIGHT}" y2="{up(value)}" stroke="#e0e0e0"/>')
        drawn.append(_text(LEFT - 8, up(value) + 4, f"{value}", "end"))
    drawn += [_text(across(number), HEIGHT - BOTTOM + 20, f"{number}", "middle") for number in CONCURRENCIES]
    for mode, colour in COLOURS.items():
        points = [(across(number), up(median(records, mode, number))) for number in CONCURRENCIES]
        joined = " ".join(f"{x},{y}" for x, y in points)
        drawn.append(f'<polyline points="{joined}" fill="none" stroke="{colour}" stroke-width="2"/>')
        drawn += [f'<circle cx="{x}" cy="{y}" r="4" fill="{colour}"/>' for x, y in points]
        drawn.append(_text(points[-1][0] + 12, points[-1][1] + 4, mode))
    return "\n".join([*drawn, "</svg>\n"])


def _text(x: float, y: float, text: str, anchor: str = "start", size: int = 13) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}">{html.escape(text)}</text>'


if __name__ == "__main__":
    sys.exit(main())
