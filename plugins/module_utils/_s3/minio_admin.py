# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The client of MinIO's administration API, for its quotas and its users.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import contextlib
import re
import typing as t
import urllib.parse

from ansible_collections.baremetal.mlops.plugins.module_utils import _http

# Who connects has looked whether they are there, and says for what they are needed.
with contextlib.suppress(ImportError):
    from minio import MinioAdmin
    from minio.credentials.providers import StaticProvider

if t.TYPE_CHECKING:
    from ansible_collections.baremetal.mlops.plugins.module_utils._s3.connection import Connection

SERVER_FAILED = 500


def place(connection: Connection) -> dict[str, t.Any]:
    """Where the service is, as the clients of the library take it, with our retries and timeouts."""
    parts = urllib.parse.urlsplit(connection.endpoint_url)
    return {
        "endpoint": parts.netloc,
        "secure": parts.scheme == "https",
        "region": connection.region,
        "http_client": _http.pool(verify=connection.verify, timeout=connection.timeout),
    }


def connect(connection: Connection, where: dict[str, t.Any]) -> t.Any:
    return MinioAdmin(credentials=StaticProvider(connection.access_key, connection.secret_key), **where)


def answer(exc: Exception) -> tuple[int, str, str]:
    """Status, code and message of an answer, which is mostly JSON and sometimes XML or HTML."""
    text = str(exc)
    status = re.search(r"Status: (\d+)", text)
    code = re.search(r'"Code":\s*"(\w+)"', text) or re.search(r"<Code>(\w+)</Code>", text)
    message = re.search(r'"Message":\s*"((?:[^"\\]|\\.)*)"', text) or re.search(r"<Message>([^<]*)</Message>", text)
    number = int(status[1]) if status else SERVER_FAILED
    return number, code[1] if code else "", message[1] if message else f"it answers with status {number}"
