"""The image registry: a temporary server over the mirror's storage, and pushes to it."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

from lab.builder.process import BuildError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lab.builder.layers import Layer

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
START_LIMIT = 20
CALL_LIMIT = 300


@dataclass(frozen=True)
class Blob:
    """One blob of a manifest: bytes at hand or a layer's file."""

    media: str
    digest: str
    size: int
    content: bytes | Path

    def descriptor(self) -> dict[str, Any]:
        """As named in a manifest."""
        return {"mediaType": self.media, "digest": self.digest, "size": self.size}


def of_bytes(media: str, content: bytes) -> Blob:
    """Blob of bytes."""
    return Blob(media, f"sha256:{hashlib.sha256(content).hexdigest()}", len(content), content)


def of_layer(layer: Layer) -> Blob:
    """Blob of a layer."""
    return Blob("application/vnd.oci.image.layer.v1.tar+gzip", layer.digest, layer.size, layer.path)


def canonical(value: Any) -> bytes:
    """JSON with one spelling."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def split(ref: str) -> tuple[str, str]:
    """Repository and tag of a reference that names its host: both as they stand in the mirror."""
    repository, _unused, tag = ref.rpartition(":")
    if not repository or "/" in tag:
        raise BuildError(f"{ref} has no tag")
    return repository, tag


class Client:
    """Pushes to a registry without authentication on this machine."""

    def __init__(self, port: int) -> None:
        self.port = port

    def call(self, method: str, path: str, body: bytes | IO[bytes] | None = None, **headers: str) -> dict[str, str]:
        """One request; returns the answer's headers with `status`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=CALL_LIMIT)
        try:
            connection.request(method, path, body, {key.replace("_", "-"): value for key, value in headers.items()})
            answer = connection.getresponse()
            answer.read()
            return {"status": str(answer.status), **{key.lower(): value for key, value in answer.getheaders()}}
        except OSError as error:
            raise BuildError(f"registry: {method} {path}: {error}") from error
        finally:
            connection.close()

    def upload(self, repository: str, blob: Blob) -> None:
        """Push one blob unless it is there."""
        if self.call("HEAD", f"/v2/{repository}/blobs/{blob.digest}")["status"] == "200":
            return
        place = urlsplit(self.call("POST", f"/v2/{repository}/blobs/uploads/")["location"])
        target = f"{place.path}?{place.query}{'&' if place.query else ''}digest={blob.digest}"
        headers = {"Content_Type": "application/octet-stream", "Content_Length": str(blob.size)}
        if isinstance(blob.content, bytes):
            answer = self.call("PUT", target, blob.content, **headers)
        else:
            with blob.content.open("rb") as stream:
                answer = self.call("PUT", target, stream, **headers)
        if answer["status"] != "201":
            raise BuildError(f"registry: blob {blob.digest} of {repository} was answered with {answer['status']}")

    def push(self, ref: str, config: Blob, layers: list[Blob]) -> str:
        """Push all blobs and the manifest; returns the manifest's digest."""
        repository, tag = split(ref)
        for blob in (config, *layers):
            self.upload(repository, blob)
        manifest = canonical(
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST,
                "config": config.descriptor(),
                "layers": [layer.descriptor() for layer in layers],
            }
        )
        answer = self.call("PUT", f"/v2/{repository}/manifests/{tag}", manifest, Content_Type=MANIFEST)
        if answer["status"] != "201":
            raise BuildError(f"registry: manifest of {ref} was answered with {answer['status']}")
        return f"sha256:{hashlib.sha256(manifest).hexdigest()}"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serve(storage: Path, log: Path) -> Iterator[Client]:
    """A registry over `storage` while the block runs."""
    port = free_port()
    storage.mkdir(parents=True, exist_ok=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    config = log.with_suffix(".yml")
    config.write_text(
        f"version: 0.1\nlog: {{level: warn}}\nstorage: {{filesystem: {{rootdirectory: {storage}}}}}\n"
        f"http: {{addr: '127.0.0.1:{port}'}}\n"
    )
    with log.open("a") as stream:
        env = {key: value for key, value in os.environ.items() if not key.startswith("REGISTRY_")}
        server = subprocess.Popen(["docker-registry", "serve", str(config)], stdout=stream, stderr=stream, env=env)
    try:
        client = Client(port)
        until = time.monotonic() + START_LIMIT
        while not answers(client):
            if time.monotonic() > until or server.poll() is not None:
                raise BuildError(f"docker-registry does not answer: see {log}")
            time.sleep(0.1)
        yield client
    finally:
        server.terminate()
        server.wait(START_LIMIT)


def answers(client: Client) -> bool:
    """Whether the server is up."""
    try:
        return client.call("GET", "/v2/")["status"] == "200"
    except BuildError:
        return False
