# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""botocore's client for S3, without what it does for Amazon's own service only.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils import _http
from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError, DependencyError

try:
    import botocore.loaders
    import botocore.session
    import urllib3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError
except ImportError as exc:
    MISSING: ImportError | None = exc
else:
    MISSING = None

if t.TYPE_CHECKING:
    from ansible_collections.baremetal.mlops.plugins.module_utils._s3.connection import Connection

SIGNED = {"authSchemes": [{"name": "sigv4", "signingName": "s3", "signingRegion": "{Region}"}]}
# In the language of botocore's rules: the bucket is a part of the path.
ADDRESSES = {
    "version": "1.0",
    "parameters": {
        "Bucket": {"type": "String", "documentation": ""},
        "Region": {"type": "String", "builtIn": "AWS::Region", "documentation": ""},
        "Endpoint": {"type": "String", "builtIn": "SDK::Endpoint", "documentation": ""},
    },
    "rules": [
        {
            "conditions": [{"fn": "isSet", "argv": [{"ref": "Bucket"}]}],
            "endpoint": {"url": "{Endpoint}/{Bucket}", "properties": SIGNED},
            "type": "endpoint",
        },
        {"conditions": [], "endpoint": {"url": "{Endpoint}", "properties": SIGNED}, "type": "endpoint"},
    ],
}
PARTITION = {
    "partition": "aws",
    "regionRegex": "",
    "regions": {},
    "dnsSuffix": "",
    "defaults": {"hostname": "-"},
    "services": {"s3": {"partitionEndpoint": "aws-global", "endpoints": {}}},
}
OWN = {"endpoints": {"version": 3, "partitions": [PARTITION]}, "endpoint-rule-set-1": ADDRESSES}


if MISSING is None:

    class Data(botocore.loaders.Loader):  # type: ignore[misc]
        """What botocore reads about services from files, but for how Amazon's addresses are made up.

        We have one address. To read of the others takes two thirds of the time to make a client, and to find it among
        them a third of the time of each request.
        """

        def list_available_services(self, type_name: str) -> list[str]:
            return ["s3"]

        def load_data_with_path(self, name: str) -> t.Any:
            kind = name.rpartition("/")[2]
            return (OWN[kind], "") if kind in OWN else super().load_data_with_path(name)


def connect(connection: Connection) -> t.Any:
    """A client: signature version 4 and path-style addresses, as every S3 service understands them."""
    if MISSING is not None:
        raise DependencyError(f"boto3, which brings botocore, is needed on the host that runs the module: {MISSING}")
    if not connection.verify:
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    seconds = _http.attempt_seconds(connection.timeout)
    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        connect_timeout=seconds,
        read_timeout=seconds,
        retries={"mode": "standard", "total_max_attempts": _http.ATTEMPTS},
        user_agent="baremetal.mlops",
        # The environment may ask for what only Amazon has.
        use_fips_endpoint=False,
        use_dualstack_endpoint=False,
    )
    try:
        session = botocore.session.Session()
        session.register_component("data_loader", Data())
        client = session.create_client(
            "s3",
            endpoint_url=connection.endpoint_url,
            aws_access_key_id=connection.access_key,
            aws_secret_access_key=connection.secret_key,
            region_name=connection.region,
            verify=connection.verify,
            config=config,
        )
    except (BotoCoreError, ValueError) as exc:
        raise ApiError(f"S3: cannot use {connection.endpoint_url}: {' '.join(str(exc).split())}") from exc
    client.meta.events.register("before-call.s3", _add_digest)
    return client


def _add_digest(params: dict[str, t.Any], **_unused: t.Any) -> None:
    """botocore sends newer checksums only, and older services want this one."""
    body = params.get("body")
    if isinstance(body, bytes) and body:
        # A host in FIPS mode has no MD5.
        with contextlib.suppress(ValueError):
            digest = hashlib.md5(body, usedforsecurity=False).digest()
            params["headers"]["Content-MD5"] = base64.b64encode(digest).decode()
