"""The host's own apt settings, carried over to another suite: nothing here names a server."""

from __future__ import annotations

from dataclasses import dataclass

from lab import process

SUITE = "trixie"
FORMAT = "$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(ORIGIN)|$(CREATED_BY)"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


@dataclass(frozen=True)
class Source:
    """One line of apt's list of sources."""

    uri: str
    suite: str
    component: str = "main"

    def line(self) -> str:
        """As apt reads it."""
        return f"deb [signed-by={KEYRING}] {self.uri} {self.suite} {self.component}"


def translate(listing: str, suite: str) -> list[Source]:
    """Debian's sources of the host, for another suite (updates and security stay what they are)."""
    found: list[Source] = []
    for line in listing.splitlines():
        uri, release, component, origin, kind = [*line.split("|"), "", "", "", "", ""][:5]
        if kind != "Packages" or origin != "Debian" or component != "main":
            continue
        _unused, dash, pocket = release.partition("-")
        source = Source(uri.rstrip("/"), f"{suite}{dash}{pocket}")
        if source not in found:
            found.append(source)
    return found


def sources(suite: str = SUITE) -> list[Source]:
    """apt sources of a node."""
    found = translate(process.run(["apt-get", "indextargets", "--format", FORMAT]), suite)
    if not found:
        raise process.LabError("apt knows no Debian source on this machine: run apt-get update and look at its sources")
    return found


def proxies() -> str:
    """apt's proxy settings of the host, in apt's own form."""
    wanted = ("Acquire::http::", "Acquire::https::", "Acquire::ftp::")
    lines = process.run(["apt-config", "dump", "Acquire"]).splitlines()
    return "".join(f"{line}\n" for line in lines if line.startswith(wanted) and "Proxy" in line)
