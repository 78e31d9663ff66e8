# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""How our clients speak HTTP: one set of retries and timeouts, and one way to say why there was no answer.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import time
import typing as t
import urllib.parse

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError, DependencyError

try:
    import urllib3
    from cryptography import x509
    from urllib3.util.ssl_match_hostname import CertificateError as WrongHostError
except ImportError as exc:
    MISSING: ImportError | None = exc
else:
    MISSING = None

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ansible.module_utils.basic import AnsibleModule

ATTEMPTS = 3
# Not now, but soon: too many requests, a restart behind a proxy, S3's SlowDown.
TRANSIENT = (429, 502, 503, 504)
# Before a request is made again that another client of the same object disturbed.
PAUSES = (0.2, 0.6)


def trust(params: Mapping[str, t.Any], *, used: bool = True) -> bool | str:
    """Out of a module's ``validate_certs`` and ``ca_path``: a file with authorities, or whether to check.

    The file has to be there if it is ``used``.
    """
    ca_path = params["ca_path"]
    if used and params["validate_certs"] and ca_path and not os.path.isfile(ca_path):
        raise ApiError(f"ca_path: there is no file {ca_path}")
    return params["validate_certs"] and (ca_path or True)


def attempt_seconds(timeout: float) -> float:
    """How long one of our attempts may take, so that all of them with the pauses between end within ``timeout``."""
    return max(1.0, timeout / ATTEMPTS - 1)


def pool(*, verify: bool | str, timeout: float) -> urllib3.PoolManager:
    """Connections that are kept, with bounded retries. ``verify``: a file with authorities, or whether to check."""
    if MISSING is not None:
        raise DependencyError(f"urllib3 and cryptography are needed on the host that runs the module: {MISSING}")
    if not verify:
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    return urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=attempt_seconds(timeout), read=attempt_seconds(timeout)),
        retries=retries(),
        cert_reqs="CERT_REQUIRED" if verify else "CERT_NONE",
        ca_certs=verify if isinstance(verify, str) else None,
    )


def retries() -> urllib3.Retry:
    """Bounded attempts with pauses between them, for all that speaks HTTP through urllib3."""
    return urllib3.Retry(
        total=ATTEMPTS - 1,
        backoff_factor=0.3,
        status_forcelist=TRANSIENT,
        allowed_methods=None,
        raise_on_status=False,
        respect_retry_after_header=False,
    )


def undisturbed(call: Callable[[], t.Any], is_disturbance: Callable[[Exception], bool]) -> t.Any:
    """The answer to a request, made again if its error says that another client was at the same object."""
    for pause in PAUSES:
        try:
            return call()
        except Exception as exc:
            if not is_disturbance(exc):
                raise
            time.sleep(pause)
    return call()


def why(exc: BaseException, address: str, timeout: float) -> str:
    """One line that says why ``address`` did not answer, out of the whole chain of an SDK's exceptions."""
    reasons = list(_chain(exc))
    for reason in reasons:
        if refused := _refused(reason):
            return f"the certificate of {address} is refused: {refused}{_presented(address)}"
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


def _refused(reason: BaseException) -> str:
    """Why a certificate does not hold, if that is what an exception says."""
    if isinstance(reason, ssl.SSLCertVerificationError):
        return reason.verify_message.rstrip(".")
    return str(reason) if isinstance(reason, WrongHostError) else ""


def hide_credentials(module: AnsibleModule, option: str) -> None:
    """Have Ansible hide what an address says before an @, wherever it shows what the module was given."""
    user, _colon, password = (module.params[option] or "").rpartition("@")[0].rpartition("//")[2].partition(":")
    if hidden := password or user:
        module.no_log_values.add(hidden)


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
    with (
        contextlib.suppress(OSError, ValueError),
        socket.create_connection((parts.hostname or "", parts.port or 443), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname=parts.hostname) as tls,
    ):
        return f" ({described(tls.getpeercert(binary_form=True) or b'')})"
    return ""


def described(der: bytes) -> str:
    """What a certificate says of itself."""
    certificate = x509.load_der_x509_certificate(der)
    dates = f"{certificate.not_valid_before_utc:%Y-%m-%d} to {certificate.not_valid_after_utc:%Y-%m-%d}"
    return f"it is for {_names(certificate)}, valid {dates}, issued by {certificate.issuer.rfc4514_string()}"


def _names(certificate: x509.Certificate) -> str:
    with contextlib.suppress(x509.ExtensionNotFound):
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return ", ".join(str(name.value) for name in found)
    return certificate.subject.rfc4514_string()
