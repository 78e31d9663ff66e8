# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Where Triton servers and their repository are: the options that the modules of this area share.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t
import urllib.parse

from ansible.module_utils.basic import env_fallback

from ansible_collections.baremetal.mlops.plugins.module_utils import _http
from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError
from ansible_collections.baremetal.mlops.plugins.module_utils._s3 import connection as s3
from ansible_collections.baremetal.mlops.plugins.module_utils._s3.fields import name_problems

if t.TYPE_CHECKING:
    from collections.abc import Mapping

OPTIONS: Mapping[str, Mapping[str, t.Any]] = {
    **s3.OPTIONS,
    "repository": {"type": "str", "required": True},
    "server_url": {"type": "str", "fallback": (env_fallback, ["TRITON_URL"])},
    "kubernetes": {
        "type": "dict",
        "options": {
            "kubeconfig": {"type": "path", "required": True},
            "namespace": {"type": "str", "required": True},
            "selector": {"type": "str", "required": True},
            "port": {"type": "int", "default": 8000},
        },
    },
    "admin_header": {"type": "str", "default": "triton-admin"},
    "admin_key": {"type": "str", "no_log": True},
}
ONE_OF = ("server_url", "kubernetes")
TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
VISIBLE = re.compile(r"[\x21-\x7e]+")


@dataclasses.dataclass(frozen=True)
class Kubernetes:
    """Pods that are reached through the API server."""

    kubeconfig: str
    namespace: str
    selector: str
    port: int


@dataclasses.dataclass(frozen=True)
class Place:
    """A bucket, and what the keys of a repository in it begin with: nothing, or a path with / at its end."""

    bucket: str
    prefix: str


@dataclasses.dataclass(frozen=True)
class Connection:
    """``verify`` is a file with authorities, or whether to check. ``timeout`` is in seconds, for a whole call."""

    place: Place
    server_url: str = ""
    kubernetes: Kubernetes | None = None
    header: str = ""
    key: str = dataclasses.field(default="", repr=False)
    verify: bool | str = True
    timeout: int = 30

    @classmethod
    def from_params(cls, params: Mapping[str, t.Any]) -> Connection:
        """Out of a module's parameters."""
        if params["timeout"] < 1:
            raise ApiError("timeout: it has to be at least 1 second")
        url = _address(params["server_url"]) if params["server_url"] else ""
        key = params["admin_key"] or ""
        if not TOKEN.fullmatch(params["admin_header"]):
            raise ApiError("admin_header: it is not the name of a header")
        if key and not VISIBLE.fullmatch(key):
            raise ApiError("admin_key: it holds a character that no header can hold")
        return cls(
            place=place("repository", params["repository"]),
            server_url=url,
            kubernetes=Kubernetes(**params["kubernetes"]) if params["kubernetes"] else None,
            header=params["admin_header"],
            key=key,
            verify=_http.trust(params, used=url.startswith("https:")),
            timeout=params["timeout"],
        )

    @property
    def headers(self) -> dict[str, str]:
        """What says that we may change what a server serves."""
        return {self.header: self.key} if self.key else {}


def place(option: str, uri: str) -> Place:
    """Out of an address such as s3://bucket/path."""
    scheme, _mark, rest = uri.partition("://")
    bucket, _slash, path = rest.partition("/")
    parts = [part for part in path.split("/") if part]
    if scheme != "s3" or next(name_problems(bucket), None) or any(part in {".", ".."} for part in parts):
        raise ApiError(f"{option}: it must be an address such as s3://bucket/path")
    return Place(bucket, "".join(f"{part}/" for part in parts))


def _address(url: str) -> str:
    try:
        parts = urllib.parse.urlsplit(url)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        fits = False
    if not fits or parts.query or parts.fragment or "@" in parts.netloc:
        raise ApiError("server_url: it must be an address such as https://triton.example.com or http://192.0.2.7:8000")
    return url.rstrip("/")
