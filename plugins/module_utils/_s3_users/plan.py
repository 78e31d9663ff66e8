# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The plan between users as they are and as they are wanted. No I/O of its own.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._reconcile import Failure, Plan, Step
from ansible_collections.baremetal.mlops.plugins.module_utils._s3 import policy as s3_policy
from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users import policies
from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users.model import (
    CEPH,
    MINIO,
    NAME,
    NAME_RULE,
    SECRET,
    SECRET_RULE,
    User,
)

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ansible_collections.baremetal.mlops.plugins.module_utils._s3_users.model import Found, UserClient, Wanted

# How the diff shows a secret key that is set, and only then.
KEY = "secret_key"


@dataclasses.dataclass(frozen=True)
class Change:
    """What is done for one user, and the user before and after it as shown. None: there is none."""

    steps: Sequence[Step] = ()
    before: Mapping[str, t.Any] | None = None
    after: Mapping[str, t.Any] | None = None


def plan(client: UserClient, wanted: Sequence[Wanted]) -> Plan:
    failures = {user.name: said for user in wanted if (said := _problem(client, user))}
    sound = [user for user in wanted if user.name not in failures]
    found = _find(client, sound)
    changes: dict[str, Change] = {}
    for user in sound:
        try:
            changes[user.name] = _change(client, user, found)
        except ItemError as exc:
            failures[user.name] = exc.msg
            as_it_is = found.users[user.name].shown() if user.name in found.users else None
            changes[user.name] = Change(before=as_it_is, after=as_it_is)
    return Plan(
        before={"users": {name: change.before for name, change in changes.items() if change.before is not None}},
        after={"users": {name: change.after for name, change in changes.items() if change.after is not None}},
        steps=[step for change in changes.values() for step in change.steps],
        failures=[Failure((name,), said) for name, said in failures.items()],
    )


def read(client: UserClient, wanted: Sequence[Wanted], done: Plan) -> Mapping[str, t.Any]:
    """The listed users as they are after a plan, in the shape of its ``after``. Secret keys that it set are tried."""
    if not done.steps:
        return done.before
    found = _find(client, [user for user in wanted if not _problem(client, user)])
    users = {}
    for user in wanted:
        if actual := found.users.get(user.name):
            tried = KEY in done.after["users"].get(user.name, {})
            users[user.name] = {**actual.shown(), **_key(_fits(client, user, actual) if tried else None)}
    return {"users": users}


def _find(client: UserClient, wanted: Sequence[Wanted]) -> Found:
    return client.find([user.name for user in wanted], [user.name for user in wanted if user.policies is not None])


def _problem(client: UserClient, user: Wanted) -> str:
    """Why a user cannot be as given, whatever the service has; empty if it can."""
    for what, name in (("name", user.name), ("access key", user.key)):
        if not NAME.fullmatch(name):
            return f"user {user.name!r}: {name!r} cannot be its {what}: take {NAME_RULE}"
    if client.own_key in {user.key, user.name}:
        return f"user {user.name}: that is the account which this module itself uses"
    if not user.present:
        return ""
    if client.backend == MINIO and user.key != user.name:
        return f"user {user.name}: its access key on MinIO is its name, not {user.key}"
    if user.secret_key is not None and not SECRET.fullmatch(user.secret_key):
        return f"user {user.name}: its secret key must have {SECRET_RULE}"
    said = [
        *s3_policy.problems(user.given_policy or {}),
        *filter(None, (policies.access_problem(access) for access in user.accesses or ())),
    ]
    return f"user {user.name}: {'; '.join(said)}" if said else ""


def _change(client: UserClient, user: Wanted, found: Found) -> Change:
    actual = found.users.get(user.name)
    if actual is not None and client.own_key in actual.access_keys:
        raise ItemError(f"user {user.name}: that is the account which this module itself uses")
    if not user.present:
        return _removal(client, user, found)
    if actual is None:
        return _creation(client, user, found)
    sets_key = _sets_key(client, user, actual)
    after = _after(client, user, actual, sets_key)
    return Change(
        [*_key_steps(client, user, actual, after, sets_key), *_access_steps(client, user, actual, found)],
        before={**actual.shown(), **_key(False if sets_key else None)},
        after={**after.shown(), **_key(True if sets_key else None)},
    )


