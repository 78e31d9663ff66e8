# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Reads a kubeconfig: which server, how it is trusted, and who one is to it.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import base64
import dataclasses
import pathlib
import ssl
import tempfile
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import DependencyError, PlatformError

try:
    import yaml
except ImportError:  # pragma: no cover
    yaml = None  # type: ignore[assignment]

if t.TYPE_CHECKING:
    from collections.abc import Mapping


@dataclasses.dataclass(frozen=True)
class Access:
    server: str
    context: ssl.SSLContext
    headers: Mapping[str, str]


def load_all(text: str) -> list[t.Any]:
    """The documents of a YAML text, without the empty ones."""
    if yaml is None:
        raise DependencyError("the Python library PyYAML is missing on the controller: pip install pyyaml")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return [document for document in yaml.load_all(text, Loader=loader) if document]
    except yaml.YAMLError as exc:
        raise PlatformError(f"the definitions are no YAML: {exc}") from exc


def read(path: str) -> Access:
    file = pathlib.Path(path).expanduser()
    try:
        config = load_all(file.read_text())[0]
    except (OSError, IndexError) as exc:
        raise PlatformError(f"kubeconfig {path} cannot be read: {exc}: run playbooks/kubernetes.yml first") from exc
    try:
        context = _named(config["contexts"], config["current-context"])["context"]
        cluster = _named(config["clusters"], context["cluster"])["cluster"]
        user = _named(config["users"], context["user"])["user"]
        return Access(cluster["server"], _tls(cluster, user), _headers(user))
    except (KeyError, StopIteration, TypeError) as exc:
        raise PlatformError(f"kubeconfig {path} has no current context with a cluster and a user") from exc


def _named(items: list[dict[str, t.Any]], name: str) -> dict[str, t.Any]:
    return next(item for item in items if item["name"] == name)


def _headers(user: Mapping[str, t.Any]) -> dict[str, str]:
    if "exec" in user or "auth-provider" in user:
        raise PlatformError("kubeconfig: credential plugins are not supported: use a client certificate or a token")
    token = user.get("token")
    if not token and user.get("tokenFile"):
        token = pathlib.Path(user["tokenFile"]).read_text().strip()
    return {"Authorization": f"Bearer {token}"} if token else {}


def _tls(cluster: Mapping[str, t.Any], user: Mapping[str, t.Any]) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if cluster.get("certificate-authority-data"):
        context.load_verify_locations(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
    elif cluster.get("certificate-authority"):
        context.load_verify_locations(cafile=cluster["certificate-authority"])
    if cluster.get("insecure-skip-tls-verify"):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if user.get("client-certificate"):
        context.load_cert_chain(user["client-certificate"], user["client-key"])
    elif user.get("client-certificate-data"):
        # The library reads a key from files only. A temporary one is of mode 0600 and gone at once.
        with tempfile.NamedTemporaryFile() as pem:
            for key in ("client-certificate-data", "client-key-data"):
                pem.write(base64.b64decode(user[key]) + b"\n")
            pem.flush()
            context.load_cert_chain(pem.name)
    return context
