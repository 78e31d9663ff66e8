# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""After its changes, privileges are those that are wanted, and nobody else's have changed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql import acl

roles = st.sampled_from(["public", "owner", "a", "b"])
some = st.lists(st.sampled_from(acl.ON_DATABASE), unique=True).map(tuple)
entries = st.frozensets(st.builds(acl.Entry, roles, st.sampled_from(acl.ON_DATABASE), st.sampled_from(["owner", "a"])))
grants = st.lists(st.builds(acl.Grant, roles, some, st.none() | some), unique_by=lambda grant: grant.role)


@given(held=entries, wanted=grants)
def test_each_named_role_has_what_it_shall(held: acl.Acl, wanted: list[acl.Grant]) -> None:
    changes = acl.changes(held, "owner", wanted)
    after = acl.changed(held, "owner", changes)
    for grant in wanted:
        has = acl.held(after, grant.role)
        assert has >= set(grant.privileges)
        if grant.role == "owner":
            assert has >= acl.held(held, "owner")
        elif grant.among is None:
            assert has == set(grant.privileges)
        else:
            assert has & set(grant.among) == set(grant.privileges) & set(grant.among)
            assert has - set(grant.privileges) == acl.held(held, grant.role) - set(grant.privileges) - set(grant.among)
    others = {"public", "owner", "a", "b"} - {grant.role for grant in wanted}
    assert all(acl.held(after, role) == acl.held(held, role) for role in others)
    assert acl.changes(after, "owner", wanted) == []


@given(held=entries, wanted=grants)
def test_a_change_does_something(held: acl.Acl, wanted: list[acl.Grant]) -> None:
    for change in acl.changes(held, "owner", wanted):
        assert not set(change.grant) & acl.held(held, change.role)
        assert set(change.revoke) <= held
        assert change.text()


@given(held=entries)
def test_what_an_owner_had_and_gave_goes_to_the_next(held: acl.Acl) -> None:
    after = acl.handed_over(held, "owner", "b")
    assert acl.held(after, "owner") == set()
    assert acl.held(after, "b") == acl.held(held, "owner") | acl.held(held, "b")
    assert not any(entry.grantor == "owner" for entry in after)
