# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Where an S3 service is and how to speak to it: the options that all S3 modules share.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible.module_utils.basic import env_fallback

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
        return cls(
            endpoint_url=params["endpoint_url"].rstrip("/"),
            access_key=params["access_key"],
            secret_key=params["secret_key"],
            region=params["region"],
            verify=params["validate_certs"] and (params["ca_path"] or True),
            timeout=params["timeout"],
        )
