#!/usr/bin/python
# Copyright (c) 2026 baremetal.mlops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: model_promotion
short_description: Make a version of a model champion if it passes its gates, or roll back
version_added: 0.1.0
description:
  - Holds candidates against gates, and moves the alias of the champion to those that pass all of them. All models in
    one call.
  - The figure and the verdict of each gate are in the result, whether it passes or not. Check mode judges as well.
  - A gate whose figure is missing, is no number, or is infinite, does not pass.
  - The alias moves in one request, so that a reader finds the former champion or the new one, and never none.
  - Each decision is kept as a tag on the version that it is about, with the time, the user, the reason and the figures.
    The tag is written before the alias moves. A run that is stopped between the two leaves the former champion, and the
    next run decides anew.
  - A candidate that is champion already is left alone and is not judged again.
  - The module looks who is champion right before it moves the alias and right after. It fails for that model if this is
    no longer the version that the candidate was held against. MLflow cannot compare and write in one request. Of two
    runs within the same few milliseconds both may pass, and the last one has its way.
  - A model that is not listed is left alone.
author:
  - baremetal.mlops contributors (@baremetal-mlops)
extends_documentation_fragment:
  - baremetal.mlops._attributes
  - baremetal.mlops._mlflow
seealso:
  - module: baremetal.mlops.mlflow_registry
  - module: baremetal.mlops.model_promotion_info
options:
  fail_on_refusal:
    description:
      - Whether the module fails when a candidate does not pass. The other models are promoted all the same.
      - If V(false), a refused candidate is only told by RV(models[].refused) and RV(models[].reason).
    type: bool
    default: true
  models:
    description: The models. A name can be given once.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the registered model. It must exist.
        type: str
        required: true
      state:
        description:
          - With V(promoted), O(models[].candidate) becomes champion if it passes all O(models[].gates).
          - With V(rolled_back), O(models[].rollback_of) is champion no longer. Its place takes the champion before it.
            Gates are not asked.
        type: str
        choices: [promoted, rolled_back]
        default: promoted
      candidate:
        description: The version that is to become champion, by its alias or its number. A text of digits is a number.
        type: str
        default: challenger
      champion_alias:
        description: The alias of the champion. Each alias has an audit trail of its own.
        type: str
        default: champion
      reason:
        description: Why, for the audit trail. One line of at most 1000 characters.
        type: str
      allow_ungated:
        description: Whether a candidate may become champion without any gate. Otherwise an empty list is refused.
        type: bool
        default: false
      allow_rolled_back:
        description: Whether a candidate may become champion again that was rolled back before.
        type: bool
        default: false
      rollback_of:
        description:
          - The version to leave, required if O(models[].state=rolled_back).
          - Nothing is changed when it is not champion, so that a second run does not go back further.
        type: int
      to_version:
        description:
          - The version to go back to.
          - If not set, it is the one that was champion when O(models[].rollback_of) was promoted. The audit trail says.
        type: int
      figures:
        description:
          - Figures of the candidate that were measured elsewhere, by name. Gates with O(models[].gates[].source=given)
            use them.
        type: dict
      champion_figures:
        description: The same of the champion, for gates that compare the two.
        type: dict
      gates:
        description: What the candidate has to pass. All of them are judged, also after one has failed.
        type: list
        elements: dict
        suboptions:
          name:
            description: Name of the gate, one line of at most 100 characters. A name can be given once a model.
            type: str
            required: true
          kind:
            description:
              - V(threshold) holds O(models[].gates[].metric) against O(models[].gates[].min) and
                O(models[].gates[].max).
              - V(regression) holds O(models[].gates[].metric) against that of the champion. It passes if there is no
                champion yet.
              - V(data_quality) holds any number of figures against their bounds, such as the share of nulls, the number
                of rows, a drift score, or whether the schema fits.
              - V(latency) holds the 99th percentile against O(models[].gates[].max).
              - V(bias) compares a figure between groups.
              - An option that does not belong to the kind is refused.
            type: str
            choices: [threshold, regression, data_quality, latency, bias]
            required: true
          source:
            description:
              - Where the figures come from.
              - V(run) is the last value of a metric of the run that made the version.
              - V(tag) is a tag of the version.
              - V(given) is O(models[].figures), and for the champion O(models[].champion_figures).
              - The texts V(true) and V(false) count as 1 and 0.
            type: str
            choices: [run, tag, given]
            default: run
          metric:
            description:
              - Name of the figure, for V(threshold), V(regression) and V(latency).
              - For V(latency) it is the 99th percentile itself.
            type: str
          min:
            description: The least that the figure may be, for V(threshold).
            type: float
          max:
            description: The most that the figure may be, for V(threshold) and V(latency), in the figure's own unit.
            type: float
          better:
            description: Which figure is better, for V(regression).
            type: str
            choices: [higher, lower]
          max_drop:
            description:
              - By how much the candidate may be worse than the champion, for V(regression).
              - A negative number is by how much it must be better.
            type: float
          max_drop_ratio:
            description: The same in parts of the champion's figure, such as V(0.02). It fails if that figure is 0.
            type: float
          checks:
            description: Figures and their bounds, for V(data_quality).
            type: list
            elements: dict
            suboptions:
              metric:
                description: Name of the figure.
                type: str
                required: true
              min:
                description: The least that it may be. At least one of O(models[].gates[].checks[].min) and
                  O(models[].gates[].checks[].max) is needed.
                type: float
              max:
                description: The most that it may be.
                type: float
          samples:
            description:
              - Measured latencies, for V(latency).
              - The 99th percentile is the smallest sample that 99 of 100 samples do not exceed.
            type: list
            elements: float
          samples_metric:
            description: A metric of the run of which each value that was logged is a sample, for V(latency).
            type: str
          min_samples:
            description: With fewer samples V(latency) fails. 100 when not given.
            type: int
          prefix:
            description: Beginning of the names of the figures of all groups, such as V(recall.group.), for V(bias).
            type: str
          groups:
            description:
              - What follows the prefix, for V(bias). Each of these groups must be there, with enough support.
              - When not given, all groups that are there are compared.
            type: list
            elements: str
          support_prefix:
            description: Beginning of the names of the figures that say how many rows a group has, for V(bias).
            type: str
          min_support:
            description:
              - Rows below which a group is left out, for V(bias). It is named in the reason.
              - At least two groups must be left, or the gate fails.
            type: float
          max_difference:
            description: The largest difference between any two groups, for V(bias).
            type: float
          min_ratio:
            description:
              - The smallest that the lowest figure may be in parts of the highest, for V(bias).
              - V(0.8) is the four-fifths rule.
            type: float
