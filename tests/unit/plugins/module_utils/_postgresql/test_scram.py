# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Our verifiers are libpq's, whatever the password."""

from __future__ import annotations

import base64

import psycopg
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ansible_collections.baremetal.mlops.plugins.module_utils._postgresql import scram

# As RFC 7677 has it in its example.
SALT = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
KEYS = "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
RFC = f"SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==${KEYS}"
passwords = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=12)


def by_libpq(password: str) -> str:
    """libpq computes it without a server."""
    connection = psycopg.pq.PGconn.connect_start(b"host=127.0.0.1 port=1")
    return connection.encrypt_password(password.encode(), b"role", b"scram-sha-256").decode()


def test_a_known_password_gives_a_known_verifier() -> None:
    assert scram.verifier("pencil", salt=SALT) == RFC


def test_each_verifier_is_another() -> None:
    assert scram.verifier("pencil", 1) != scram.verifier("pencil", 1)


@settings(max_examples=60)
@given(password=passwords)
@example(password="I\u00adX")  # soft hyphen: mapped to nothing
@example(password="a\u00a0b")  # a space that is not ASCII
@example(password="\u2168")  # one character that stands for two
@example(password="\u0007é")  # a control character: no SASLprep then
@example(password="\u0627\u0031")  # right to left with a digit at the end: no SASLprep either
@example(password="\u0627\u0031\u0628")
@example(password="\u00ad")  # nothing would be left
@example(password="\u0221")  # not assigned in the Unicode version of SASLprep
@example(password="\U0001f986")
def test_libpqs_verifier_is_of_the_same_password(password: str) -> None:
    kept = by_libpq(password)
    assert scram.matches(kept, password)
    assert not scram.matches(kept, f"{password}x")


@given(password=passwords, other=passwords, iterations=st.integers(1, 50))
def test_a_verifier_is_of_its_password_only(password: str, other: str, iterations: int) -> None:
    kept = scram.verifier(password, iterations)
    assert scram.is_verifier(kept)
    assert kept.startswith(f"SCRAM-SHA-256${iterations}:")
    assert scram.matches(kept, password)
    assert scram.matches(kept, other) is (scram.prepared(password) == scram.prepared(other))


def test_a_verifier_stands_for_itself() -> None:
    assert scram.verifier(RFC) == RFC
    assert scram.matches(RFC, RFC)
    assert not scram.matches(RFC, scram.verifier("pencil", 1))


@pytest.mark.parametrize(
    "kept", ["", "md5" + "0" * 32, "plain", "SCRAM-SHA-256$x:y$z:w", RFC[:-10], RFC.replace("4096:", "0:A")]
)
def test_what_is_no_verifier_matches_nothing(kept: str) -> None:
    assert not scram.is_verifier(kept)
    assert not scram.matches(kept, "pencil")
