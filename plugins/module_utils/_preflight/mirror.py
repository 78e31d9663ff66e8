# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Whether a mirror holds what the catalog names, and unchanged.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import fnmatch
import hashlib
import ssl
import typing as t
import urllib.error
import urllib.request

from ansible_collections.baremetal.mlops.plugins.module_utils import _catalog
from ansible_collections.baremetal.mlops.plugins.module_utils._preflight.host import reach
from ansible_collections.baremetal.mlops.plugins.module_utils._preflight.model import Problem

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

MANIFESTS = ", ".join(
    f"application/vnd.{kind}"
    for kind in (
        "oci.image.index.v1+json",
        "oci.image.manifest.v1+json",
        "docker.distribution.manifest.list.v2+json",
        "docker.distribution.manifest.v2+json",
    )
)
FIX = "fill the mirror again, or correct catalog_checksums"
FILL = "fill the mirror, or pin another version with catalog_pins"


@dataclasses.dataclass(frozen=True)
class Artifact:
    """Something the catalog names: its upstream address, where the mirror has it, and the digest it shall have."""

    kind: str
    name: str
    url: str
    checksum: str = ""
    packages: tuple[tuple[str, str], ...] = ()


def artifacts(catalog: Mapping[str, t.Any], site: _catalog.Site) -> list[Artifact]:
    found: list[Artifact] = []
    root = f"https://{site.mirror}"
    for entry, said in catalog.items():
        if said.get("optional"):
            continue
        parts = _catalog.resolve(catalog, entry, site)
        for ref in parts["images"].values():
            found.append(Artifact("image", ref, _manifest(root, ref), site.checksums.get(ref, "")))
        for chart in parts["charts"].values():
            tag = chart["version"].replace("+", "_")
            path = chart["ref"].removeprefix(f"oci://{site.mirror}/")
            found.append(Artifact("chart", f"{path}:{tag}", _manifest(root, f"{path}:{tag}"), chart["sha256"]))
        for file in parts["files"].values():
            found.append(Artifact("file", file["source"], file["url"], file["sha256"]))
        if apt := parts["apt"]:
            packages = tuple(parts["packages"].items())
            found.append(Artifact("packages", f"deb/{apt['name']}", f"{apt['uri']}Packages", packages=packages))
    return found


def check(site: _catalog.Site, ca: str, catalog: Mapping[str, t.Any], timeout: float) -> list[Problem]:
    """What the mirror lacks or has changed. A mirror that cannot be reached is one problem, not one an artifact."""
    context = ssl.create_default_context(cadata=ca or None)
    answer = reach(site.mirror, context, timeout)
    if answer["kind"]:
        what = f"{site.mirror} cannot be used from the controller ({answer['reason']})"
        fix = "give the CA that signed it as platform_mirror_ca" if answer["kind"] == "certificate" else "start it"
        return [Problem("mirror", "reach", what, fix)]

    def ask(artifact: Artifact) -> Iterable[Problem]:
        return judge(artifact, site.checksums, lambda request: _open(request, context, timeout))

    with concurrent.futures.ThreadPoolExecutor(max_workers=8) as pool:
        return [problem for found in pool.map(ask, artifacts(catalog, site)) for problem in found]


def judge(
    artifact: Artifact,
    checksums: Mapping[str, str],
    fetch: Callable[[urllib.request.Request], tuple[Mapping[str, str], bytes]],
) -> list[Problem]:
    """Ask for one artifact, and compare what comes with its checksum."""
    manifest = artifact.kind in ("image", "chart")
    method = "HEAD" if manifest or (artifact.kind == "file" and not artifact.checksum) else "GET"
    request = urllib.request.Request(artifact.url, method=method, headers={"Accept": MANIFESTS} if manifest else {})
    try:
        headers, body = fetch(request)
    except urllib.error.HTTPError as exc:
        what = f"lacks {artifact.kind} {artifact.name} (status {exc.code})"
        return [Problem("mirror", "content", what, FILL)]
    except OSError as exc:
        return [Problem("mirror", "content", f"does not give {artifact.kind} {artifact.name} ({exc})", "try again")]
    if artifact.kind == "packages":
        return _packages(artifact, body.decode(), checksums)
    actual = headers.get("Docker-Content-Digest", "") if manifest else f"sha256:{hashlib.sha256(body).hexdigest()}"
    wanted = artifact.checksum and f"sha256:{artifact.checksum.removeprefix('sha256:')}"
    if wanted and actual != wanted:
        what = f"{artifact.kind} {artifact.name} has digest {actual}, expected {wanted}"
        return [Problem("mirror", "checksum", what, FIX)]
    return []


def _packages(artifact: Artifact, index: str, checksums: Mapping[str, str]) -> list[Problem]:
    stanzas = [
        dict(line.split(": ", 1) for line in stanza.splitlines() if ": " in line and not line.startswith(" "))
        for stanza in index.split("\n\n")
    ]
    found = []
    for name, pattern in artifact.packages:
        right = [
            stanza
            for stanza in stanzas
            if stanza.get("Package") == name and fnmatch.fnmatch(stanza.get("Version", ""), pattern)
        ]
        if not right:
            what = f"lacks package {name} in version {pattern} in {artifact.name}"
            found.append(Problem("mirror", "content", what, FILL))
        for stanza in right:
            key = f"{artifact.name}/{stanza['Filename'].rsplit('/', 1)[-1]}"
            wanted, actual = checksums.get(key, ""), f"sha256:{stanza.get('SHA256', '')}"
            if wanted and wanted != actual:
                what = f"package {key} has digest {actual}, expected {wanted}"
                found.append(Problem("mirror", "checksum", what, FIX))
    return found


def _manifest(root: str, ref: str) -> str:
    repository, _unused, tag = ref.rpartition(":")
    return f"{root}/v2/{repository}/manifests/{tag}"


def _open(request: urllib.request.Request, context: ssl.SSLContext, timeout: float) -> tuple[Mapping[str, str], bytes]:
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context))
    with opener.open(request, timeout=timeout) as response:
        return response.headers, response.read()
