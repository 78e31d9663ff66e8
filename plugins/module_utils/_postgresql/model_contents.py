# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Schemas and extensions within a database: what is, what is wanted, and the changes between the two. No I/O.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql import acl, changes, state
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql.decision import Decision
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql.model_databases import usable
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql.names import is_reserved
from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql.names import shown as one_line
from ansible_collections.baremetal.mlops.plugins.module_utils._reconcile import Failure

if t.TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql import wanted as w

    Available = Mapping[str, state.Available]


def to_ask_for(wanted: w.Database, actual: state.Contents) -> set[str]:
    """The extensions of which one has to know what the server could make."""
    return {
        one.name
        for one in wanted.extensions or ()
        if one.name not in actual.extensions or one.version not in (None, actual.extensions[one.name].version)
    }


def decide(
    facts: state.Server, wanted: w.Database, actual: state.Contents, roles: Collection[str], available: Available
) -> Decision[state.Contents]:
    """Schemas come first: an extension may live in one of them."""
    done: list[changes.Change] = []
    failures: list[Failure] = []
    schemas, extensions = dict(actual.schemas), dict(actual.extensions)
    for schema in wanted.schemas or ():
        decision = _schema(facts, wanted.name, schema, schemas.get(schema.name), roles)
        done += decision.changes
        failures += decision.failures
        if decision.after is not None:
            schemas[schema.name] = decision.after
    for extension in wanted.extensions or ():
        has = extensions.get(extension.name)
        if reason := _why_not(extension, has, schemas, available):
            failures.append(_failure(wanted.name, extension.name, reason))
            continue
        change, extensions[extension.name] = _extension(wanted.name, extension, has, available)
        done += change
    return Decision(state.Contents(extensions, schemas), done, failures)


def shown(wanted: w.Database, actual: state.Contents) -> dict[str, t.Any]:
    """What the user named within a database, as it is, in the shape of the options."""
    found: dict[str, t.Any] = {}
    if wanted.extensions is not None:
        found["extensions"] = [
            {"name": one.name, "version": has.version, **({"schema": has.schema} if one.schema is not None else {})}
            for one in wanted.extensions
            if (has := actual.extensions.get(one.name))
        ]
    if wanted.schemas is not None:
        found["schemas"] = [
            _shown_schema(one, actual.schemas[one.name]) for one in wanted.schemas if one.name in actual.schemas
        ]
    return found


def _shown_schema(wanted: w.Schema, actual: state.Schema) -> dict[str, t.Any]:
    return {
        "name": wanted.name,
        **({"owner": actual.owner} if wanted.owner is not None else {}),
        **({"grants": acl.listed(actual.acl, wanted.grants)} if wanted.grants is not None else {}),
    }


def _schema(
    facts: state.Server, database: str, wanted: w.Schema, actual: state.Schema | None, roles: Collection[str]
) -> Decision[state.Schema]:
    path = ("databases", database, "schemas", wanted.name)
    label = f"schema {one_line(wanted.name)} in {one_line(database)}"
    grants, failures = usable(path, label, wanted.grants or (), roles)
    owner = wanted.owner if actual is None or wanted.owner != actual.owner else None
    if owner is not None and owner not in roles:
        failures.append(Failure((*path, "owner"), f"{label}: owner: no role {one_line(owner)}"))
        if actual is None:
            return Decision(None, (), failures)
        owner = None
    if actual is None:
        holder = owner or facts.user
        held = acl.made(holder, acl.ON_SCHEMA, ())
    else:
        holder = owner or actual.owner
        held = acl.handed_over(actual.acl, actual.owner, holder) if owner else actual.acl
    privileges = tuple(acl.changes(held, holder, grants))
    after = state.Schema(holder, acl.changed(held, holder, privileges))
    if actual is None:
        return Decision(after, (changes.CreateSchema(database, wanted.name, holder, owner, privileges),), failures)
    change = changes.AlterSchema(database, wanted.name, holder, owner, privileges)
    return Decision(after, (change,) if owner is not None or privileges else (), failures)


def _extension(
    database: str, wanted: w.Extension, actual: state.Extension | None, available: Available
) -> tuple[list[changes.Change], state.Extension]:
    if actual is None:
        after = state.Extension(wanted.version or available[wanted.name].default_version, wanted.schema or "")
        return [changes.CreateExtension(database, wanted.name, wanted.version, wanted.schema)], after
    version = wanted.version if wanted.version != actual.version else None
    schema = wanted.schema if wanted.schema != actual.schema else None
    if version is None and schema is None:
        return [], actual
    after = dataclasses.replace(actual, version=version or actual.version, schema=schema or actual.schema)
    return [changes.AlterExtension(database, wanted.name, version, schema)], after


def _why_not(
    wanted: w.Extension, actual: state.Extension | None, schemas: Collection[str], available: Available
) -> str:
    """Why an extension cannot be as wanted, as far as one can know."""
    if wanted.schema is not None and wanted.schema not in schemas and not is_reserved(wanted.schema):
        return f"schema: no schema {one_line(wanted.schema)}"
    if actual is not None and wanted.version in (None, actual.version):
        return ""
    if wanted.name not in available:
        return "the server does not have it: install its package there first"
    if wanted.version is not None and wanted.version not in available[wanted.name].versions:
        has = ", ".join(sorted(available[wanted.name].versions))
        return f"version: the server has no {one_line(wanted.version)}, but {has}"
    return ""


def _failure(database: str, extension: str, reason: str) -> Failure:
    path = ("databases", database, "extensions", extension)
    return Failure(path, f"extension {one_line(extension)} in {one_line(database)}: {reason}")
