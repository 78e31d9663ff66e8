# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Where an MLflow server is and how to speak to it: the options that all MLflow modules share.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import base64
import dataclasses
import typing as t
import urllib.parse

from ansible.module_utils.basic import env_fallback

from ansible_collections.baremetal.mlops.plugins.module_utils import _http
from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError

if t.TYPE_CHECKING:
    from collections.abc import Mapping

OPTIONS: Mapping[str, Mapping[str, t.Any]] = {
    "tracking_uri": {"type": "str", "required": True, "fallback": (env_fallback, ["MLFLOW_TRACKING_URI"])},
    "username": {"type": "str", "fallback": (env_fallback, ["MLFLOW_TRACKING_USERNAME"])},
    "password": {"type": "str", "no_log": True, "fallback": (env_fallback, ["MLFLOW_TRACKING_PASSWORD"])},
    "token": {"type": "str", "no_log": True, "fallback": (env_fallback, ["MLFLOW_TRACKING_TOKEN"])},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path", "fallback": (env_fallback, ["MLFLOW_TRACKING_SERVER_CERT_PATH"])},
    "timeout": {"type": "int", "default": 30},
}


@dataclasses.dataclass(frozen=True)
class Connection:
    """``verify`` is a file with authorities, or whether to check. ``timeout`` is in seconds, for a whole call."""

    tracking_uri: str
    username: str = ""
    password: str = dataclasses.field(default="", repr=False)
    token: str = dataclasses.field(default="", repr=False)
    verify: bool | str = True
    timeout: int = 30

    @classmethod
    def from_params(cls, params: Mapping[str, t.Any]) -> Connection:
        """Out of a module's parameters."""
        return cls(
            tracking_uri=_address(params["tracking_uri"]),
            username=params["username"] or "",
            password=params["password"] or "",
            token=params["token"] or "",
            verify=_http.trust(params),
            timeout=params["timeout"],
        )

    @property
    def authorization(self) -> dict[str, str]:
        """The header that says who asks. As in MLflow's own client, a user name goes before a token."""
        if self.username:
            pair = f"{self.username}:{self.password}".encode()
            return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    @property
    def refusal(self) -> str:
        """What it means when the server does not accept who asks."""
        if self.username:
            return f"MLflow refuses user {self.username}: wrong user name or password"
        if self.token:
            return "MLflow refuses the token"
        return "MLflow wants to know who asks: give username and password, or token"


def _address(uri: str) -> str:
    """The server's address, without what would be sent to it as something else or be shown in messages."""
    try:
        parts = urllib.parse.urlsplit(uri)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        fits = False
    if not fits:
        raise ApiError("tracking_uri: it must be an address such as https://mlflow.example.com")
    if parts.username or parts.password:
        raise ApiError("tracking_uri: give the user name and the password in options of their own, not in the address")
    if parts.query or parts.fragment:
        raise ApiError("tracking_uri: an address has neither a query nor a fragment")
    return uri.rstrip("/")
