# Copyright (c) 2026 baremetal.mlops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: catalog
short_description: One entry of the collection's bill of materials
version_added: 0.1.0
description:
  - Returns a component's version, images, charts, files and packages as a role uses them.
  - The site's pins and its mirror are applied, so that nothing else has to know about either.
author:
  - baremetal.mlops contributors (@baremetal-mlops)
options:
  _terms:
    description: Names of catalog entries, such as V(cilium).
    required: true
  catalog_pins:
    description: Other versions than the catalog's, by name of the entry.
    type: dict
    default: {}
    vars:
      - name: catalog_pins
  catalog_checksums:
    description: Checksums of artifacts, by upstream address, each V(sha256:) and 64 hexadecimal digits.
    type: dict
    default: {}
    vars:
      - name: catalog_checksums
  platform_mirror:
    description: Host and port of the mirror that artifacts come from. Empty for their upstream addresses.
    type: str
    default: ""
    vars:
      - name: platform_mirror
"""

EXAMPLES = r"""
- name: Show the version of Cilium
  ansible.builtin.debug:
    msg: "{{ lookup('baremetal.mlops.catalog', 'cilium').version }}"
"""

RETURN = r"""
_raw:
  description:
    - A dictionary for each entry, with the keys C(name), C(version), C(kubernetes) (supported minors), C(images)
      (short name to reference), C(charts) (short name to C(ref), C(repo), C(version), C(sha256)), C(files) (short name
      to C(url), C(source), C(sha256)), C(apt) (C(name), C(uri), C(key), C(suite), C(components)) and C(packages)
      (Debian package to version pattern).
  type: list
  elements: dict
"""

import pathlib
import typing as t

import yaml
from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ansible_collections.baremetal.mlops.plugins.module_utils import _catalog
from ansible_collections.baremetal.mlops.plugins.module_utils._errors import CatalogError

SITE = ("catalog_pins", "catalog_checksums", "platform_mirror")
CATALOG = pathlib.Path(__file__).parents[2] / "catalog" / "components.yml"


class LookupModule(LookupBase):
    def run(
        self, terms: list[str], variables: dict[str, t.Any] | None = None, **kwargs: t.Any
    ) -> list[dict[str, t.Any]]:
        variables = variables or {}
        self.set_options(var_options={**variables, **self._templated(variables)}, direct=kwargs)
        facts = variables.get("ansible_facts") or {}
        site = _catalog.Site(
            pins=self.get_option("catalog_pins"),
            checksums=self.get_option("catalog_checksums"),
            mirror=self.get_option("platform_mirror"),
            distribution=str(facts.get("distribution", "Debian")).lower(),
            release=str(facts.get("distribution_release", "trixie")),
        )
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        catalog = yaml.load(CATALOG.read_text(), Loader=loader)
        try:
            return [_catalog.resolve(catalog, term, site) for term in terms]
        except CatalogError as exc:
            raise AnsibleLookupError(exc.msg) from exc

    def _templated(self, variables: dict[str, t.Any]) -> dict[str, t.Any]:
        """What a site says about the catalog: a lookup is given variables as they were written."""
        if not self._templar:
            return {}
        return {name: self._templar.template(variables[name]) for name in SITE if name in variables}
