# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""A port of this machine that leads to a pod, through the API server, for as long as a block lasts.

Each connection to the port is a websocket of its own, in the API's protocol of channels: the first byte of a message
says whether it is data or an error, and the first message of each channel only repeats the pod's port.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import contextlib
import json
import queue
import select
import socket
import threading
import typing as t
import urllib.parse

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError, DependencyError
from ansible_collections.baremetal.mlops.plugins.module_utils._kubernetes import kubeconfig as kubeconfigs
from ansible_collections.baremetal.mlops.plugins.module_utils._kubernetes.client import KubeClient

try:
    import websocket
except ImportError as exc:
    MISSING: ImportError | None = exc
else:
    MISSING = None

if t.TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Iterator, Mapping

    Pod = Mapping[str, t.Any]

PROTOCOL = "v4.channel.k8s.io"
DATA, ERROR = 0, 1
CHUNK = 64 * 1024
END_SECONDS = 5


@contextlib.contextmanager
def forward(kubeconfig: str, namespace: str, selector: str, port: int, timeout: float = 10) -> Iterator[Tunnel]:
    """A way to a port of the ready pod with these labels. ``timeout`` is for each answer of the API server."""
    name = ready_pod(_pods(kubeconfig, namespace, selector, timeout), f"{namespace} with {selector}")
    with _to_pod(kubeconfig, namespace, name, port, timeout) as tunnel:
        yield tunnel


@contextlib.contextmanager
def forward_all(
    kubeconfig: str, namespace: str, selector: str, port: int, timeout: float = 10
) -> Iterator[dict[str, Tunnel]]:
    """A way to a port of each pod with these labels that is ready, by its name."""
    names = ready_pods(_pods(kubeconfig, namespace, selector, timeout), f"{namespace} with {selector}")
    with contextlib.ExitStack() as stack:
        yield {name: stack.enter_context(_to_pod(kubeconfig, namespace, name, port, timeout)) for name in names}


def _pods(kubeconfig: str, namespace: str, selector: str, timeout: float) -> Iterable[Pod]:
    if MISSING is not None:
        raise DependencyError(f"websocket-client is needed on the host that runs the module: {MISSING}")
    path = f"{_path(namespace)}?{urllib.parse.urlencode({'labelSelector': selector})}"
    return KubeClient(kubeconfig, timeout).items(path)


def _to_pod(kubeconfig: str, namespace: str, name: str, port: int, timeout: float) -> Tunnel:
    access = kubeconfigs.read(kubeconfig)
    path = f"{_path(namespace)}/{urllib.parse.quote(name, safe='')}/portforward?ports={port}"
    return Tunnel(lambda: _dial(access, path, f"{namespace}/{name}:{port}", timeout))


def _path(namespace: str) -> str:
    return f"/api/v1/namespaces/{urllib.parse.quote(namespace, safe='')}/pods"


def ready_pod(pods: Iterable[Pod], where: str) -> str:
    """Name of the first pod that is ready and stays."""
    return ready_pods(pods, where)[0]


def ready_pods(pods: Iterable[Pod], where: str) -> list[str]:
    """Names of the pods that are ready and stay, of which there is at least one."""
    names, ready = [], []
    for pod in sorted(pods, key=lambda pod: str(pod["metadata"]["name"])):
        names.append(str(pod["metadata"]["name"]))
        conditions = pod.get("status", {}).get("conditions") or []
        is_ready = any(one.get("type") == "Ready" and one.get("status") == "True" for one in conditions)
        if is_ready and not pod["metadata"].get("deletionTimestamp"):
            ready.append(names[-1])
    if not names:
        raise ApiError(f"Kubernetes: there is no pod in {where}")
    if not ready:
        raise ApiError(f"Kubernetes: no pod in {where} is ready: {', '.join(names)}")
    return ready


