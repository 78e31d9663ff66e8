# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The client of the administration API of Ceph's object gateway, for its quotas and its users.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import contextlib
import typing as t
import urllib.parse

from ansible_collections.baremetal.mlops.plugins.module_utils import _http

# Who connects has looked whether they are there, and says for what they are needed.
with contextlib.suppress(ImportError):
    from requests.adapters import HTTPAdapter
    from rgwadmin.rgw import RGWAdmin

if t.TYPE_CHECKING:
    from ansible_collections.baremetal.mlops.plugins.module_utils._s3.connection import Connection


def connect(connection: Connection) -> t.Any:
    """A client that keeps its connections, with our retries and timeouts."""
    parts = urllib.parse.urlsplit(connection.endpoint_url)
    admin: t.Any = RGWAdmin(
        access_key=connection.access_key,
        secret_key=connection.secret_key,
        server=parts.netloc,
        secure=parts.scheme == "https",
        ca_bundle=connection.verify if isinstance(connection.verify, str) else None,
        verify=bool(connection.verify),
        timeout=_http.attempt_seconds(connection.timeout),
        pool_connections=True,
    )
    admin._session.mount(f"{parts.scheme}://", HTTPAdapter(max_retries=_http.retries()))
    return admin
