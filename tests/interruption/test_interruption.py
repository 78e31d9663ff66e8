# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""From bare nodes: site.yml killed at random points, it still converges. Removes a running lab first."""

from __future__ import annotations

import json
import os
import pathlib
import random
import signal
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[2]
SITE = ["ansible-playbook", "site.yml", "-i", "inventories/lab"]
KILLS = 5
LONGEST_SECONDS = 75
LIMIT_SECONDS = 900


def lab(verb: str) -> None:
    subprocess.run([sys.executable, "-m", "lab", verb], cwd=ROOT, check=True, timeout=LIMIT_SECONDS)


def run(playbook: list[str], report: pathlib.Path) -> dict[str, int]:
    """One run to its end; returns the totals of its report."""
    environment = {**os.environ, "BAREMETAL_MLOPS_REPORT": str(report)}
    subprocess.run(playbook, cwd=ROOT, env=environment, check=True, timeout=LIMIT_SECONDS)
    totals: dict[str, int] = json.loads(report.read_text())["totals"]
    return totals


def killed_after(seconds: float) -> bool:
    """Start site.yml and kill it with all its children; False if it ended before."""
    process = subprocess.Popen(SITE, cwd=ROOT, start_new_session=True)
    try:
        assert process.wait(seconds) == 0
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True
    return False


def test_killed_again_and_again_it_converges(tmp_path: pathlib.Path) -> None:
    seed = int(os.environ.get("SEED", random.randrange(1000)))
    print(f"SEED={seed}")
    chance = random.Random(seed)
    lab("down")
    lab("nodes")
    kills = [killed_after(chance.uniform(10, LONGEST_SECONDS)) for _unused in range(KILLS)]
    assert sum(kills) > KILLS // 2, "it ended before it could be killed: shorten LONGEST_SECONDS"
    run(SITE, tmp_path / "repair.json")
    assert run(SITE, tmp_path / "again.json")["changed"] == 0
    run(["ansible-playbook", "playbooks/verify.yml", "-i", "inventories/lab"], tmp_path / "verify.json")
