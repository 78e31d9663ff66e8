# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Passwords as PostgreSQL keeps them (RFC 5803): making such a verifier, and trying a password on one.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import re
import secrets
import stringprep
import unicodedata

DEFAULT_ITERATIONS = 4096
SALT_BYTES = 16
ASCII_END = 0x80
_CHAR = "[A-Za-z0-9+/]"
_SALT = f"(?:{_CHAR}{{4}})*(?:{_CHAR}{{2}}==|{_CHAR}{{3}}=)?"
_KEY = f"{_CHAR}{{43}}="
VERIFIER = re.compile(rf"SCRAM-SHA-256\$([1-9]\d{{0,8}}):({_SALT})\$({_KEY}):({_KEY})")
MD5 = re.compile(r"md5[0-9a-f]{32}")


def is_verifier(text: str) -> bool:
    return VERIFIER.fullmatch(text) is not None


def is_md5(text: str) -> bool:
    return MD5.fullmatch(text) is not None


def verifier(password: str, iterations: int = DEFAULT_ITERATIONS, salt: bytes | None = None) -> str:
    """What the server keeps of a password. A verifier is given back as it is."""
    if is_verifier(password):
        return password
    salt = salt or secrets.token_bytes(SALT_BYTES)
    salted = _salted(password, salt, iterations)
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    return f"SCRAM-SHA-256${iterations}:{_text(salt)}${_text(_stored_key(salted))}:{_text(server_key)}"


@functools.cache
def matches(kept: str, password: str) -> bool:
    """Whether what the server keeps is of this password, or is this verifier."""
    if is_verifier(password):
        return hmac.compare_digest(kept, password)
    parts = VERIFIER.fullmatch(kept)
    if parts is None:
        return False
    salted = _salted(password, base64.b64decode(parts[2]), int(parts[1]))
    return hmac.compare_digest(_stored_key(salted), base64.b64decode(parts[3]))


def prepared(password: str) -> bytes:
    """A password as libpq and the server prepare it: by SASLprep, or as it is where SASLprep would refuse it."""
    if all(ord(char) < ASCII_END for char in password):
        return password.encode()
    mapped = "".join(
        " " if stringprep.in_table_c12(char) else char for char in password if not stringprep.in_table_b1(char)
    )
    if not mapped or any(_prohibited(char) for char in mapped) or not _one_direction(mapped):
        return password.encode()
    return unicodedata.normalize("NFKC", mapped).encode()


def _salted(password: str, salt: bytes, iterations: int) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", prepared(password), salt, iterations)


def _stored_key(salted: bytes) -> bytes:
    return hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _prohibited(char: str) -> bool:
    return (
        stringprep.in_table_a1(char)
        or stringprep.in_table_c12(char)
        or stringprep.in_table_c21_c22(char)
        or stringprep.in_table_c3(char)
        or stringprep.in_table_c4(char)
        or stringprep.in_table_c5(char)
        or stringprep.in_table_c6(char)
        or stringprep.in_table_c7(char)
        or stringprep.in_table_c8(char)
        or stringprep.in_table_c9(char)
    )


def _one_direction(text: str) -> bool:
    if not any(stringprep.in_table_d1(char) for char in text):
        return True
    ends = stringprep.in_table_d1(text[0]) and stringprep.in_table_d1(text[-1])
    return ends and not any(stringprep.in_table_d2(char) for char in text)