notes:
  - The tags of the audit trail have the names C(promotion.<champion_alias>.<time in UTC>) and hold JSON of at most 5000
    characters. Limits of gates, and then gates, are left out to fit, and counted.
"""

EXAMPLES = r"""
- name: Promote the challenger if it is good enough
  baremetal.mlops.model_promotion:
    tracking_uri: https://mlflow.example.com
    username: "{{ mlflow_user }}"
    password: "{{ mlflow_password }}"
    models:
      - name: fraud
        reason: weekly training
        gates:
          - name: accuracy
            kind: threshold
            metric: val_accuracy
            min: 0.9
          - name: not worse
            kind: regression
            metric: val_auc
            better: higher
            max_drop: 0.005
          - name: data
            kind: data_quality
            checks:
              - {metric: data.null_fraction, max: 0.01}
              - {metric: data.rows, min: 100000}
              - {metric: data.drift, max: 0.2}
              - {metric: data.schema_match, min: 1}
          - name: p99
            kind: latency
            samples_metric: latency_seconds
            min_samples: 500
            max: 0.05
          - name: four fifths
            kind: bias
            prefix: selection_rate.group.
            support_prefix: rows.group.
            min_support: 200
            min_ratio: 0.8

- name: Promote version 7 by what was measured on the same data for both
  baremetal.mlops.model_promotion:
    tracking_uri: https://mlflow.example.com
    models:
      - name: fraud
        candidate: "7"
        figures: {auc: 0.93}
        champion_figures: {auc: 0.92}
        gates:
          - {name: better, kind: regression, source: given, metric: auc, better: higher, max_drop: 0}

- name: Leave version 7 for the champion before it
  baremetal.mlops.model_promotion:
    tracking_uri: https://mlflow.example.com
    models:
      - name: fraud
        state: rolled_back
        rollback_of: 7
        reason: wrong scores for new customers
