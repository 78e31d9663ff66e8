# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""A picture of growth: seconds of a playbook that changes nothing over the number of objects, both logarithmic."""

from __future__ import annotations

import html
import math
import typing as t
from dataclasses import dataclass

from .suite import FULL

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from .records import Records

WIDTH, HEIGHT = 860, 500
LEFT, RIGHT, TOP, BOTTOM = 70, 250, 50, 60
COLOURS = ("#1b6ca8", "#7aa6c2", "#c0392b", "#e08e79", "#2e7d32", "#8bbf8e")
HEAD = (
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">'
    f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>'
)


@dataclass(frozen=True)
class Scale:
    """A logarithmic axis from one power of ten to another, in pixels."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Where a value is."""
        part = (math.log10(value) - self.low) / (self.high - self.low)
        return round(self.start + part * (self.end - self.start), 1)

    def marks(self) -> list[float]:
        """Powers of ten."""
        return [10.0**power for power in range(math.ceil(self.low), math.floor(self.high) + 1)]


@dataclass(frozen=True)
class Series:
    """What is drawn of one subject: a line with dots for ours, a cross for the loop."""

    name: str
    colour: str
    ours: list[tuple[float, float]]
    loop: list[tuple[float, float]]


def picture(records: Records) -> str:
    """The SVG."""
    every = [
        Series(case.name, colour, _ours(records, case.name), list(_loop(records, case.name)))
        for case, colour in zip(FULL, COLOURS, strict=True)
    ]
    points = [point for series in every for point in (*series.ours, *series.loop)]
    across = Scale(_low(points, 0), _high(points, 0), LEFT, WIDTH - RIGHT)
    up = Scale(_low(points, 1), _high(points, 1), HEIGHT - BOTTOM, TOP)
    drawn = [HEAD, *_axes(across, up)]
    for number, series in enumerate(every):
        drawn += [*_drawn(series, across, up), *_legend(series, TOP + 20 + 48 * number)]
    return "\n".join([*drawn, "</svg>\n"])


def _ours(records: Records, subject: str) -> list[tuple[float, float]]:
    """Ours at each size."""
    ours = records.of(subject, what="no-op", who="ours", how="playbook")
    medians = ((size, ours.of(subject, objects=size).median()) for size in ours.sizes())
    return [(size, seconds) for size, seconds in medians if seconds]


def _loop(records: Records, subject: str) -> Iterator[tuple[float, float]]:
    loop = records.of(subject, what="no-op", who="loop")
    seconds = loop.median()
    if seconds:
        yield loop.sizes()[0], seconds


def _low(points: list[tuple[float, float]], axis: int) -> float:
    return math.floor(math.log10(min(point[axis] for point in points)))


def _high(points: list[tuple[float, float]], axis: int) -> float:
    """A quarter of a decade is enough beyond the last point."""
    return math.ceil(4 * math.log10(max(point[axis] for point in points)) + 0.2) / 4


def _axes(across: Scale, up: Scale) -> Iterator[str]:
    yield _text(LEFT, 26, "A playbook that changes nothing: seconds over objects", size=16)
    yield _text((across.start + across.end) / 2, HEIGHT - 15, "objects in the list", anchor="middle")
    for value in across.marks():
        place = across.at(value)
        yield f'<line x1="{place}" y1="{up.start}" x2="{place}" y2="{up.end}" stroke="#e0e0e0"/>'
        yield _text(place, up.start + 20, f"{value:g}", anchor="middle")
    for value in up.marks():
        place = up.at(value)
        yield f'<line x1="{across.start}" y1="{place}" x2="{across.end}" y2="{place}" stroke="#e0e0e0"/>'
        yield _text(across.start - 8, place + 4, f"{value:g} s", anchor="end")


def _drawn(series: Series, across: Scale, up: Scale) -> Iterator[str]:
    dots = [(across.at(count), up.at(seconds)) for count, seconds in series.ours]
    joined = " ".join(f"{x},{y}" for x, y in dots)
    yield f'<polyline points="{joined}" fill="none" stroke="{series.colour}" stroke-width="2"/>'
    yield from (_dot(x, y, series.colour) for x, y in dots)
    yield from (_cross(across.at(count), up.at(seconds), series.colour) for count, seconds in series.loop)


def _legend(series: Series, top: float) -> Iterator[str]:
    left = WIDTH - RIGHT + 25
    yield _dot(left, top - 4, series.colour) + _text(left + 14, top, f"{series.name}: ours")
    if series.loop:
        yield _cross(left, top + 14, series.colour) + _text(left + 14, top + 18, f"{series.name}: loop")


def _dot(x: float, y: float, colour: str) -> str:
    return f'<circle cx="{x}" cy="{y}" r="4" fill="{colour}"/>'


def _cross(x: float, y: float, colour: str) -> str:
    strokes = f"M{x - 5},{y - 5}L{x + 5},{y + 5}M{x - 5},{y + 5}L{x + 5},{y - 5}"
    return f'<path d="{strokes}" stroke="{colour}" stroke-width="2.5"/>'


def _text(x: float, y: float, text: str, anchor: str = "start", size: int = 13) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}">{html.escape(text)}</text>'
