# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Databases: what is, what is wanted, and the changes between the two. No I/O.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql import acl, changes, state
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql.decision import Decision
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql.names import PUBLIC
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql.names import shown as one_line
from ansible_collections.baremetal.mlops.plugins.module_utils._reconcile import Failure

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql import wanted as w

EMPTY_TEMPLATE, USUAL_TEMPLATE = state.STOCK_TEMPLATES


@dataclasses.dataclass(frozen=True)
class Surroundings:
    """What a decision about one database needs to know of the rest: what there will be.

    ``encodings`` are the server's own names of those that the user names, None for one that it does not know.
    """

    facts: state.Server
    roles: Collection[str]
    databases: Mapping[str, state.Database]
    encodings: Mapping[str, str | None]
    sessions: Mapping[str, int]


def decide(wanted: w.Database, actual: state.Database | None, around: Surroundings) -> Decision[state.Database]:
    if not wanted.present:
        return _drop(wanted, actual, around)
    if actual is None:
        return _create(wanted, around)
    if actual.connection_limit == state.INVALID:
        return Decision(
            actual, (), [_failure(wanted, "its deletion was interrupted: delete it by state: absent first")]
        )
    return _alter(wanted, actual, around)


def usable(
    path: tuple[str, ...], label: str, grants: Iterable[acl.Grant], roles: Collection[str]
) -> tuple[list[acl.Grant], list[Failure]]:
    """The grants to roles that there will be, and failures about the others."""
    found, failures = [], []
    for grant in grants:
        if grant.role in roles or grant.role == PUBLIC:
            found.append(grant)
        else:
            said = f"{label}: grants: no role {one_line(grant.role)}"
            failures.append(Failure((*path, "grants", grant.role), said))
    return found, failures


def shown(wanted: w.Database, actual: state.Database) -> dict[str, t.Any]:
    """What the user named of a database, as it is, without what is within it."""
    found: dict[str, t.Any] = {
        name: getattr(actual, name)
        for name in ("owner", "encoding", "connection_limit", "public_connect")
        if getattr(wanted, name) is not None
    }
    if wanted.grants is not None:
        found["grants"] = acl.listed(actual.acl, wanted.grants)
    return found


def _drop(wanted: w.Database, actual: state.Database | None, around: Surroundings) -> Decision[state.Database]:
    if actual is None:
        return Decision(None)
    if actual.name == around.facts.database:
        return Decision(actual, (), [_failure(wanted, "it is login_db: it cannot be dropped from within")])
    if actual.is_template:
        return Decision(actual, (), [_failure(wanted, "it is a template: it is not dropped")])
    if not wanted.force_drop:
        count = around.sessions.get(wanted.name, 0)
        sessions = f" and {count} sessions in it would be ended" if count else ""
        reason = f"it is not dropped: its data would be lost{sessions}; force_drop: true says that this is wanted"
        return Decision(actual, (), [_failure(wanted, reason)])
    return Decision(None, (changes.DropDatabase(wanted.name),))


def _create(wanted: w.Database, around: Surroundings) -> Decision[state.Database]:
    if reason := _why_not_created(wanted, around):
        return Decision(None, (), [_failure(wanted, f"it is not created: {reason}")])
    change = changes.CreateDatabase(
        wanted.name, wanted.owner, wanted.encoding, wanted.template, wanted.connection_limit
    )
    encoding = _encoding(wanted, around) or around.databases[wanted.template or USUAL_TEMPLATE].encoding
    made = state.new_database(wanted.name, wanted.owner or around.facts.user, encoding, wanted.connection_limit)
    rest = _alter(wanted, made, around)
    return Decision(rest.after, (change, *rest.changes), rest.failures)


def _why_not_created(wanted: w.Database, around: Surroundings) -> str:
    template = wanted.template or USUAL_TEMPLATE
    if wanted.owner is not None and wanted.owner not in around.roles:
        return f"owner: no role {one_line(wanted.owner)}"
    if template not in around.databases:
        return f"template: no database {one_line(template)}"
    if wanted.encoding is None:
        return ""
    encoding = _encoding(wanted, around)
    if encoding is None:
        return f"encoding: the server knows no {one_line(wanted.encoding)}"
    if template != EMPTY_TEMPLATE and encoding != around.databases[template].encoding:
        has = around.databases[template].encoding
        return (
            f"its template {one_line(template)} has the encoding {has}, not {encoding}: take template: {EMPTY_TEMPLATE}"
        )
    return ""


def _alter(wanted: w.Database, actual: state.Database, around: Surroundings) -> Decision[state.Database]:
    """All but the encoding can be changed."""
    failures = []
    owner = wanted.owner if wanted.owner != actual.owner else None
    if owner is not None and owner not in around.roles:
        failures.append(_failure(wanted, f"owner: no role {one_line(owner)}", "owner"))
        owner = None
    if wanted.encoding is not None and _encoding(wanted, around) != actual.encoding:
        reason = f"encoding is {actual.encoding} and cannot be changed: dump it, and restore it into a new database"
        failures.append(_failure(wanted, reason, "encoding"))
    holder = owner or actual.owner
    held = acl.handed_over(actual.acl, actual.owner, holder) if owner else actual.acl
    label = f"database {one_line(wanted.name)}"
    grants, unknown = usable(("databases", wanted.name), label, wanted.all_grants, around.roles)
    privileges = acl.changes(held, holder, grants)
    limit = wanted.connection_limit if wanted.connection_limit != actual.connection_limit else None
    after = dataclasses.replace(
        actual,
        owner=holder,
        acl=acl.changed(held, holder, privileges),
        connection_limit=actual.connection_limit if limit is None else limit,
    )
    change = changes.AlterDatabase(wanted.name, holder, owner, limit, tuple(privileges))
    something = owner is not None or limit is not None or privileges
    return Decision(after, (change,) if something else (), [*failures, *unknown])


def _encoding(wanted: w.Database, around: Surroundings) -> str | None:
    return None if wanted.encoding is None else around.encodings.get(wanted.encoding)


def _failure(wanted: w.Database, reason: str, *field: str) -> Failure:
    return Failure(("databases", wanted.name, *field), f"database {one_line(wanted.name)}: {reason}")