"""

RETURN = r"""
models:
  description: The models in the order given. Also returned when a candidate is refused, and in check mode.
  returned: when the server could be read
  type: list
  elements: dict
  contains:
    name:
      description: Name of the model.
      type: str
    champion:
      description: The champion after the module ran, null if there is none.
      type: int
      sample: 7
    former_champion:
      description: The champion that this call replaced, null if it replaced none.
      type: int
      sample: 5
    candidate:
      description: The version that was to be promoted, null for a rollback.
      type: int
      sample: 7
    promoted:
      description: Whether this call promoted the candidate.
      type: bool
    rolled_back:
      description: Whether this call went back to another version.
      type: bool
    refused:
      description: Whether the candidate may not become champion.
      type: bool
    reason:
      description: Why, in one sentence.
      type: str
      sample: version 7 passes all gates (5)
    gates:
      description: The verdicts. Empty when nothing was to be judged.
      type: list
      elements: dict
      contains:
        name:
          description: Name of the gate.
          type: str
        kind:
          description: Kind of the gate.
          type: str
        source:
          description: Where the figures come from.
          type: str
        passed:
          description: The verdict.
          type: bool
        figure:
          description:
            - What was held against the limit, null if it is missing or is no finite number.
            - The figure itself for a threshold, the drop for a regression (absolute or relative, as its limit), the
              number of failed checks for data quality, the 99th percentile for latency, and for bias the largest
              difference, or the ratio if only that is limited.
          type: float
          sample: 0.93
        limits:
          description: The limits of the gate. For data quality those of each check, by metric.
          type: dict
          sample: {min: 0.9}
        figures:
          description: The figures that it comes from, by name.
          type: dict
          sample: {val_accuracy: 0.93}
        reason:
          description: Why, in one sentence.
          type: str
          sample: val_accuracy is 0.93, as needed
actions:
  description: What was done, or in check mode would be done, one line a write.
  returned: always
  type: list
  elements: str
  sample:
    - record the promotion of version 7 of model fraud
    - set alias champion of model fraud to version 7
failures:
  description: The models that are not as wanted, and why.
  returned: failure
  type: list
  elements: dict
  sample:
    - item: fraud
      msg: "fraud: version 7 fails 1 of 5 gates: accuracy: val_accuracy is 0.85, below 0.9"
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.baremetal.mlops.plugins.module_utils import _http, _reconcile
from ansible_collections.baremetal.mlops.plugins.module_utils._errors import PlatformError
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.client import MlflowClient
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.connection import OPTIONS, Connection
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.decisions import Wanted, refusals
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.promotion import Promotions

CHECK_OPTIONS = {
    "metric": {"type": "str", "required": True},
    "min": {"type": "float"},
    "max": {"type": "float"},
}
GATE_OPTIONS = {
    "name": {"type": "str", "required": True},
    "kind": {
        "type": "str",
        "required": True,
        "choices": ["threshold", "regression", "data_quality", "latency", "bias"],
    },
    "source": {"type": "str", "choices": ["run", "tag", "given"], "default": "run"},
    "metric": {"type": "str"},
    "min": {"type": "float"},
    "max": {"type": "float"},
    "better": {"type": "str", "choices": ["higher", "lower"]},
    "max_drop": {"type": "float"},
    "max_drop_ratio": {"type": "float"},
    "checks": {"type": "list", "elements": "dict", "options": CHECK_OPTIONS},
    "samples": {"type": "list", "elements": "float"},
    "samples_metric": {"type": "str"},
    "min_samples": {"type": "int"},
    "prefix": {"type": "str"},
    "groups": {"type": "list", "elements": "str"},
    "support_prefix": {"type": "str"},
    "min_support": {"type": "float"},
    "max_difference": {"type": "float"},
    "min_ratio": {"type": "float"},
}
MODEL_OPTIONS = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["promoted", "rolled_back"], "default": "promoted"},
    "candidate": {"type": "str", "default": "challenger"},
    "champion_alias": {"type": "str", "default": "champion"},
    "reason": {"type": "str"},
    "allow_ungated": {"type": "bool", "default": False},
    "allow_rolled_back": {"type": "bool", "default": False},
    "rollback_of": {"type": "int"},
    "to_version": {"type": "int"},
    "figures": {"type": "dict"},
    "champion_figures": {"type": "dict"},
    "gates": {"type": "list", "elements": "dict", "options": GATE_OPTIONS},
}


def main() -> t.NoReturn:
    module = AnsibleModule(
        argument_spec={
            **OPTIONS,
            "fail_on_refusal": {"type": "bool", "default": True},
            "models": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": MODEL_OPTIONS,
                "required_if": [("state", "rolled_back", ["rollback_of"])],
            },
        },
        supports_check_mode=True,
    )
    _http.hide_credentials(module, "tracking_uri")
    params = module.params
    wanted = [Wanted.from_options(model) for model in params["models"]]
    _reconcile.refuse_repeated(module, models=[model.name for model in wanted])
    _reconcile.refuse(module, [line for model in wanted for line in refusals(model)])
    try:
        connection = Connection.from_params(params)
        client = MlflowClient(connection)
    except PlatformError as exc:
        module.fail_json(msg=exc.msg, **exc.details)
    promotions = Promotions(client, wanted, connection.username, params["fail_on_refusal"])
    _reconcile.run(module, promotions.plan, lambda _plan: promotions.read())


if __name__ == "__main__":
    main()
