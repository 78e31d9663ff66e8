# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""PostgreSQL's errors as ours, each in one line. Part of the client: it knows SQLSTATEs and libpq's words.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError, ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql.state import ExistsError

if t.TYPE_CHECKING:
    import psycopg

# SQLSTATEs: https://www.postgresql.org/docs/current/errcodes-appendix.html
EXISTS = {"42P04", "42P06", "42710", "23505"}
GONE = {"42704", "3D000"}
GAVE_UP = {"55P03", "57014"}
READ_ONLY = "25006"
# Connection, credentials, resources, shutdown: everything is concerned.
WHOLE_CLASSES = ("08", "28", "53", "57P")
# Somebody else wrote the same at the same time. The second one has no code of its own; the server never translates it.
COLLISIONS = {"40P01", "40001"}
COLLISION_TEXT = re.compile(r"tuple concurrently (updated|deleted)")

LIBPQ_PREFIX = re.compile(
    r"^connection (failed|is bad|timeout expired): |connection to server (at|on) .*? failed: |(FATAL|ERROR): +"
)
SOON = re.compile(
    r"the database system is (starting up|shutting down|in recovery|not yet accepting)"
    r"|too many clients|connection slots"
)
CLOSED = re.compile(r"server closed the connection unexpectedly|Connection (refused|reset)|SSL SYSCALL error")
WRONG_PASSWORD = re.compile(r"(password|SASL) authentication failed")
# Refused after the password was found right.
RIGHT_PASSWORD = re.compile(
    r"permission denied for database|too many connections for (role|database)|not permitted to log"
)


class CollisionError(ItemError):
    """The same may well succeed a moment later."""


def of_statement(exc: psycopg.Error, doing: str, address: str, timeout: float) -> ApiError:
    """Why a statement failed."""
    state = exc.sqlstate or ""
    said = f"{address}: cannot {doing}: {reason(exc)}"
    if not state or state.startswith(WHOLE_CLASSES) or state == READ_ONLY:
        return ApiError(f"{said}{' (is it a standby?)' if state == READ_ONLY else ''}", sqlstate=state)
    if state in EXISTS:
        return ExistsError(said, sqlstate=state)
    if state in GAVE_UP:
        waits = f"it is locked by another session, or takes longer than {timeout:g} seconds"
        return ItemError(f"{address}: cannot {doing}: {waits}", sqlstate=state)
    if state in COLLISIONS or COLLISION_TEXT.search(exc.diag.message_primary or ""):
        return CollisionError(said, sqlstate=state)
    return ItemError(said, sqlstate=state)


def reason(exc: psycopg.Error) -> str:
    """The server's own words in one line."""
    parts = [exc.diag.message_primary, exc.diag.message_detail, exc.diag.message_hint]
    if parts[0] is None:
        return libpq_reason(exc)
    return one_line("; ".join(part.rstrip(".") for part in parts if part))


def libpq_reason(exc: BaseException) -> str:
    """What libpq says, without where it was: the caller says that."""
    return one_line(LIBPQ_PREFIX.sub("", str(exc).strip()).strip()) or type(exc).__name__


def one_line(text: str) -> str:
    return " ".join(text.split())