def _creation(client: UserClient, user: Wanted, found: Found) -> Change:
    if user.secret_key is None:
        raise ItemError(f"user {user.name} does not exist: a secret_key is needed to create it")
    create = functools.partial(client.create_user, user.name, user.key, user.secret_key)
    if client.backend == CEPH:
        made = User((user.key,), may_own_buckets=False, policies=None if user.policies is None else {})
    else:
        made = User((user.key,))
    return Change(
        [Step(f"create user {user.name}", create, (user.name,)), *_access_steps(client, user, made, found)],
        after={**_after(client, user, made, sets_key=True).shown(), **_key(True)},
    )


def _removal(client: UserClient, user: Wanted, found: Found) -> Change:
    actual = found.users.get(user.name)
    steps = []
    if actual is not None:
        steps.append(Step(f"delete user {user.name}", functools.partial(client.delete_user, user.name), (user.name,)))
    if user.policy_name in found.policies:
        delete = functools.partial(client.delete_policy, user.name, user.policy_name)
        steps.append(Step(f"delete policy {user.policy_name}", delete, (user.name,)))
    return Change(steps, before=actual.shown() if actual else None)


def _after(client: UserClient, user: Wanted, actual: User, sets_key: bool) -> User:
    access_keys = {user.key} if user.purge_keys else {*actual.access_keys, *([user.key] if sets_key else [])}
    after = dataclasses.replace(actual, access_keys=tuple(sorted(access_keys)), enabled=True)
    if user.policies is None:
        return after
    owner = False if client.backend == CEPH else None
    return dataclasses.replace(after, may_own_buckets=owner, policies=user.policies)


# Keys


def _sets_key(client: UserClient, user: Wanted, actual: User) -> bool:
    known = user.key in actual.access_keys
    if user.secret_key is not None:
        return not known or (user.update_secret and not _fits(client, user, actual))
    if not known and (user.access_key or user.purge_keys):
        raise ItemError(f"user {user.name} has no access key {user.key}: a secret_key is needed to add it")
    return False


def _fits(client: UserClient, user: Wanted, actual: User) -> bool:
    """Whether the given key pair works."""
    bucket = user.accesses[0].bucket if user.accesses else ""
    return user.key in actual.access_keys and client.is_secret(user.name, user.key, user.secret_key or "", bucket)


def _key(fits: bool | None) -> dict[str, str]:
    return {} if fits is None else {KEY: "as given" if fits else "another"}


def _key_steps(client: UserClient, user: Wanted, actual: User, after: User, sets_key: bool) -> list[Step]:
    item, steps = (user.name, "access_keys"), []
    if sets_key:
        known = user.key in actual.access_keys
        summary = f"set secret key of {user.name}" if known else f"add access key {user.key} to {user.name}"
        steps.append(Step(summary, functools.partial(client.set_key, user.name, user.key, user.secret_key or ""), item))
    for key in sorted({*actual.access_keys} - {*after.access_keys}):
        delete = functools.partial(client.delete_key, user.name, key)
        steps.append(Step(f"delete access key {key} of {user.name}", delete, item))
    if not actual.enabled:
        enable = functools.partial(client.enable_user, user.name)
        steps.append(Step(f"enable user {user.name}", enable, (user.name, "enabled")))
    return steps


# Policies


def _access_steps(client: UserClient, user: Wanted, actual: User, found: Found) -> list[Step]:
    if user.policies is None:
        return []
    item, steps = (user.name, "policies"), []
    given = actual.policies or {}
    existing = {**found.policies, **given}
    if actual.may_own_buckets:
        forbid = functools.partial(client.forbid_buckets, user.name)
        steps.append(Step(f"forbid {user.name} to own buckets", forbid, (user.name, "may_own_buckets")))
    for name, policy in user.policies.items():
        if not s3_policy.same(s3_policy.canonical(policy), s3_policy.canonical(existing.get(name, {}))):
            write = functools.partial(client.write_policy, user.name, name, policy)
            steps.append(Step(f"write policy {name}", write, item))
    surplus = sorted({*given} - {*user.policies})
    if client.backend == MINIO and {*given} != {*user.policies}:
        attach = functools.partial(client.attach_policies, user.name, list(user.policies))
        steps.append(Step(_attaching(user, surplus), attach, item))
    unwanted = surplus if client.backend == CEPH else sorted({user.policy_name} & {*found.policies} - {*user.policies})
    for name in unwanted:
        delete = functools.partial(client.delete_policy, user.name, name)
        steps.append(Step(f"delete policy {name}", delete, item))
    return steps


def _attaching(user: Wanted, surplus: Sequence[str]) -> str:
    detached = f"detach {', '.join(surplus)} from {user.name}" if surplus else ""
    attached = f"attach policy {user.policy_name} to {user.name}" if user.policies else ""
    return " and ".join(filter(None, (attached, detached)))
