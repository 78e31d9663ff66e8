"""What `up` does, step by step: times, a table at the end, a report as JSON."""

from __future__ import annotations

import json
import sys
import textwrap
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path


@dataclass
class Phase:
    """One step that was begun."""

    name: str
    seconds: float = 0.0
    result: str = ""
    ok: bool = False


WIDEST = 80


def clock(seconds: float) -> str:
    """Seconds for people: `0:07`, `12:31`, `1:02:03`."""
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], right: frozenset[int] = frozenset()) -> str:
    """A plain table; the columns in `right` are set flush right."""
    lines = [list(head), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]

    def text(line: Sequence[str]) -> str:
        cells = (c.rjust(w) if i in right else c.ljust(w) for i, (c, w) in enumerate(zip(line, widths, strict=True)))
        return "  ".join(cells).rstrip()

    return "\n".join([text(lines[0]), "  ".join("-" * width for width in widths), *(text(line) for line in lines[1:])])


@dataclass
class Phases:
    """The steps of one run."""

    verb: str
    done: list[Phase] = field(default_factory=list)
    started: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    now: Callable[[], float] = time.monotonic

    @contextmanager
    def phase(self, name: str) -> Iterator[Phase]:
        """Time one step; it counts as failed unless it ends without an exception."""
        item = Phase(name)
        self.done.append(item)
        print(f"==> {name}", file=sys.stderr, flush=True)
        began = self.now()
        try:
            yield item
            item.ok = True
        except BaseException as error:
            item.result = item.result or str(error) or type(error).__name__
            raise
        finally:
            item.seconds = self.now() - began
            mark = "ok" if item.ok else "FAILED"
            print(f"    {mark} {clock(item.seconds)} {item.result}", file=sys.stderr, flush=True)

    @property
    def seconds(self) -> float:
        """Time of all steps."""
        return sum(item.seconds for item in self.done)

    def table(self) -> str:
        """The table for people."""
        rows = [
            [item.name, clock(item.seconds), "ok" if item.ok else "FAILED", textwrap.shorten(item.result, WIDEST)]
            for item in self.done
        ]
        rows.append(["all", clock(self.seconds), "", ""])
        return table(["phase", "time", "state", "result"], rows, frozenset({1}))

    def report(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            "verb": self.verb,
            "started": self.started,
            "seconds": round(self.seconds, 1),
            "ok": bool(self.done) and all(item.ok for item in self.done),
            "phases": [{**asdict(item), "seconds": round(item.seconds, 1)} for item in self.done],
        }

    def write(self, folder: Path) -> Path:
        """Write the report as `<time>-<verb>.json`, and `latest` as a link to it."""
        folder.mkdir(parents=True, exist_ok=True)
        stamp = self.started.replace(":", "").replace("+0000", "Z")
        path = folder / f"{stamp}-{self.verb}.json"
        path.write_text(json.dumps(self.report(), indent=2) + "\n")
        latest = folder / "latest"
        latest.unlink(missing_ok=True)
        latest.symlink_to(path.name)
        return path
