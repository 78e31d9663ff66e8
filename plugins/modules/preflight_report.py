#!/usr/bin/python
# Copyright (c) 2026 baremetal.mlops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: preflight_report
short_description: All problems of a site in one report
version_added: 0.1.0
description:
  - Compares what the hosts said with what the inventory wants, the catalog with itself and with the mirror.
  - Looks for the libraries of C(requirements.txt) and for helm on the controller.
  - Fails with one line for each problem. Changes nothing but the report.
author:
  - baremetal.mlops contributors (@baremetal-mlops)
requirements:
  - PyYAML
extends_documentation_fragment:
  - baremetal.mlops._attributes.reader
options:
  nodes:
    description: What M(baremetal.mlops.preflight_node) returned for each host; empty for one that was not reached.
    type: dict
    required: true
  site:
    description: What the inventory says.
    type: dict
    required: true
    suboptions:
      control_planes:
        description: Names of the control planes.
        type: list
        elements: str
        required: true
      addresses:
        description: Address of each host in the inventory.
        type: dict
        required: true
      pod_subnet:
        description: Network of pods.
        type: str
        required: true
      service_subnet:
        description: Network of services.
        type: str
        required: true
      endpoint:
        description: Host and port of the API.
        type: str
        required: true
      vip:
        description: Virtual address of the API. Empty for none.
        type: str
        default: ""
      min_cores:
        description: How many cores a host has at least.
        type: int
        default: 2
      min_memory_mb:
        description: How much memory a host has at least, in MiB.
        type: int
        default: 1700
      min_disk_mb:
        description: How much space is free at least, in MiB.
        type: int
        default: 10240
      max_clock_skew:
        description: By how many seconds clocks may differ.
        type: float
        default: 10
      cgroup_v1_allowed:
        description: Whether cgroup version 1 is accepted.
        type: bool
        default: false
      swap_handled:
        description: Whether swap is turned off later.
        type: bool
        default: true
  variables:
    description: Names of the inventory's variables for each host.
    type: dict
    default: {}
  values:
    description: Problems that were found in the values of variables, for each host.
    type: dict
    default: {}
  collection:
    description: Directory of the collection, with its roles and its catalog.
    type: path
    required: true
  pins:
    description: Other versions than the catalog's.
    type: dict
    default: {}
  checksums:
    description: Digests of artifacts.
    type: dict
    default: {}
  mirror:
    description: Host and port of the mirror. Empty for none.
    type: str
    default: ""
  ca:
    description: Certificates as PEM that the mirror's has to be signed by. Empty for the system's.
    type: str
    default: ""
  timeout:
    description: How long to wait for the mirror, in seconds.
    type: float
    default: 10
  report:
    description: Path of a file that gets the report as JSON. Empty for none.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Report
  baremetal.mlops.preflight_report:
    nodes:
      node1: "{{ hostvars.node1.facts_of_preflight.node }}"
    site:
      control_planes: [node1]
      addresses: {node1: 192.0.2.11}
      pod_subnet: 10.244.0.0/16
      service_subnet: 10.96.0.0/16
      endpoint: 192.0.2.11:6443
    collection: "{{ playbook_dir | dirname }}"
"""

RETURN = r"""
problems:
  description: The problems, each with the host, the check, what is wrong and what to do.
  returned: always
  type: list
  elements: dict
"""

import dataclasses
import json
import pathlib
import time
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.baremetal.mlops.plugins.module_utils import _catalog
from ansible_collections.baremetal.mlops.plugins.module_utils._preflight import controller, mirror, model

try:
    import yaml
except ImportError:  # pragma: no cover
    yaml = None  # type: ignore[assignment]

COLLECTION_WIDE = ("platform", "catalog")


def known_options(collection: pathlib.Path) -> tuple[set[str], set[str]]:
    """The names of all roles' options, and of the roles."""
    names: set[str] = set()
    roles: set[str] = set()
    for path in collection.glob("roles/*/meta/argument_specs.yml"):
        roles.add(path.parents[1].name)
        for spec in yaml.safe_load(path.read_text())["argument_specs"].values():
            names.update(spec.get("options", {}))
    return names, roles


def find(params: t.Mapping[str, t.Any]) -> list[model.Problem]:
    collection = pathlib.Path(params["collection"])
    catalog = yaml.safe_load((collection / "catalog/components.yml").read_text())
    names, roles = known_options(collection)
    site = model.Site(**params["site"], mirror=params["mirror"], now=time.time())
    found = model.unknown_variables(params["variables"], names, [*roles, *COLLECTION_WIDE])
    found += model.wrong_values(params["values"])
    libraries = controller.libraries((collection / "requirements.txt").read_text())
    found += controller.problems(controller.installed(libraries), controller.programs())
    found += model.problems({host: node or None for host, node in params["nodes"].items()}, site)
    versions = _catalog.problems(catalog, params["pins"])
    found += [model.Problem("site", "catalog", *line.removeprefix("catalog: ").rsplit(": ", 1)) for line in versions]
    if params["mirror"] and not versions:
        source = _catalog.Site(pins=params["pins"], checksums=params["checksums"], mirror=params["mirror"])
        found += mirror.check(source, params["ca"], catalog, params["timeout"])
    return found


def main() -> t.NoReturn:
    site = {
        "control_planes": {"type": "list", "elements": "str", "required": True},
        "addresses": {"type": "dict", "required": True},
        "pod_subnet": {"type": "str", "required": True},
        "service_subnet": {"type": "str", "required": True},
        "endpoint": {"type": "str", "required": True},
        "vip": {"type": "str", "default": ""},
        "min_cores": {"type": "int", "default": 2},
        "min_memory_mb": {"type": "int", "default": 1700},
        "min_disk_mb": {"type": "int", "default": 10240},
        "max_clock_skew": {"type": "float", "default": 10},
        "cgroup_v1_allowed": {"type": "bool", "default": False},
        "swap_handled": {"type": "bool", "default": True},
    }
    module = AnsibleModule(
        argument_spec={
            "nodes": {"type": "dict", "required": True},
            "site": {"type": "dict", "required": True, "options": site},
            "variables": {"type": "dict", "default": {}},
            "values": {"type": "dict", "default": {}},
            "collection": {"type": "path", "required": True},
            "pins": {"type": "dict", "default": {}},
            "checksums": {"type": "dict", "default": {}},
            "mirror": {"type": "str", "default": ""},
            "ca": {"type": "str", "default": ""},
            "timeout": {"type": "float", "default": 10},
            "report": {"type": "str", "default": ""},
        },
        supports_check_mode=True,
    )
    if yaml is None:
        module.fail_json(msg="the Python library PyYAML is missing: install it for the controller's Python")
    params = module.params
    found = find(params)
    result: dict[str, t.Any] = {"problems": [dataclasses.asdict(problem) for problem in found]}
    if params["report"]:
        path = pathlib.Path(params["report"])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"ok": not found, **result, "nodes": params["nodes"]}, indent=2) + "\n")
    if found:
        lines = "".join(f"\n  {problem}" for problem in found)
        count = "1 problem" if len(found) == 1 else f"{len(found)} problems"
        module.fail_json(msg=f"preflight found {count}, nothing was changed:{lines}", **result)
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
