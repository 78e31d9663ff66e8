"""Images: layers and configuration from a recipe."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from lab.builder.debian import NOT_IN_LAYER
from lab.builder.fill import fill
from lab.builder.layers import Layer, Writer
from lab.builder.registry import Client, canonical, of_bytes, of_layer
from lab.builder.takes import Parts, into_layer

if TYPE_CHECKING:
    from pathlib import Path

    from lab.builder.model import Image

CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"
PASSWD = """\
root:x:0:0:root:/root:/sbin/nologin
nobody:x:65534:65534:nobody:/:/sbin/nologin
nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin
"""
GROUP = "root:x:0:\nnobody:x:65534:\nnonroot:x:65532:\n"
EPOCH = "1970-01-01T00:00:00Z"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def scaffold(path: Path, certificates: Path | None) -> Layer:
    """What every image without a distribution stands on: users, /tmp, certificates."""
    writer = Writer(path)
    writer.data("etc/passwd", PASSWD.encode())
    writer.data("etc/group", GROUP.encode())
    writer.folder("tmp", 0o1777)
    writer.folder("home/nonroot", 0o700, 65532)
    if certificates is not None:
        writer.data(CERTIFICATES, (certificates / CERTIFICATES).read_bytes())
    return writer.close()


def rootfs_layer(folder: Path, path: Path) -> Layer:
    """The layer of one root file system, made once."""
    record = path.with_suffix(".json")
    if path.exists() and record.exists():
        values = json.loads(record.read_text())
        return Layer(path, values["digest"], values["diff_id"], values["size"])
    writer = Writer(path)
    writer.raw(folder, NOT_IN_LAYER)
    layer = writer.close()
    record.write_text(json.dumps({**asdict(layer), "path": path.name}))
    return layer


def own_layer(image: Image, parts: Parts, path: Path) -> Layer:
    """The layer of an image's own files."""
    writer = Writer(path)
    for take in image.takes:
        into_layer(take, parts, writer)
    return writer.close()


def config(image: Image, values: dict[str, str], layers: list[Layer]) -> dict[str, Any]:
    """The image's configuration."""
    env = {"PATH": PATH, **{key: fill(value, values) for key, value in image.env}}
    inner: dict[str, Any] = {"Env": [f"{key}={value}" for key, value in env.items()], "WorkingDir": image.workdir}
    for name, value in (("User", image.user), ("Entrypoint", list(image.entrypoint)), ("Cmd", list(image.cmd))):
        if value:
            inner[name] = value
    return {
        "architecture": "amd64",
        "os": "linux",
        "created": EPOCH,
        "config": inner,
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]},
        "history": [{"created": EPOCH, "created_by": "lab.builder"} for _unused in layers],
    }


def push(image: Image, ref: str, values: dict[str, str], layers: list[Layer], client: Client) -> tuple[str, int]:
    """Push one image; returns digest and compressed size."""
    media = "application/vnd.oci.image.config.v1+json"
    blob = of_bytes(media, canonical(config(image, values, layers)))
    digest = client.push(ref, blob, [of_layer(layer) for layer in layers])
    return digest, sum(layer.size for layer in layers)
