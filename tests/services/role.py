# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What a role writes for a server, so that tests run the server with it."""

from __future__ import annotations

import pathlib
import typing as t

import jinja2

ROLES = pathlib.Path(__file__).resolve().parents[2] / "roles"


def template(role: str, name: str, values: t.Mapping[str, t.Any]) -> str:
    """A template of a role, rendered as Ansible does. All that it reads has to be given."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(ROLES / role / "templates"),
        trim_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        autoescape=False,
    )
    return environment.get_template(name).render(values)
