# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The one exception tree of the collection.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import typing as t


class PlatformError(Exception):
    """A failure with a message for the user and structured details for the module's result."""

    def __init__(self, msg: str, **details: t.Any) -> None:
        super().__init__(msg)
        self.msg = msg
        self.details = details


class ApiError(PlatformError):
    """A remote API answered, but not as needed, or did not answer in time."""


class ItemError(ApiError):
    """One object of many, or one field of it, cannot be read or written. The others are not concerned."""


class UnsupportedError(ItemError):
    """The service does not know the API that a field needs."""


class FigureError(PlatformError):
    """A figure that a gate needs is missing, or says nothing."""


class CatalogError(PlatformError):
    """The catalog, or a site's pins for it, cannot be used."""


class DependencyError(PlatformError):
    """A Python library that a module needs is missing or too old."""


class HostError(PlatformError):
    """A host cannot be read or changed as needed."""
