"""Words that recipes may use between braces."""

from __future__ import annotations

import re

RELEASE = re.compile(r"RELEASE\.(\d{4})-(\d\d)-(\d\d)T(\d\d)-(\d\d)-(\d\d)Z")


def words(version: str) -> dict[str, str]:
    """All words for one version: `1.35.4` gives minor 1.35, major 1, minor_number 35, patch 4."""
    base = version.split("-", maxsplit=1)[0]
    numbers = [*base.split("."), "", "", ""]
    found = {
        "version": version,
        "base": base,
        "minor": ".".join(base.split(".")[:2]),
        "major": numbers[0],
        "minor_number": numbers[1],
        "patch": numbers[2],
    }
    if release := RELEASE.fullmatch(version):
        year, month, day, hour, minute, second = release.groups()
        found["release_stamp"] = "".join(release.groups())
        found["release_time"] = f"{year}-{month}-{day}T{hour}:{minute}:{second}Z"
        found["release_year"] = year
    return found


def fill(text: str, values: dict[str, str]) -> str:
    """Replace the known words of `text`; other braces stay."""
    return re.sub(r"\{([a-z_]+(?::[a-z0-9.+-]+)?)\}", lambda m: values.get(m.group(1), m.group(0)), text)
