# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Runs a module's main() as Ansible does, and gives its answer."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.testing import patch_module_args

Module = t.Callable[..., dict[str, t.Any]]


def run(main: t.Callable[[], t.Any], capsys: pytest.CaptureFixture[str], **args: t.Any) -> dict[str, t.Any]:
    """Its warnings are only its own: Ansible keeps them for a process, and shows them where a controller runs in it."""
    warnings: list[str] = []
    with pytest.MonkeyPatch.context() as patch, patch_module_args(args), pytest.raises(SystemExit):
        patch.setattr(AnsibleModule, "warn", lambda _module, text: warnings.append(text))
        main()
    answer: dict[str, t.Any] = json.loads(capsys.readouterr().out)
    answer.pop("warnings", None)
    return {**answer, "warnings": warnings} if warnings else answer


def four_claims(main: t.Callable[[], t.Any], capsys: pytest.CaptureFixture[str], **args: t.Any) -> list[str]:
    """Check mode writes nothing and predicts; the first run does that; the second does nothing. Returns the actions."""
    checked = run(main, capsys, _ansible_check_mode=True, _ansible_diff=True, **args)
    again = run(main, capsys, _ansible_check_mode=True, _ansible_diff=True, **args)
    real = run(main, capsys, _ansible_diff=True, **args)
    second = run(main, capsys, **args)
    assert checked["actions"] == again["actions"] == real["actions"]
    assert checked["diff"] == real["diff"]
    assert real["changed"] is bool(real["actions"])
    assert second["changed"] is False
    actions: list[str] = real["actions"]
    return actions
