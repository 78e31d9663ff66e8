# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""How our clients speak HTTP: one set of retries and timeouts, and one way to say why there was no answer.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import typing as t
import urllib.parse

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import DependencyError

try:
    import urllib3
    from cryptography import x509
except ImportError as exc:
    MISSING: ImportError | None = exc
else:
    MISSING = None

if t.TYPE_CHECKING:
    from collections.abc import Iterator

ATTEMPTS = 3
# Not now, but soon: too many requests, a restart behind a proxy, S3's SlowDown.
TRANSIENT = (429, 502, 503, 504)


def attempt_seconds(timeout: float) -> float:
    """How long one of our attempts may take, so that all of them with the pauses between end within ``timeout``."""
    return max(1.0, timeout / ATTEMPTS - 1)


def pool(*, verify: bool | str, timeout: float) -> urllib3.PoolManager:
    """Connections that are kept, with bounded retries. ``verify``: a file with authorities, or whether to check."""
    if MISSING is not None:
        raise DependencyError(f"urllib3 and cryptography are needed on the host that runs the module: {MISSING}")
    return urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=attempt_seconds(timeout), read=attempt_seconds(timeout)),
        retries=urllib3.Retry(
            total=ATTEMPTS - 1,
            backoff_factor=0.3,
            status_forcelist=TRANSIENT,
            allowed_methods=None,
            raise_on_status=False,
            respect_retry_after_header=False,
        ),
        cert_reqs="CERT_REQUIRED" if verify else "CERT_NONE",
        ca_certs=verify if isinstance(verify, str) else None,
    )


def why(exc: BaseException, address: str, timeout: float) -> str:
    """One line that says why ``address`` did not answer, out of the whole chain of an SDK's exceptions."""
    reasons = list(_chain(exc))
    for reason in reasons:
        if isinstance(reason, ssl.SSLCertVerificationError):
            return f"the certificate of {address} is refused: {reason.verify_message.rstrip('.')}{_presented(address)}"
        if isinstance(reason, ssl.SSLError):
            return f"{address} does not speak TLS as needed: {reason.reason or reason}"
    for reason in reasons:
        if isinstance(reason, TimeoutError):
            return f"{address} does not answer within {timeout:g} seconds"
        if isinstance(reason, socket.gaierror):
            return f"the name of {address} is not known: {reason.strerror}"
        if isinstance(reason, OSError) and reason.strerror:
            return f"{address} cannot be reached: {reason.strerror}"
    return f"{address} does not answer: {reasons[-1]}"


def _chain(exc: BaseException | None) -> Iterator[BaseException]:
    """An exception and what it wraps: SDKs keep the reason in one of several places."""
    seen: set[int] = set()
    todo = [exc]
    while todo:
        current = todo.pop(0)
        if not isinstance(current, BaseException) or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        todo += [getattr(current, "reason", None), *current.args, current.__cause__, current.__context__]


def _presented(address: str) -> str:
    """What the server's certificate says of itself, as far as it can be had."""
    parts = urllib.parse.urlsplit(address)
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with contextlib.suppress(OSError, ValueError):
        with (
            socket.create_connection((parts.hostname or "", parts.port or 443), timeout=5) as plain,
            context.wrap_socket(plain, server_hostname=parts.hostname) as tls,
        ):
            certificate = x509.load_der_x509_certificate(tls.getpeercert(binary_form=True) or b"")
        dates = f"{certificate.not_valid_before_utc:%Y-%m-%d} to {certificate.not_valid_after_utc:%Y-%m-%d}"
        return f" (it is for {_names(certificate)}, valid {dates}, issued by {certificate.issuer.rfc4514_string()})"
    return ""


def _names(certificate: x509.Certificate) -> str:
    with contextlib.suppress(x509.ExtensionNotFound):
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return ", ".join(str(name.value) for name in found)
    return certificate.subject.rfc4514_string()
