"""Charts: official folders from modules, packed reproducibly and pushed as OCI artifacts."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import yaml

from lab.builder.layers import Writer
from lab.builder.process import BuildError
from lab.builder.registry import Blob, Client, canonical, of_bytes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CONFIG = "application/vnd.cncf.helm.config.v1+json"
CONTENT = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"


def cert_manager(folder: Path, module: Path, version: str) -> None:
    """What upstream's release does: version, and the CRDs as a template behind a switch."""
    template = folder / "Chart.template.yaml"
    chart = yaml.safe_load(template.read_text())
    chart.update(version=f"v{version}", appVersion=f"v{version}")
    chart["annotations"]["artifacthub.io/prerelease"] = "false"
    (folder / "Chart.yaml").write_text(yaml.safe_dump(chart, sort_keys=False))
    for name in ("Chart.template.yaml", "README.template.md", "signkey_annotation.txt", ".gitignore"):
        (folder / name).unlink(missing_ok=True)
    documents = [path.read_text() for path in sorted((module / "deploy" / "crds").glob("crd-*.yaml"))]
    text = "---\n".join(documents)
    switch = "{{- if or .Values.installCRDs .Values.crds.enabled }}"
    (folder / "templates" / "crds.yaml").write_text(f"{switch}\n{text}\n{{{{- end }}}}\n")
    values = folder / "values.yaml"
    values.write_text(f"{values.read_text().rstrip()}\n\ncrds:\n  enabled: false\n  keep: true\n")


ADAPT: dict[str, Callable[[Path, Path, str], None]] = {"cert_manager": cert_manager}


def assemble(source: Path, module: Path, adapt: str, version: str, target: Path) -> None:
    """Copy the official folder and complete it."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    for path in (target, *target.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    if adapt:
        ADAPT[adapt](target, module, version)


def push(folder: Path, ref: str, work: Path, client: Client) -> tuple[str, int]:
    """Push a chart folder; returns digest and size."""
    meta = yaml.safe_load((folder / "Chart.yaml").read_text())
    tag = ref.rpartition(":")[2]
    if meta["version"] != tag:
        raise BuildError(f"the chart of {ref} has version {meta['version']}")
    writer = Writer(work)
    writer.copy(f"{meta['name']}/Chart.yaml", folder / "Chart.yaml", 0o644)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path != folder / "Chart.yaml":
            writer.copy(f"{meta['name']}/{path.relative_to(folder)}", path, 0o644)
    layer = writer.close()
    digest = client.push(ref, of_bytes(CONFIG, canonical(meta)), [Blob(CONTENT, layer.digest, layer.size, layer.path)])
    return digest, layer.size


def documents(sources: list[Path]) -> bytes:
    """Manifests as one file of several documents."""
    return b"---\n".join(path.read_bytes().removeprefix(b"---\n").rstrip() + b"\n" for path in sources)
