# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Where an S3 service is and how to speak to it: the options that all S3 modules share.

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

if t.TYPE_CHECKING:
    from collections.abc import Mapping

OPTIONS: Mapping[str, Mapping[str, t.Any]] = {
    "endpoint_url": {
        "type": "str",
        "required": True,
        "fallback": (env_fallback, ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]),
    },
    "access_key": {"type": "str", "required": True, "no_log": False, "fallback": (env_fallback, ["AWS_ACCESS_KEY_ID"])},
    "secret_key": {
        "type": "str",
        "required": True,
        "no_log": True,
        "fallback": (env_fallback, ["AWS_SECRET_ACCESS_KEY"]),
    },
    "region": {"type": "str", "default": "us-east-1", "fallback": (env_fallback, ["AWS_REGION", "AWS_DEFAULT_REGION"])},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path", "fallback": (env_fallback, ["AWS_CA_BUNDLE"])},
    "timeout": {"type": "int", "default": 30},
}

# How the header Server begins. Silo is a fork of MinIO.
SERVICES = {"MinIO": "MinIO", "Silo": "MinIO", "SeaweedFS": "SeaweedFS", "Ceph": "Ceph"}
# Ceph's gateway numbers requests like this, also behind a proxy that hides its name.
CEPH_REQUEST = re.compile("tx[0-9a-f]{21}-.*")

# What every service says of keys that it does not take.
KEY_HINTS = {
    "InvalidAccessKeyId": "the access key is not known there",
    "SignatureDoesNotMatch": "the secret key is wrong",
}


@dataclasses.dataclass(frozen=True)
class Connection:
    """``verify`` is a file with authorities, or whether to check. ``timeout`` is in seconds, for a whole call."""

    endpoint_url: str
    access_key: str
    secret_key: str = dataclasses.field(repr=False)
    region: str
    verify: bool | str
    timeout: int

    @classmethod
    def from_params(cls, params: Mapping[str, t.Any]) -> Connection:
        """Out of a module's parameters."""
        endpoint_url = _address(params["endpoint_url"])
        return cls(
            endpoint_url=endpoint_url,
            access_key=params["access_key"],
            secret_key=params["secret_key"],
            region=params["region"],
            verify=_http.trust(params, used=endpoint_url.startswith("https:")),
            timeout=params["timeout"],
        )


def service(headers: Mapping[str, str]) -> str:
    """Which service answers with such headers, their names in small letters: MinIO, SeaweedFS, Ceph or nothing."""
    named = headers.get("server", "")
    found = next((name for begin, name in SERVICES.items() if named.startswith(begin)), "")
    return found or ("Ceph" if CEPH_REQUEST.fullmatch(headers.get("x-amz-request-id", "")) else "")


def _address(url: str) -> str:
    try:
        parts = urllib.parse.urlsplit(url)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        fits = False
    if not fits or parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ApiError("endpoint_url: it must be an address such as https://s3.example.com or http://192.0.2.7:9000")
    return url.rstrip("/")
