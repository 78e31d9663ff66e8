"""The lab's command line: `python -m lab up|host|nodes|status|shell|report|down`."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from lab import host, keys, lifecycle, process, report, settings, status

if TYPE_CHECKING:
    from collections.abc import Sequence


def parser() -> argparse.ArgumentParser:
    """What may be typed."""
    top = argparse.ArgumentParser(prog="python -m lab", description="The whole platform on this machine.")
    verbs = top.add_subparsers(dest="verb", required=True)
    up = verbs.add_parser("up", help="build what is missing, start the nodes, run site.yml and verify")
    up.add_argument("--ha", action="store_true", help="three control planes that also take work")
    up.add_argument("--profile", choices=settings.PROFILES, default="core", help="how much of the platform")
    verbs.add_parser("host", help="only the Debian packages that the lab and the tests need")
    verbs.add_parser("nodes", help="only bare nodes and the mirror's servers")
    verbs.add_parser("status", help="nodes, memory, addresses, credentials")
    shell = verbs.add_parser("shell", help="a shell on a node, or one command there")
    shell.add_argument(
        "node", nargs="?", default=settings.NODES[0].name, choices=[node.name for node in settings.NODES]
    )
    shell.add_argument("command", nargs=argparse.REMAINDER)
    verbs.add_parser("report", help="site.yml once more: times, tasks, changes of both runs")
    verbs.add_parser("down", help="remove every trace but the cache")
    return top


def shell(places: settings.Places, name: str, command: Sequence[str]) -> int:
    """Become ssh."""
    address = next(node.address for node in settings.NODES if node.name == name)
    argv = keys.command(places, address, *command)
    os.execvp(argv[0], argv)


def run(words: argparse.Namespace, places: settings.Places) -> int:
    """Do what was typed."""
    match words.verb:
        case "up":
            return lifecycle.up(places, "lab-ha" if words.ha else "lab", words.profile)
        case "host":
            print(host.prepare(places))
        case "nodes":
            lifecycle.nodes_only(places)
        case "status":
            return status.show(places)
        case "shell":
            return shell(places, words.node, words.command)
        case "report":
            return report.make(places)
        case _:
            return lifecycle.down(places)
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point."""
    words = parser().parse_args(argv)
    try:
        return run(words, settings.places())
    except process.LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader had enough, as in `... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("lab: interrupted; the same command goes on from here", file=sys.stderr)
        return 130
