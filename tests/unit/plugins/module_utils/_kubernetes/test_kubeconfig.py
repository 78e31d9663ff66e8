# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Reading a kubeconfig."""

from __future__ import annotations

import typing as t

import pytest
import yaml

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import PlatformError
from ansible_collections.baremetal.mlops.plugins.module_utils._kubernetes import kubeconfig

if t.TYPE_CHECKING:
    import pathlib


def written(folder: pathlib.Path, user: dict[str, t.Any], **rest: t.Any) -> str:
    config = {
        "clusters": [{"name": "a", "cluster": {"server": "https://api:6443"}}],
        "contexts": [{"name": "c", "context": {"cluster": "a", "user": "u"}}],
        "users": [{"name": "u", "user": user}],
        "current-context": "c",
        **rest,
    }
    path = folder / "config"
    path.write_text(yaml.safe_dump(config))
    return str(path)


def test_a_token_is_sent(tmp_path: pathlib.Path) -> None:
    access = kubeconfig.read(written(tmp_path, {"token": "secret"}))
    assert (access.server, access.headers) == ("https://api:6443", {"Authorization": "Bearer secret"})


@pytest.mark.parametrize(
    ("user", "rest", "message"),
    [
        ({"exec": {}}, {}, "credential plugins are not supported"),
        ({}, {"current-context": "other"}, "has no current context"),
        ({}, {"clusters": []}, "has no current context"),
    ],
)
def test_what_cannot_be_used_is_said(
    tmp_path: pathlib.Path, user: dict[str, t.Any], rest: dict[str, t.Any], message: str
) -> None:
    with pytest.raises(PlatformError, match=message):
        kubeconfig.read(written(tmp_path, user, **rest))


def test_a_missing_file_is_named(tmp_path: pathlib.Path) -> None:
    with pytest.raises(PlatformError, match="cannot be read"):
        kubeconfig.read(str(tmp_path / "none"))
