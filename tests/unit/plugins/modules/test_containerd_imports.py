# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The module containerd_imports over files as packages and the GPU toolkit write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ansible_collections.baremetal.mlops.plugins.modules import containerd_imports
from ansible_collections.baremetal.mlops.tests.unit.fakes.modules import four_claims

if TYPE_CHECKING:
    import pathlib

PATTERN = "/etc/containerd/conf.d/*.toml"
OURS = f'imports = ["{PATTERN}"]\nversion = 3\n'
DOCKER = '#   Copyright 2018-2022 Docker Inc.\ndisabled_plugins = ["cri"]\n#root = "/var/lib/containerd"\n'
TOOLKIT = f'imports = ["/run/nvidia/conf.d/*.toml", "{PATTERN}"]\nversion = 3\n\n[plugins]\n'

CASES = [
    pytest.param(None, OURS, id="no file"),
    pytest.param(DOCKER, OURS, id="Docker's sample turns the CRI off"),
    pytest.param('version = 2\n[plugins."io.containerd.grpc.v1.cri"]\n', OURS, id="old version"),
    pytest.param(OURS, OURS, id="ours"),
    pytest.param(TOOLKIT, TOOLKIT, id="rewritten by the GPU toolkit"),
    pytest.param(
        'version = 3\nimports = ["/a.toml"]\n[debug]\nlevel = "info"\n',
        f'imports = ["{PATTERN}", "/a.toml"]\nversion = 3\n[debug]\nlevel = "info"\n',
        id="someone else's imports stay",
    ),
    pytest.param("version = 4\n", f'imports = ["{PATTERN}"]\nversion = 4\n', id="newer version stays"),
]


@pytest.mark.parametrize(("start", "end"), CASES)
def test_the_file_imports_the_pattern(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str], start: str | None, end: str
) -> None:
    path = tmp_path / "config.toml"
    if start is not None:
        path.write_text(start)
    actions = four_claims(containerd_imports.main, capsys, path=str(path))
    assert actions == ([] if start == end else [f"import {PATTERN} in {path}"])
    assert path.read_text() == end
