"""`report`: site.yml once more on the running lab; the two runs side by side, and what they have to keep."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lab import lifecycle, playbook, process
from lab.phases import clock, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lab.settings import Places

LIMIT = 180
SHARE = 0.2
Report = dict[str, Any]


def rows(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[list[str]]:
    """One row a phase: times, tasks and changes of both runs."""
    before = {item["name"]: item for item in first.get("phases", [])}
    after = {item["name"]: item for item in second.get("phases", [])}
    found = [[name, *cells(before.get(name)), *cells(after.get(name))] for name in {**before, **after}]
    return [*found, ["all", *cells(whole(first)), *cells(whole(second))]]


def cells(item: Mapping[str, Any] | None) -> list[str]:
    """Time, results and changes of a phase; dashes where it did not run."""
    return [clock(item["seconds"]), str(item["ok"]), str(item["changed"])] if item else ["-", "-", "-"]


def whole(report: Mapping[str, Any]) -> Report | None:
    """A run as one phase."""
    if not report:
        return None
    hosts = report["hosts"].values()
    counts = {name: sum(int(host[name]) for host in hosts) for name in ("ok", "changed")}
    return {"seconds": report["seconds"], **counts}


def problems(second: Mapping[str, Any]) -> list[str]:
    """What the second run did not keep."""
    found = []
    for item in second.get("changed_tasks", []):
        found.append(f"changed on {item['host']}: {item['task']}")
    if playbook.changed(dict(second)) and not found:
        found.append(f"{playbook.changed(dict(second))} tasks changed something")
    seconds = float(second["seconds"])
    if seconds > LIMIT:
        found.append(f"the second run took {clock(seconds)}, more than {clock(LIMIT)}")
    return found


def share(first: Mapping[str, Any], second: Mapping[str, Any]) -> str:
    """The second run's part of the first one's time. Told, not judged: a quick first run is no fault."""
    part = float(second["seconds"]) / float(first["seconds"])
    return f"The second run took {part:.0%} of the first (aim: at most {SHARE:.0%})."


def make(places: Places) -> int:
    """Run site.yml, compare with the run that met bare nodes, write the result."""
    wanted = lifecycle.inventory(places)
    if not wanted or not places.kubeconfig.exists():
        raise process.LabError("no lab is running here: `make lab` first")
    with lifecycle.alone(places):
        second = playbook.play(places, wanted, lifecycle.SITE, places.reports / "second.json")
    first = playbook.load(places.reports / "first.json")
    found = problems(second)
    result = {"ok": not found, "problems": found, "first": first or None, "second": second}
    path = places.reports / "idempotence.json"
    path.write_text(json.dumps(result, indent=2) + "\n")
    head = ["phase", "first", "ok", "changed", "second", "ok", "changed"]
    print(f"\n{table(head, rows(first, second), frozenset(range(1, 7)))}\n")
    if first:
        print(share(first, second))
    else:
        print("The first run was not recorded (it did not end in one go): only the second is judged.")
    print("\n".join(found) or "The second run changed nothing and kept its time.")
    print(f"Report: {path}")
    return 1 if found else 0
