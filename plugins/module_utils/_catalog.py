# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The bill of materials with a site's pins and the mirror rule applied. Pure: no I/O but reading the catalog file.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import difflib
import typing as t
import urllib.parse

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import CatalogError

if t.TYPE_CHECKING:
    from collections.abc import Mapping


@dataclasses.dataclass(frozen=True)
class Site:
    """What a site says about the catalog: other versions, checksums of its artifacts, and its mirror.

    ``pins`` maps an entry to a version. ``checksums`` maps an artifact's upstream address (image reference, chart or
    file address) to ``sha256:<hex>``. ``mirror`` is ``host[:port]``, or empty for upstream. ``distribution`` and
    ``release`` name the node's operating system, for Debian package repositories that differ by it.
    """

    pins: Mapping[str, str] = dataclasses.field(default_factory=dict)
    checksums: Mapping[str, str] = dataclasses.field(default_factory=dict)
    mirror: str = ""
    distribution: str = "debian"
    release: str = "trixie"


def resolve(catalog: Mapping[str, t.Any], name: str, site: Site) -> dict[str, t.Any]:
    """One entry as a role uses it.

    Returns ``{name, version, images: {short: ref}, charts: {short: {ref, repo, version, sha256}},
    files: {short: {url, source, sha256}}, apt: {name, uri, key, suite, components}, packages: {deb: pattern}}``.
    Raises CatalogError for a name that the catalog does not know.
    """
    entry = _entry(catalog, name)
    version = str(site.pins.get(name, entry["version"]))
    words = {
        "version": version,
        "minor": ".".join(version.split(".")[:2]),
        "distribution": site.distribution,
        "release": site.release,
    }
    return {
        "name": name,
        "version": version,
        "kubernetes": list(entry.get("kubernetes", [])),
        "images": {short: ref.format(**words) for short, ref in entry.get("images", {}).items()},
        "charts": {short: _chart(chart, words, site) for short, chart in entry.get("charts", {}).items()},
        "files": {short: _file(url.format(**words), site) for short, url in entry.get("files", {}).items()},
        "apt": _apt(entry["apt"], words, site) if "apt" in entry else {},
        "packages": {deb: pattern.format(**words) for deb, pattern in entry.get("packages", {}).items()},
    }


def problems(catalog: Mapping[str, t.Any], pins: Mapping[str, str]) -> list[str]:
    """Why these pins cannot be used, one line each: unknown entries, and pairs that the catalog forbids."""
    found = []
    for name in pins:
        if name not in catalog:
            found.append(_unknown(catalog, name))
    kubernetes = str(pins.get("kubernetes", catalog["kubernetes"]["version"]))
    minor = ".".join(kubernetes.split(".")[:2])
    for name, entry in catalog.items():
        supported = entry.get("kubernetes", [])
        if supported and minor not in supported:
            found.append(
                f"catalog: {name} {pins.get(name, entry['version'])} supports Kubernetes {', '.join(supported)}, "
                f"not {kubernetes}: pin kubernetes to one of these minors with catalog_pins"
            )
    return found


def mirrored(address: str, mirror: str) -> str:
    """``<upstream host>/<path>`` as it is found under the mirror, without a scheme."""
    parts = urllib.parse.urlsplit(address)
    return f"{mirror}/{parts.netloc}{parts.path}"


def _entry(catalog: Mapping[str, t.Any], name: str) -> Mapping[str, t.Any]:
    if name not in catalog:
        raise CatalogError(_unknown(catalog, name))
    entry: Mapping[str, t.Any] = catalog[name]
    return entry


def _unknown(catalog: Mapping[str, t.Any], name: str) -> str:
    near = difflib.get_close_matches(name, catalog, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(catalog))}"
    return f"catalog: there is no component {name!r}: {hint}"


def _chart(chart: Mapping[str, str], words: Mapping[str, str], site: Site) -> dict[str, str]:
    repository, name, version = chart["repository"], chart["name"], chart["version"].format(**words)
    parts = urllib.parse.urlsplit(repository)
    source = f"{parts.netloc}{parts.path}/{name}:{version}"
    sha256 = site.checksums.get(source, "")
    if site.mirror:
        return {
            "ref": f"oci://{mirrored(repository, site.mirror)}/{name}",
            "repo": "",
            "version": version,
            "sha256": sha256,
        }
    if parts.scheme == "oci":
        return {"ref": f"{repository}/{name}", "repo": "", "version": version, "sha256": sha256}
    return {"ref": name, "repo": repository, "version": version, "sha256": sha256}


def _file(source: str, site: Site) -> dict[str, str]:
    parts = urllib.parse.urlsplit(source)
    url = f"https://{site.mirror}/files/{parts.netloc}{parts.path}" if site.mirror else source
    return {"url": url, "source": source, "sha256": site.checksums.get(source, "").removeprefix("sha256:")}


def _apt(apt: Mapping[str, t.Any], words: Mapping[str, str], site: Site) -> dict[str, t.Any]:
    if site.mirror:
        uri = f"https://{site.mirror}/deb/{apt['name']}"
        return {"name": apt["name"], "uri": f"{uri}/", "key": f"{uri}/Release.key", "suite": "/", "components": []}
    return {
        "name": apt["name"],
        "uri": apt["uri"].format(**words),
        "key": apt["key"].format(**words),
        "suite": apt["suite"].format(**words),
        "components": list(apt["components"]),
    }
