"""Lines for people: what is built, how many are left, how long it takes."""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import dataclass, field


def spell(seconds: float) -> str:
    """`3m10s` or `45s`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m{rest:02d}s" if minutes else f"{rest}s"


def about(seconds: float) -> str:
    """A rough time that is left."""
    return f"about {round(seconds / 60)}m left" if seconds >= 60 else "less than a minute left"  # noqa: PLR2004


@dataclass
class Progress:
    """Counts and prints; safe for threads."""

    total: int
    expected: dict[str, int]  # seconds of the components that are not done
    finished: int = 0
    running: dict[str, tuple[str, float]] = field(default_factory=dict)  # step and since when
    worked: dict[str, float] = field(default_factory=dict)  # seconds of the steps that ended
    began: float = field(default_factory=time.monotonic)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def say(self, name: str, what: str) -> None:
        """One line."""
        elapsed = spell(time.monotonic() - self.began)
        left = about(self.left())
        print(f"[{self.finished}/{self.total}] {name} {what}, elapsed {elapsed}, {left}", file=sys.stderr, flush=True)

    def left(self) -> float:
        """Expected seconds until all is done; a component that runs late counts as ending soon."""
        now = time.monotonic()
        spent = dict(self.worked)
        for name, (_unused, since) in self.running.items():
            spent[name] = spent.get(name, 0) + now - since
        return sum(max(seconds - spent.get(name, 0), 0) for name, seconds in self.expected.items())

    def start(self, name: str, what: str) -> None:
        """A component entered a step."""
        with self.lock:
            self.running[name] = (what, time.monotonic())
            self.say(name, what)

    def leave(self, name: str) -> None:
        """A component ended a step and waits for the next one."""
        with self.lock:
            if name in self.running:
                _unused, since = self.running.pop(name)
                self.worked[name] = self.worked.get(name, 0) + time.monotonic() - since

    def done(self, name: str, what: str) -> None:
        """A component is finished or failed."""
        with self.lock:
            self.finished += 1
            self.running.pop(name, None)
            self.expected.pop(name, None)
            self.say(name, what)

    def remind(self) -> None:
        """What is going on, now and then."""
        with self.lock:
            names = [f"{name} {what}" for name, (what, _unused) in self.running.items()]
            if names:
                self.say("still:", "; ".join(names))
