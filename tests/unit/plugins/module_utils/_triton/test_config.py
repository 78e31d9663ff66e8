# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Configurations: their text, what is refused, and which versions they serve."""

from __future__ import annotations

import ast
import re
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.baremetal.mlops.plugins.module_utils._triton import config, pbtxt, schema

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.sampled_from(list(schema.CONFIG.fields)), inner)
    ),
)
EVERYTHING = {
    "name": "one",
    "backend": "python",
    "version_policy": {"specific": {"versions": [1, 3]}},
    "max_batch_size": 8,
    "input": [
        {"name": "x", "data_type": "TYPE_FP32", "dims": [-1, 2], "reshape": {"shape": [2, -1]}, "optional": True}
    ],
    "output": [{"name": "y", "data_type": "TYPE_STRING", "dims": [1]}],
    "optimization": {"cuda": {"graph_spec": [{"batch_size": 1, "input": {"x": {"dim": [1, 2]}}}]}},
    "dynamic_batching": {
        "preferred_batch_size": [4, 8],
        "priority_queue_policy": {1: {"timeout_action": "DELAY"}, 2: {}},
    },
    "instance_group": [{"kind": "KIND_CPU", "count": 2}, {"kind": "KIND_GPU", "gpus": [0]}],
    "parameters": {"b": {"string_value": 'say "\\no\\"'}, "a": {"string_value": "1"}},
    "model_warmup": [{"name": "w", "inputs": {"x": {"zero_data": True}}}],
    "response_cache": {},
}
TEXT = """\
name: "one"
backend: "python"
version_policy {
  specific {
    versions: [1, 3]
  }
}
max_batch_size: 8
input {
  name: "x"
  data_type: TYPE_FP32
  dims: [-1, 2]
  reshape {
    shape: [2, -1]
  }
  optional: true
}
output {
  name: "y"
  data_type: TYPE_STRING
  dims: [1]
}
optimization {
  cuda {
    graph_spec {
      batch_size: 1
      input {
        key: "x"
        value {
          dim: [1, 2]
        }
      }
    }
  }
}
dynamic_batching {
  preferred_batch_size: [4, 8]
  priority_queue_policy {
    key: 1
    value {
      timeout_action: DELAY
    }
  }
  priority_queue_policy {
    key: 2
    value {
    }
  }
}
instance_group {
  kind: KIND_CPU
  count: 2
}
instance_group {
  kind: KIND_GPU
  gpus: [0]
}
parameters {
  key: "a"
  value {
    string_value: "1"
  }
}
parameters {
  key: "b"
  value {
    string_value: "say \\"\\\\no\\\\\\""
  }
}
model_warmup {
  name: "w"
  inputs {
    key: "x"
    value {
      zero_data: true
    }
  }
}
response_cache {
}
"""


def test_the_text_of_everything() -> None:
    assert list(config.problems("one", EVERYTHING)) == []
    assert pbtxt.text(EVERYTHING) == TEXT


@given(TEXTS)
def test_any_text_comes_back_out_of_its_quotes(value: str) -> None:
    line = pbtxt.text({"backend": value})
    quoted = line.removeprefix("backend: ").removesuffix("\n")
    assert quoted.isascii()
    assert "\n" not in quoted
    assert ast.literal_eval(f"b{quoted}").decode() == value


@given(VALUES)
def test_any_value_is_refused_in_lines_or_can_be_written(value: t.Any) -> None:
    found = list(config.problems("one", value))
    assert all("\n" not in line for line in found)
    if not found:
        assert config.text("one", value).startswith('name: "one"\n')


def test_a_text_tells_its_digest_and_changes_with_what_it_says() -> None:
    texts = [config.text("one", {"backend": "python"}), config.text("one", {"backend": "python"}, "program")]
    texts.append(config.text("one", {"backend": "onnxruntime"}))
    digests = [config.digest_of(text) for text in texts]
    assert all(re.fullmatch("[0-9a-f]{32}", digest) for digest in digests)
    assert len(set(digests)) == 3
    assert config.digest_of(pbtxt.text({"backend": "python"})) == ""


def test_the_digest_is_the_modules() -> None:
    given = {"backend": "x", "parameters": {config.DIGEST: {"string_value": "y"}}}
    assert list(config.problems("one", given)) == [f"config.parameters: {config.DIGEST} is set by the module"]


@pytest.mark.parametrize(
    ("policy", "found"),
    [
        ({}, [10]),
        ({"latest": {"num_versions": 2}}, [9, 10]),
        ({"latest": {}}, [10]),
        ({"all": {}}, [1, 9, 10]),
        ({"specific": {"versions": [9, 1, 4]}}, [1, 9]),
    ],
)
def test_the_versions_that_a_policy_serves(policy: dict[str, t.Any], found: list[int]) -> None:
    assert config.served({"version_policy": policy}, [9, 10, 1]) == found
    assert config.served({"version_policy": policy}, []) == []


TENSOR = {"name": "x", "data_type": "TYPE_FP32", "dims": [1]}
STEP = {"model_name": "a", "input_map": {"in": "x"}, "output_map": {"out": "y"}}


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ([STEP], []),
        ([STEP, {**STEP, "input_map": {"in": "y"}, "output_map": {"out": "z"}}], []),
        ([{**STEP, "output_map": {"out": "z"}}], ["config.output: no step gives the tensor 'y'"]),
        ([STEP, STEP], ["config.ensemble_scheduling.step[1].output_map: the tensor 'y' is there already"]),
        (
            [{**STEP, "input_map": {"in": "y"}, "output_map": {"out": "y"}}],
            ["config.input 'x': no step takes it"],
        ),
        ([{"output_map": {"o": "y"}}], None),
        ([], None),
    ],
)
def test_tensors_of_an_ensemble_come_from_somewhere(steps: list[dict[str, t.Any]], found: list[str] | None) -> None:
    given = {"input": [TENSOR], "output": [{**TENSOR, "name": "y"}], "ensemble_scheduling": {"step": steps}}
    said = list(config.problems("all", given))
    assert said == found if found is not None else said


def test_every_value_of_the_schema_is_of_a_kind_that_is_known() -> None:
    """A slip in the table would refuse what Triton takes."""

    def kinds(kind: schema.Kind) -> t.Iterator[schema.Kind]:
        if isinstance(kind, schema.Message):
            assert all(name in kind.fields for group in kind.one_of for name in group)
            for inner in kind.fields.values():
                yield from kinds(inner)
        elif isinstance(kind, (schema.Many, schema.Map)):
            yield from kinds(kind.kind)
        elif not isinstance(kind, schema.Enum):
            yield kind

    assert set(kinds(schema.CONFIG)) == {"bool", "string", "float", "double", *schema.RANGES}
