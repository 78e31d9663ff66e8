#!/usr/bin/python
# Copyright (c) 2026 baremetal.mlops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mlflow_registry
short_description: Keep experiments and registered models of MLflow
version_added: 0.1.0
description:
  - Keeps experiments, registered models, aliases and versions, all in one call.
  - Any number of models is read by one request for each thousand of them, and only what differs is written.
  - Experiments and models that are not listed are left alone.
  - An item, or a field of one, that cannot be made as wanted fails with a line that says why. The others go on. When a
    write of a model is refused, what was still to be written of that model is left out.
  - What aliases may name is made ready first, then aliases move, then versions are archived and deleted. An alias moves
    in one request, so that whoever reads it gets the old version or the new one, and never none.
  - Names and texts that MLflow or the database behind it does not keep are refused before the server is asked.
author:
  - baremetal.mlops contributors (@baremetal-mlops)
extends_documentation_fragment:
  - baremetal.mlops._attributes
  - baremetal.mlops._mlflow
options:
  experiments:
    description: The experiments. None of them is read or written when the list is empty.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the experiment, 1 to 256 characters in one line.
        type: str
        required: true
      state:
        description:
          - V(present) makes the experiment, and restores it with its runs if it is archived.
          - V(archived) puts it with its runs into MLflow's stage C(deleted), from which it can be restored. It is not
            made for that.
          - V(absent) means the same as V(archived), because MLflow's API destroys no experiment. Its command C(mlflow
            gc) does, on the server.
        type: str
        choices: [present, archived, absent]
        default: present
      artifact_location:
        description:
          - Where the experiment keeps its artifacts, such as V(s3://bucket/path), at most 256 characters. The server
            chooses when it is not given.
          - It cannot be changed. An experiment that has another one fails with a line that names it.
        type: str
      tags:
        description:
          - Tags, merged into those that the experiment has. They are left as they are when not given.
          - Keys have 1 to 250 letters, digits, spaces and any of C(_-.:/). Values are texts of at most 20000
            characters; numbers and truth values are written as in YAML. A tag whose value is null is removed.
          - Tags of an archived experiment can be changed by restoring it only.
        type: dict
      purge_tags:
        description:
          - Whether to remove tags that are not in O(experiments[].tags), if that is given.
          - Tags whose keys begin with C(mlflow.) or C(promotion.) stay all the same, because MLflow and
            M(baremetal.mlops.model_promotion) keep records there.
        type: bool
        default: false
  models:
    description: The registered models. None of them is read or written when the list is empty.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the model, 1 to 256 characters in one line without C(/) and C(:).
        type: str
        required: true
      state:
        description:
          - Whether the model exists. Nothing is read or written of the versions of one that is to be V(absent).
          - A model that has versions is deleted only with O(models[].force_delete), because they are destroyed with it.
        type: str
        choices: [present, absent]
        default: present
      description:
        description: Description, at most 5000 characters. Left as it is when not given.
        type: str
      tags:
        description:
          - Tags, merged into those that the model has. They are left as they are when not given.
          - As O(experiments[].tags), but values have at most 5000 characters.
        type: dict
      purge_tags:
        description:
          - Whether to remove tags that are not in O(models[].tags), if that is given.
          - Tags whose keys begin with C(mlflow.) or C(promotion.) stay all the same.
        type: bool
        default: false
      aliases:
        description:
          - Numbers of versions by alias, merged into the aliases that the model has. They are left as they are when not
            given. An alias of null is removed.
          - An alias has 1 to 255 letters, digits, C(_) and C(-). MLflow keeps C(latest) and C(v1), C(v2) and so on to
            itself.
          - An alias that is to move to a version that does not exist or is archived stays where it is and fails.
        type: dict
      purge_aliases:
        description: Whether to remove aliases that are not in O(models[].aliases), if that is given.
        type: bool
        default: false
      versions:
        description:
          - Versions of the model. Those that are not listed are left alone.
          - Versions come from training. One that does not exist fails.
        type: list
        elements: dict
        suboptions:
          version:
            description: Number of the version.
            type: int
            required: true
          state:
            description:
              - V(present) restores the version if it is archived. Other stages of MLflow are left as they are.
              - V(archived) puts it into MLflow's stage C(Archived), which a version keeps besides its aliases and
                tags. MLflow's own client calls stages deprecated; its server and user interface still have them.
              - V(absent) deletes it, which cannot be undone, and only with O(models[].versions[].force_delete).
              - A version that an alias names is neither archived nor deleted. Give the alias another version, or null,
                in O(models[].aliases) of the same call or before.
            type: str
            choices: [present, archived, absent]
            default: present
          description:
            description: Description, at most 5000 characters. Left as it is when not given.
            type: str
          tags:
            description:
              - Tags, merged into those that the version has. They are left as they are when not given.
              - As O(experiments[].tags), but values have at most 100000 characters.
            type: dict
          purge_tags:
            description:
              - Whether to remove tags that are not in O(models[].versions[].tags), if that is given.
              - Tags whose keys begin with C(mlflow.) or C(promotion.) stay all the same.
            type: bool
            default: false
          force_delete:
            description: Consent to delete the version.
            type: bool
            default: false
      force_delete:
        description: Consent to delete the model together with all its versions.
        type: bool
        default: false
seealso:
  - module: baremetal.mlops.mlflow_registry_info
"""

EXAMPLES = r"""
- name: Keep the registry
  baremetal.mlops.mlflow_registry:
    tracking_uri: https://mlflow.example.com
    username: admin
    password: "{{ mlflow_admin_password }}"
    ca_path: /etc/ssl/certs/site-ca.pem
    experiments:
      - name: fraud
        artifact_location: s3://mlflow/fraud
        tags: {team: risk}
      - name: scratch
        state: archived
    models:
      - name: fraud
        description: Tells fraudulent payments from others
        tags: {team: risk}

- name: Move the champion, and archive the version that was
  baremetal.mlops.mlflow_registry:
    tracking_uri: https://mlflow.example.com
    token: "{{ mlflow_token }}"
    models:
      - name: fraud
        aliases: {champion: 4, challenger: null}
        versions:
          - version: 4
            description: Trained with the payments of the second quarter
          - version: 3
            state: archived

- name: Delete a model with its versions
  baremetal.mlops.mlflow_registry:
    tracking_uri: https://mlflow.example.com
    models:
      - name: fraud-2019
        state: absent
        force_delete: true
"""

RETURN = r"""
experiments:
  description:
    - The listed experiments that exist after the module ran, by name, with state and tags.
    - C(artifact_location) is told where the item names it.
  returned: success
  type: dict
  sample: {fraud: {state: present, artifact_location: "s3://mlflow/fraud", tags: {team: risk}}}
models:
  description:
    - The listed models that exist after the module ran, by name, with description, tags and aliases.
    - C(versions) holds those that the item names, by number.
  returned: success
  type: dict
  sample:
    fraud:
      description: Tells fraudulent payments from others
      tags: {team: risk}
      aliases: {champion: 4}
      versions: {"3": {state: archived, description: "", tags: {}}}
actions:
  description: What was done, or in check mode would be done, one line a write.
  returned: always
  type: list
  elements: str
  sample: [set alias champion of model fraud to version 4, archive version 3 of model fraud]
failures:
  description: What could not be made as wanted, and why.
  returned: failure
  type: list
  elements: dict
  sample: [{item: models.fraud.aliases.champion, msg: "alias champion of model fraud: there is no version 9"}]
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.baremetal.mlops.plugins.module_utils import _http, _reconcile
from ansible_collections.baremetal.mlops.plugins.module_utils._errors import PlatformError
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.client import MlflowClient
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.connection import OPTIONS, Connection
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.registry import Registry

TAGS: dict[str, t.Any] = {"tags": {"type": "dict"}, "purge_tags": {"type": "bool", "default": False}}
EXPERIMENT_OPTIONS: dict[str, t.Any] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "archived", "absent"], "default": "present"},
    "artifact_location": {"type": "str"},
    **TAGS,
}
VERSION_OPTIONS: dict[str, t.Any] = {
    "version": {"type": "int", "required": True},
    "state": {"type": "str", "choices": ["present", "archived", "absent"], "default": "present"},
    "description": {"type": "str"},
    **TAGS,
    "force_delete": {"type": "bool", "default": False},
}
MODEL_OPTIONS: dict[str, t.Any] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "description": {"type": "str"},
    **TAGS,
    "aliases": {"type": "dict"},
    "purge_aliases": {"type": "bool", "default": False},
    "versions": {"type": "list", "elements": "dict", "options": VERSION_OPTIONS},
    "force_delete": {"type": "bool", "default": False},
}


def main() -> t.NoReturn:
    module = AnsibleModule(
        argument_spec={
            **OPTIONS,
            "experiments": {"type": "list", "elements": "dict", "default": [], "options": EXPERIMENT_OPTIONS},
            "models": {"type": "list", "elements": "dict", "default": [], "options": MODEL_OPTIONS},
        },
        supports_check_mode=True,
    )
    _http.hide_credentials(module, "tracking_uri")
    registry = Registry(module.params)
    _reconcile.refuse(module, list(registry.problems()))
    _reconcile.refuse_repeated(module, **registry.repeatable())
    try:
        client = MlflowClient(Connection.from_params(module.params))
    except PlatformError as exc:
        module.fail_json(msg=exc.msg, **exc.details)
    _reconcile.run(module, lambda: registry.plan(client), lambda plan: registry.read(client, plan))


if __name__ == "__main__":
    main()
