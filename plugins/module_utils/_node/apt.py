# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""apt and dpkg of a host.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import typing as t

from ansible.module_utils.urls import open_url

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import HostError
from ansible_collections.baremetal.mlops.plugins.module_utils._node.host import HostFiles
from ansible_collections.baremetal.mlops.plugins.module_utils._node.packages import Package

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    RunCommand = Callable[..., tuple[int, str, str]]

TIMEOUT = 30
FORMAT = "${Package}\t${Version}\t${db:Status-Want}\t${db:Status-Status}\n"
OPTIONS = {
    "DPkg::Lock::Timeout": "300",
    "Dpkg::Options::": "--force-confold",
    "Acquire::Retries": "2",
    "APT::Install-Recommends": "false",
}


class Apt(HostFiles):
    def __init__(self, run_command: RunCommand) -> None:
        super().__init__()
        self._run_command = run_command

    def fetch(self, url: str) -> str:
        try:
            with open_url(url, timeout=TIMEOUT) as response:
                text: str = response.read().decode()
        except (OSError, UnicodeDecodeError) as exc:
            reason = getattr(exc, "reason", exc)
            raise HostError(f"the key {url} cannot be fetched: {reason}") from exc
        return text

    def installed(self, names: Sequence[str]) -> dict[str, Package]:
        _code, out, _err = self._run_command(["dpkg-query", "--show", f"--showformat={FORMAT}", *names])
        rows = [line.split("\t") for line in out.splitlines()]
        return {name: Package(version, want == "hold") for name, version, want, state in rows if state == "installed"}

    def install(self, packages: Mapping[str, str], source: str) -> None:
        """Install from the lists of one source, made new first, or of all sources."""
        only = {"Dir::Etc::SourceList": source, "Dir::Etc::SourceParts": "-", "APT::Get::List-Cleanup": "0"}
        self._apt(["update"], only if source else {})
        names = [f"{name}={pattern}" if pattern else name for name, pattern in packages.items()]
        self._apt(["install", "--yes", "--allow-change-held-packages", "--allow-downgrades", *names], {})

    def hold(self, names: Sequence[str]) -> None:
        self._run(["apt-mark", "hold", *names])

    def _apt(self, arguments: Sequence[str], options: Mapping[str, str]) -> None:
        settings = [f"--option={name}={value}" for name, value in {**OPTIONS, **options}.items()]
        self._run(["apt-get", "--quiet", "--quiet", *settings, *arguments])

    def _run(self, argv: Sequence[str]) -> None:
        code, out, err = self._run_command(argv, environ_update={"DEBIAN_FRONTEND": "noninteractive"})
        if code:
            lines = [line for line in (err or out).splitlines() if line.startswith("E:")] or [err.strip()]
            raise HostError(f"{argv[0]} fails: {' '.join(lines)}")
