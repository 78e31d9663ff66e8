# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Privileges on a database or a schema: who has which, who shall, and what is between the two. No I/O.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql.names import PUBLIC, shown

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CONNECT = "CONNECT"
ON_DATABASE = ("CREATE", CONNECT, "TEMPORARY")
ON_SCHEMA = ("CREATE", "USAGE")


class Entry(t.NamedTuple):
    """One privilege that a role has, or everybody, and who gave it."""

    role: str
    privilege: str
    grantor: str


Acl = frozenset[Entry]


@dataclasses.dataclass(frozen=True)
class Grant:
    """What a role shall have of ``among`` (None: of all there is)."""

    role: str
    privileges: tuple[str, ...]
    among: tuple[str, ...] | None = None


@dataclasses.dataclass(frozen=True)
class Change:
    """What one role gets and loses. ``revoke`` holds what was given, since only who gave it can take it back."""

    role: str
    grant: tuple[str, ...] = ()
    revoke: tuple[Entry, ...] = ()

    @property
    def lost(self) -> tuple[str, ...]:
        return tuple(sorted({entry.privilege for entry in self.revoke}))

    def text(self) -> str:
        parts = [f"grant {', '.join(self.grant)} to {shown(self.role)}"] if self.grant else []
        parts += [f"revoke {', '.join(self.lost)} from {shown(self.role)}"] if self.revoke else []
        return ", ".join(parts)


def made(owner: str, privileges: Iterable[str], public: Iterable[str]) -> Acl:
    """What a new object has: its owner everything, everybody a part."""
    return frozenset(
        [Entry(owner, privilege, owner) for privilege in privileges]
        + [Entry(PUBLIC, privilege, owner) for privilege in public]
    )


def held(acl: Acl, role: str) -> set[str]:
    return {entry.privilege for entry in acl if entry.role == role}


def handed_over(acl: Acl, owner: str, to: str) -> Acl:
    """As the server rewrites it for another owner: what the former one had and gave is the new one's."""
    new = {owner: to}
    return frozenset(
        Entry(new.get(entry.role, entry.role), entry.privilege, new.get(entry.grantor, entry.grantor)) for entry in acl
    )


def changes(acl: Acl, owner: str, grants: Sequence[Grant]) -> list[Change]:
    """What makes the privileges of each named role those it shall have. An owner only gets what it lacks."""
    found = []
    for grant in grants:
        has, wanted = held(acl, grant.role), set(grant.privileges)
        among = has if grant.among is None else set(grant.among)
        lost = set() if grant.role == owner else (has & among) - wanted
        change = Change(
            grant.role,
            tuple(sorted(wanted - has)),
            tuple(sorted(entry for entry in acl if entry.role == grant.role and entry.privilege in lost)),
        )
        if change.grant or change.revoke:
            found.append(change)
    return found


def changed(acl: Acl, owner: str, made_changes: Iterable[Change]) -> Acl:
    """The privileges after some changes."""
    for change in made_changes:
        acl = (acl - frozenset(change.revoke)) | {Entry(change.role, one, owner) for one in change.grant}
    return acl


def listed(acl: Acl, grants: Iterable[Grant]) -> list[dict[str, t.Any]]:
    """What each named role has, in the shape of the option."""
    return [{"role": grant.role, "privileges": sorted(held(acl, grant.role))} for grant in grants]
