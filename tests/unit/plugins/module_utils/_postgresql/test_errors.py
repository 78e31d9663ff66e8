# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Which errors concern one object, and which all of them."""

from __future__ import annotations

import types

import psycopg
import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError, ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql import errors
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql.state import ExistsError


def raised(sqlstate: str, primary: str = "no", **more: str) -> psycopg.Error:
    """An error as psycopg raises it for a server's answer."""
    fields = {"message_primary": primary, "message_detail": None, "message_hint": None, **more}
    members = {"sqlstate": sqlstate or None, "diag": types.SimpleNamespace(**fields)}
    found: psycopg.Error = type("Raised", (psycopg.Error,), members)(primary)
    return found


@pytest.mark.parametrize(
    ("sqlstate", "kind"),
    [
        ("", ApiError),
        ("08006", ApiError),
        ("28P01", ApiError),
        ("53300", ApiError),
        ("57P01", ApiError),
        ("25006", ApiError),
        ("42501", ItemError),
        ("2BP01", ItemError),
        ("55006", ItemError),
        ("55P03", ItemError),
        ("57014", ItemError),
        ("42P04", ExistsError),
        ("42710", ExistsError),
        ("23505", ExistsError),
        ("40P01", errors.CollisionError),
        ("XX000", ItemError),
    ],
)
def test_a_code_decides_whom_an_error_concerns(sqlstate: str, kind: type[ApiError]) -> None:
    found = errors.of_statement(raised(sqlstate), "create role a", "PostgreSQL at db:5432", 30)
    assert found.__class__ == kind
    assert found.details["sqlstate"] == sqlstate


def test_two_writes_to_the_same_row_collide() -> None:
    error = raised("XX000", "tuple concurrently updated")
    assert isinstance(errors.of_statement(error, "x", "y", 30), errors.CollisionError)


def test_all_that_the_server_says_is_in_one_line() -> None:
    error = raised(
        "2BP01", "role cannot be dropped", message_detail="owner of table t\nowner of table u", message_hint="x."
    )
    said = errors.of_statement(error, "drop role a", "PostgreSQL at db:5432", 30).msg
    assert said == (
        "PostgreSQL at db:5432: cannot drop role a: role cannot be dropped; owner of table t owner of table u; x"
    )


def test_what_libpq_says_is_cut_to_the_reason() -> None:
    text = 'connection failed: connection to server at "::1", port 5432 failed: FATAL:  no such\nrole'
    assert errors.libpq_reason(psycopg.OperationalError(text)) == "no such role"
    assert errors.libpq_reason(psycopg.OperationalError("")) == "OperationalError"
