# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Roles and databases together: one plan for all of them. No I/O of its own.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import functools
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql import (
    model_contents,
    model_databases,
    model_roles,
    scene,
    state,
    statements,
)
from ansible_collections.baremetal.mlops.plugins.module_utils._reconcile import Plan, Step

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql import wanted as w
    from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql.changes import Change
    from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql.decision import Decision

    Again = Callable[[], Sequence[Change]]


def plan_alone(client: state.Client, wanted: w.Wanted) -> Plan:
    """If there is something to do, decide once more while no other run is at work."""
    found = plan(client, wanted)
    if found.steps:
        client.lock()
        found = plan(client, wanted)
    return found


def plan(client: state.Client, wanted: w.Wanted) -> Plan:
    return _Planner(client, wanted).plan()


def read(client: state.Client, wanted: w.Wanted, planned: Plan) -> Mapping[str, t.Any]:
    """The named roles and databases as they are now. Nothing is read again after a plan that writes nothing."""
    return scene.look(client, client.server(), wanted)[0].shown(wanted) if planned.steps else planned.before


class _Planner:
    """``before`` is what there is, ``after`` what there will be: it grows by each decision."""

    def __init__(self, client: state.Client, wanted: w.Wanted) -> None:
        self.client, self.wanted, self.facts = client, wanted, client.server()
        self.before, self.failures = scene.look(client, self.facts, wanted)
        self.after = self.before.copy()
        self.changes: list[Change] = []
        self.steps: list[Step] = []
        self.roles = set(self.before.roles)
        self.roles |= {role.name for role in wanted.roles if role.present}
        self.roles -= {role.name for role in wanted.roles if not role.present}

    def plan(self) -> Plan:
        roles = model_roles.in_order(self.wanted.roles)
        for role in roles:
            if role.present:
                self._role(role)
        around, available = self._around(), self._available()
        for database in self.wanted.databases:
            self._database(database, around)
            if database.present and database.has_contents and database.name in self.after.databases:
                self._contents(database, available)
        self._drop_roles([role for role in roles if not role.present])
        before, after = self.before.shown(self.wanted), self.after.shown(self.wanted)
        queries = [query for change in self.changes for query in statements.shown(change)]
        return Plan(before, after, self.steps, self.failures, {**after, "queries": queries})

    def _take(self, decision: Decision[t.Any], again: Again) -> None:
        self.failures += decision.failures
        for change in decision.changes:
            self.changes.append(change)
            self.steps.append(Step(change.summary, functools.partial(_apply, self.client, change, again), change.item))

    def _role(self, role: w.Role) -> None:
        decide = functools.partial(model_roles.decide, self.facts, role, known=self.roles)

        def again() -> Sequence[Change]:
            actual = self.client.roles({role.name}, {role.name}).get(role.name)
            return decide(actual, password=model_roles.password_state(self.client, self.facts, role, actual)).changes

        decision = decide(self.before.roles.get(role.name), password=self.before.passwords[role.name])
        self._take(decision, again)
        if decision.after is not None:
            self.after.roles[role.name] = decision.after
        if self.before.passwords[role.name] in model_roles.WRONG:
            self.after.passwords[role.name] = model_roles.SET

    def _around(self) -> model_databases.Surroundings:
        present = [database for database in self.wanted.databases if database.present]
        kept = {
            database.name
            for database in self.wanted.databases
            if not database.present and not database.force_drop and database.name in self.before.databases
        }
        encodings = {database.encoding for database in present if database.encoding is not None}
        return model_databases.Surroundings(
            facts=self.facts,
            roles=self.roles,
            databases=self.after.databases,
            encodings=self.client.encodings(encodings) if encodings else {},
            sessions=self.client.sessions(kept) if kept else {},
        )

    def _available(self) -> Mapping[str, state.Available]:
        """What one has to know of extensions, for all databases at once."""
        stock = state.stock(self.facts)
        names = {
            name
            for database in self.wanted.databases
            if database.present
            for name in model_contents.to_ask_for(database, self.before.contents.get(database.name, stock))
        }
        return self.client.available(names) if names else {}

    def _database(self, database: w.Database, around: model_databases.Surroundings) -> None:
        def again() -> Sequence[Change]:
            actual = self.client.databases({database.name}).get(database.name)
            return model_databases.decide(database, actual, around).changes

        decision = model_databases.decide(database, self.before.databases.get(database.name), around)
        self._take(decision, again)
        self.after.databases.pop(database.name, None)
        if decision.after is not None:
            self.after.databases[database.name] = decision.after

    def _contents(self, database: w.Database, available: Mapping[str, state.Available]) -> None:
        actual = self.before.contents.get(database.name)
        if actual is None and database.name in self.before.databases:
            return
        decide = functools.partial(model_contents.decide, self.facts, database, roles=self.roles, available=available)
        decision = decide(actual or state.stock(self.facts))
        self._take(decision, lambda: decide(self.client.contents(database.name)).changes)
        if decision.after is not None:
            self.after.contents[database.name] = decision.after

    def _drop_roles(self, roles: Sequence[w.Role]) -> None:
        names = {role.name for role in roles if role.name in self.before.roles}
        dependents = self.client.dependents(names) if names else []
        for role in roles:
            holds = [one for one in dependents if one.role == role.name and self._stays(one)]
            decision = model_roles.drop(role, self.before.roles.get(role.name), holds, self.facts)
            self._take(decision, tuple)
            if decision.after is None:
                self.after.roles.pop(role.name, None)

    def _stays(self, one: state.Dependent) -> bool:
        """Whether a role still holds this after the plan. Where schemas are changed the server decides."""
        if one.database in self.before.databases and one.database not in self.after.databases:
            return False
        if not one.whole:
            return not any(change.item[:3] == ("databases", one.database, "schemas") for change in self.changes)
        database = self.after.databases.get(one.database)
        if database is None:
            return True
        if one.owned:
            return database.owner == one.role
        return any(one.role in (entry.role, entry.grantor) for entry in database.acl)


def _apply(client: state.Client, change: Change, again: Again) -> None:
    """If somebody else has made the object meanwhile, make it as wanted."""
    try:
        client.apply(change)
    except state.ExistsError:
        for other in again():
            if other.item[: len(change.item)] == change.item:
                client.apply(other)
