# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The cluster as a rollout needs it: objects, what pods say, and what the gateway counted.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import contextlib
import http
import typing as t
import urllib.parse

from ansible_collections.baremetal.mlops.plugins.module_utils import _http
from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError
from ansible_collections.baremetal.mlops.plugins.module_utils._kubernetes.client import KubeClient
from ansible_collections.baremetal.mlops.plugins.module_utils._kubernetes.forward import forward_all
from ansible_collections.baremetal.mlops.plugins.module_utils._objects.client import ObjectClient
from ansible_collections.baremetal.mlops.plugins.module_utils._serving import figures

with contextlib.suppress(ImportError):  # _http.pool says so.
    import urllib3

if t.TYPE_CHECKING:
    from collections.abc import Collection

    from ansible_collections.baremetal.mlops.plugins.module_utils._kubernetes.forward import Tunnel
    from ansible_collections.baremetal.mlops.plugins.module_utils._objects.model import Object

LINES = 20


class ServingClient(ObjectClient):
    """The objects of a namespace, and beside them what is read of pods. ``selector`` finds the gateway's pods."""

    def __init__(
        self, path: str, namespace: str, *, gateway_namespace: str, selector: str, port: int, timeout: float = 30
    ) -> None:
        super().__init__(KubeClient(path, timeout), namespace)
        self._kubeconfig = path
        self._home = f"/api/v1/namespaces/{urllib.parse.quote(namespace, safe='')}"
        self._gateway = (gateway_namespace, selector, port)
        self._patience = timeout

    def pods(self, service: str) -> list[Object]:
        """Those of an InferenceService."""
        selector = urllib.parse.urlencode({"labelSelector": f"serving.kserve.io/inferenceservice={service}"})
        return self._server.items(f"{self._home}/pods?{selector}")

    def warnings_of(self) -> list[Object]:
        """The warnings that the cluster keeps for a while about objects of the namespace."""
        return self._server.items(f"{self._home}/events?{urllib.parse.urlencode({'fieldSelector': 'type=Warning'})}")

    def last_words(self, pod: str, container: str, former: bool) -> str:
        """How the log of a container ends, or of the one before it. Nothing if there is none."""
        query = urllib.parse.urlencode({"container": container, "tailLines": LINES, "previous": str(former).lower()})
        text = self._server.text(f"{self._home}/pods/{urllib.parse.quote(pod, safe='')}/log?{query}")
        return "" if text.startswith('{"kind":"Status"') else text

    def counted(self, services: Collection[str]) -> dict[str, figures.Reading]:
        """What each gateway pod counted, by what the gateway calls a Service."""
        found: dict[str, dict[str, figures.Counters]] = {service: {} for service in services}
        with forward_all(self._kubeconfig, *self._gateway, self._patience) as tunnels:
            for pod, tunnel in tunnels.items():
                counters = figures.parse(self._metrics(pod, tunnel), services)
                for service in services:
                    found[service][pod] = counters.get(service, figures.Counters())
        return dict(found)

    def _metrics(self, pod: str, tunnel: Tunnel) -> str:
        doing, address = f"pod {self._gateway[0]}/{pod} does not show its figures", f"http://127.0.0.1:{tunnel.port}"
        try:
            response = _http.pool(verify=True, timeout=self._patience).request("GET", f"{address}/metrics")
        except urllib3.exceptions.HTTPError as exc:
            reason = tunnel.trouble() or _http.why(exc, address, self._patience)
            raise ApiError(f"{doing}: {reason}") from exc
        if response.status != http.HTTPStatus.OK:
            raise ApiError(f"{doing}: it answers {response.status}")
        return response.data.decode(errors="replace")
