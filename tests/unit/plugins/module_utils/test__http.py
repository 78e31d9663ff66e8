# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What all our HTTP clients share."""

from __future__ import annotations

import types
import typing as t

import pytest

from ansible_collections.baremetal.mlops.plugins.module_utils import _http


@pytest.mark.parametrize(
    ("address", "hidden"),
    [
        ("https://s3.example.com", set()),
        (None, set()),
        ("https://somebody:s3cret@s3.example.com", {"s3cret"}),
        ("https://somebody:s3/c@ret@s3.example.com", {"s3/c@ret"}),
        ("somebody:s3cret@s3.example.com", {"s3cret"}),
        ("https://t0ken@s3.example.com", {"t0ken"}),
        ("https://[somebody:s3cret@", {"s3cret"}),
    ],
)
def test_what_an_address_says_of_who_asks_is_hidden(address: str | None, hidden: set[str]) -> None:
    module: t.Any = types.SimpleNamespace(params={"url": address}, no_log_values=set())
    _http.hide_credentials(module, "url")
    assert module.no_log_values == hidden