class Tunnel:
    """Accepts connections at ``port`` and gives each one a channel of its own, made by ``dial``."""

    def __init__(self, dial: Callable[[], Channel]) -> None:
        self._dial = dial
        self._trouble = ""
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        # The first channel is made at once: then it is known whether the way exists.
        self._first: queue.SimpleQueue[Channel] = queue.SimpleQueue()
        self._first.put(dial())
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])

    def __enter__(self) -> Tunnel:
        self._start(self._accept)
        return self

    def __exit__(self, *_exc: object) -> None:
        _shut(self._listener)
        self._threads[0].join(END_SECONDS)
        self._listener.close()
        for one in list(self._open):
            _shut(one)
        for thread in self._threads:
            thread.join(END_SECONDS)
        with contextlib.suppress(queue.Empty):
            self._first.get_nowait().close()

    def trouble(self) -> str:
        """What went wrong on the way last. Empty if nothing did."""
        return self._trouble

    def _start(self, work: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                local, _address = self._listener.accept()
            except OSError:
                return
            self._open.add(local)
            self._start(self._serve, local)

    def _serve(self, local: socket.socket) -> None:
        try:
            with local, contextlib.suppress(OSError):
                self._trouble = pump(local, self._channel()) or self._trouble
        except ApiError as exc:
            self._trouble = exc.msg
        finally:
            self._open.discard(local)

    def _channel(self) -> Channel:
        try:
            return self._first.get_nowait()
        except queue.Empty:
            return self._dial()


def _shut(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)


class Channel(t.Protocol):
    """The far end of one connection."""

    def fileno(self) -> int: ...

    def waiting(self) -> bool:
        """Whether something has come that one does not see at the socket."""

    def receive(self) -> bytes | None:
        """Data that has come; none at the end. Raises ApiError if the pod refuses."""

    def send(self, data: bytes) -> None: ...
    def close(self) -> None: ...


def pump(local: socket.socket, channel: Channel) -> str:
    """Carry bytes both ways until one side ends. Why it ended, if that was an error."""
    near, far = local.fileno(), channel.fileno()
    try:
        while True:
            ready = [far] if channel.waiting() else select.select([near, far], [], [])[0]
            if far in ready:
                data = channel.receive()
                if data is None:
                    return ""
                local.sendall(data)
            if near in ready:
                data = local.recv(CHUNK)
                if not data:
                    return ""
                channel.send(data)
    except ApiError as exc:
        return exc.msg
    finally:
        channel.close()


class WebsocketChannel:
    """One port of a pod over a websocket."""

    def __init__(self, wire: websocket.WebSocket, below: ssl.SSLSocket, where: str) -> None:
        self._wire, self._below, self._where = wire, below, where
        self._greeted: set[int] = set()

    def fileno(self) -> int:
        return self._below.fileno()

    def waiting(self) -> bool:
        return self._below.pending() > 0

    def receive(self) -> bytes | None:
        with self._errors():
            kind, data = self._wire.recv_data(control_frame=True)
        if kind == websocket.ABNF.OPCODE_CLOSE:
            return None
        if kind != websocket.ABNF.OPCODE_BINARY or not data:
            return b""
        number, rest = data[0], bytes(data[1:])
        if number not in self._greeted:
            self._greeted.add(number)
            return b""
        if number == ERROR:
            raise ApiError(f"Kubernetes: no way to {self._where}: {' '.join(rest.decode(errors='replace').split())}")
        return rest

    def send(self, data: bytes) -> None:
        with self._errors():
            self._wire.send_binary(bytes([DATA]) + data)

    def close(self) -> None:
        with contextlib.suppress(OSError, websocket.WebSocketException):
            self._wire.close(timeout=0)
        self._below.close()

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (OSError, websocket.WebSocketException) as exc:
            raise ApiError(f"Kubernetes: the way to {self._where} is cut: {_reason(exc)}") from exc


def _dial(access: kubeconfigs.Access, path: str, where: str, timeout: float) -> Channel:
    """A websocket to a port of a pod. No redirect is followed: our credentials are for this server only."""
    server = urllib.parse.urlsplit(access.server)
    host, port = server.hostname or "", server.port or 443
    try:
        plain = socket.create_connection((host, port), timeout)
        with contextlib.ExitStack() as stack:
            stack.enter_context(plain)
            tls = stack.enter_context(access.context.wrap_socket(plain, server_hostname=host))
            wire = websocket.create_connection(
                f"wss://{server.netloc}{path}",
                timeout=timeout,
                socket=tls,
                redirect_limit=0,
                header=[f"{name}: {value}" for name, value in access.headers.items()]
                + [f"sec-websocket-protocol: {PROTOCOL}"],
            )
            stack.pop_all()
    except (OSError, websocket.WebSocketException) as exc:
        raise ApiError(f"Kubernetes: no way to {where} through {access.server}: {_reason(exc)}") from exc
    return WebsocketChannel(wire, tls, where)


def _reason(exc: Exception) -> str:
    """One line: what the API server says, or the system."""
    with contextlib.suppress(ValueError, TypeError, KeyError):
        return str(json.loads(getattr(exc, "resp_body", None) or "")["message"])
    if status := getattr(exc, "status_code", None):
        return f"HTTP status {status}"
    reason = getattr(exc, "strerror", None) or str(exc) or type(exc).__name__
    return " ".join(str(reason).split())
