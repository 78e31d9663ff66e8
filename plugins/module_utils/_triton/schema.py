# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What a config.pbtxt may say: the fields of Triton's ModelConfig, and what values they take. No I/O.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import difflib
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Kind = t.Any
"""A scalar's name, an Enum, a Message, or Many or Map of one of them."""


@dataclasses.dataclass(frozen=True)
class Enum:
    names: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Message:
    """``one_of``: groups of fields of which only one may be given."""

    fields: Mapping[str, Kind]
    one_of: tuple[tuple[str, ...], ...] = ()


@dataclasses.dataclass(frozen=True)
class Many:
    kind: Kind


@dataclasses.dataclass(frozen=True)
class Map:
    kind: Kind
    key: str = "string"


RANGES = {
    "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint32": (0, 2**32 - 1),
    "uint64": (0, 2**64 - 1),
}
TYPES = (
    *("BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64"),
    *("FP16", "FP32", "FP64", "STRING", "BF16"),
)
DATA_TYPE = Enum(tuple(f"TYPE_{name}" for name in TYPES))
RESHAPE = Message({"shape": Many("int64")})
QUEUE_POLICY = Message(
    {
        "timeout_action": Enum(("REJECT", "DELAY")),
        "default_timeout_microseconds": "uint64",
        "allow_timeout_override": "bool",
        "max_queue_size": "uint32",
    }
)
NAMED_PARAMETERS = Message({"name": "string", "parameters": Map("string")})
GRAPH_SHAPES = Map(Message({"dim": Many("int64")}))
PINNED = Message({"enable": "bool"})
RATE_LIMITER = Message(
    {"resources": Many(Message({"name": "string", "global": "bool", "count": "uint32"})), "priority": "uint32"}
)
INPUT = Message(
    {
        "name": "string",
        "data_type": DATA_TYPE,
        "format": Enum(("FORMAT_NONE", "FORMAT_NHWC", "FORMAT_NCHW")),
        "dims": Many("int64"),
        "reshape": RESHAPE,
        "is_shape_tensor": "bool",
        "allow_ragged_batch": "bool",
        "optional": "bool",
        "is_non_linear_format_io": "bool",
    }
)
OUTPUT = Message(
    {
        "name": "string",
        "data_type": DATA_TYPE,
        "dims": Many("int64"),
        "reshape": RESHAPE,
        "label_filename": "string",
        "is_shape_tensor": "bool",
        "is_non_linear_format_io": "bool",
    }
)
BATCH_INPUT = Message(
    {
        "kind": Enum(
            (
                "BATCH_ELEMENT_COUNT",
                "BATCH_ACCUMULATED_ELEMENT_COUNT",
                "BATCH_ACCUMULATED_ELEMENT_COUNT_WITH_ZERO",
                "BATCH_MAX_ELEMENT_COUNT_AS_SHAPE",
                "BATCH_ITEM_SHAPE",
                "BATCH_ITEM_SHAPE_FLATTEN",
            )
        ),
        "target_name": Many("string"),
        "data_type": DATA_TYPE,
        "source_input": Many("string"),
    }
)
BATCH_OUTPUT = Message(
    {
        "target_name": Many("string"),
        "kind": Enum(("BATCH_SCATTER_WITH_INPUT_SHAPE",)),
        "source_input": Many("string"),
    }
)
VERSION_POLICY = Message(
    {
        "latest": Message({"num_versions": "uint32"}),
        "all": Message({}),
        "specific": Message({"versions": Many("int64")}),
    },
    (("latest", "all", "specific"),),
)
CUDA = Message(
    {
        "graphs": "bool",
        "busy_wait_events": "bool",
        "graph_spec": Many(
            Message(
                {
                    "batch_size": "int32",
                    "input": GRAPH_SHAPES,
                    "graph_lower_bound": Message({"batch_size": "int32", "input": GRAPH_SHAPES}),
                }
            )
        ),
        "output_copy_stream": "bool",
    }
)
OPTIMIZATION = Message(
    {
        "graph": Message({"level": "int32"}),
        "priority": Enum(("PRIORITY_DEFAULT", "PRIORITY_MAX", "PRIORITY_MIN")),
        "cuda": CUDA,
        "execution_accelerators": Message(
            {
                "gpu_execution_accelerator": Many(NAMED_PARAMETERS),
                "cpu_execution_accelerator": Many(NAMED_PARAMETERS),
            }
        ),
        "input_pinned_memory": PINNED,
        "output_pinned_memory": PINNED,
        "gather_kernel_buffer_threshold": "uint32",
        "eager_batching": "bool",
    }
)
DYNAMIC_BATCHING = Message(
    {
        "preferred_batch_size": Many("int32"),
        "max_queue_delay_microseconds": "uint64",
        "preserve_ordering": "bool",
        "priority_levels": "uint64",
        "default_priority_level": "uint64",
        "default_queue_policy": QUEUE_POLICY,
        "priority_queue_policy": Map(QUEUE_POLICY, key="uint64"),
    }
)
SEQUENCE_CONTROL = Message(
    {
        "kind": Enum(
            (
                "CONTROL_SEQUENCE_START",
                "CONTROL_SEQUENCE_READY",
                "CONTROL_SEQUENCE_END",
                "CONTROL_SEQUENCE_CORRID",
            )
        ),
        "int32_false_true": Many("int32"),
        "fp32_false_true": Many("float"),
        "bool_false_true": Many("bool"),
        "data_type": DATA_TYPE,
    }
)
SEQUENCE_STATE = Message(
    {
        "input_name": "string",
        "output_name": "string",
        "data_type": DATA_TYPE,
        "dims": Many("int64"),
        "initial_state": Many(
            Message(
                {
                    "data_type": DATA_TYPE,
                    "dims": Many("int64"),
                    "zero_data": "bool",
                    "data_file": "string",
                    "name": "string",
                },
                (("zero_data", "data_file"),),
            )
        ),
        "use_same_buffer_for_input_output": "bool",
        "use_growable_memory": "bool",
    }
)
SEQUENCE_BATCHING = Message(
    {
        "direct": Message({"max_queue_delay_microseconds": "uint64", "minimum_slot_utilization": "float"}),
        "oldest": Message(
            {
                "max_candidate_sequences": "int32",
                "preferred_batch_size": Many("int32"),
                "max_queue_delay_microseconds": "uint64",
                "preserve_ordering": "bool",
            }
        ),
        "max_sequence_idle_microseconds": "uint64",
        "control_input": Many(Message({"name": "string", "control": Many(SEQUENCE_CONTROL)})),
        "state": Many(SEQUENCE_STATE),
        "iterative_sequence": "bool",
    },
    (("direct", "oldest"),),
)
ENSEMBLE = Message(
    {
        "step": Many(
            Message(
                {
                    "model_name": "string",
                    "model_version": "int64",
                    "input_map": Map("string"),
                    "output_map": Map("string"),
                    "model_namespace": "string",
                }
            )
        ),
        "max_inflight_requests": "uint32",
    }
)
INSTANCE_GROUP = Message(
    {
        "name": "string",
        "kind": Enum(("KIND_AUTO", "KIND_GPU", "KIND_CPU", "KIND_MODEL")),
        "count": "int32",
        "rate_limiter": RATE_LIMITER,
        "gpus": Many("int32"),
        "secondary_devices": Many(Message({"kind": Enum(("KIND_NVDLA",)), "device_id": "int64"})),
        "profile": Many("string"),
        "passive": "bool",
        "host_policy": "string",
    }
)
WARMUP = Message(
    {
        "name": "string",
        "batch_size": "uint32",
        "inputs": Map(
            Message(
                {
                    "data_type": DATA_TYPE,
                    "dims": Many("int64"),
                    "zero_data": "bool",
                    "random_data": "bool",
                    "input_data_file": "string",
                },
                (("zero_data", "random_data", "input_data_file"),),
            )
        ),
        "count": "uint32",
    }
)
METRICS = Message(
    {
        "metric_control": Many(
            Message(
                {
                    "metric_identifier": Message({"family": "string"}),
                    "histogram_options": Message({"buckets": Many("double")}),
                }
            )
        )
    }
)
CONFIG = Message(
    {
        "name": "string",
        "platform": "string",
        "backend": "string",
        "runtime": "string",
        "version_policy": VERSION_POLICY,
        "max_batch_size": "int32",
        "input": Many(INPUT),
        "output": Many(OUTPUT),
        "batch_input": Many(BATCH_INPUT),
        "batch_output": Many(BATCH_OUTPUT),
        "optimization": OPTIMIZATION,
        "dynamic_batching": DYNAMIC_BATCHING,
        "sequence_batching": SEQUENCE_BATCHING,
        "ensemble_scheduling": ENSEMBLE,
        "instance_group": Many(INSTANCE_GROUP),
        "default_model_filename": "string",
        "cc_model_filenames": Map("string"),
        "metric_tags": Map("string"),
        "parameters": Map(Message({"string_value": "string"})),
        "model_warmup": Many(WARMUP),
        "model_operations": Message({"op_library_filename": Many("string")}),
        "model_transaction_policy": Message({"decoupled": "bool"}),
        "model_repository_agents": Message({"agents": Many(NAMED_PARAMETERS)}),
        "response_cache": Message({"enable": "bool"}),
        "model_metrics": METRICS,
    },
    (("dynamic_batching", "sequence_batching", "ensemble_scheduling"),),
)


def problems(value: object, kind: Kind = CONFIG, where: str = "config") -> Iterator[str]:
    """What of a value does not fit its kind: fields that do not exist, and values of another sort."""
    if isinstance(kind, Message):
        yield from _of_message(value, kind, where)
    elif isinstance(kind, Many):
        if not isinstance(value, list):
            yield f"{where} is not a list"
            return
        for number, item in enumerate(value):
            yield from problems(item, kind.kind, f"{where}[{number}]")
    elif isinstance(kind, Map):
        if not isinstance(value, dict):
            yield f"{where} is not a dictionary"
            return
        for key, item in value.items():
            yield from _of_key(key, kind.key, where)
            yield from problems(item, kind.kind, f"{where}[{key!a}]")
    elif isinstance(kind, Enum):
        if value not in kind.names:
            yield f"{where}: {value!a} is none of {', '.join(kind.names)}"
    else:
        yield from _of_scalar(value, kind, where)


def _of_message(value: object, kind: Message, where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where} is not a dictionary"
        return
    for name, item in value.items():
        if name in kind.fields:
            yield from problems(item, kind.fields[name], f"{where}.{name}")
        else:
            close = difflib.get_close_matches(str(name), kind.fields, 1)
            yield f"{where}: there is no field {name!a}{f'; did you mean {close[0]}?' if close else ''}"
    for group in kind.one_of:
        if len(given := [name for name in group if name in value]) > 1:
            yield f"{where}: only one of {' and '.join(given)} can be given"


def _of_key(key: object, kind: str, where: str) -> Iterator[str]:
    if kind == "string":
        yield from _of_scalar(key, kind, f"{where}: the key {key!a}")
    elif not str(key).isdecimal():
        yield f"{where}: the key {key!a} is not a number"


def _of_scalar(value: object, kind: str, where: str) -> Iterator[str]:
    if kind == "bool":
        fits, what = isinstance(value, bool), "true or false"
    elif kind == "string":
        fits, what = isinstance(value, str) and not _unsendable(value), "a text: put it into quotes"
    elif kind in RANGES:
        low, high = RANGES[kind]
        fits = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
        what = "a whole number of at least 0" if low == 0 else "a whole number"
    else:
        fits, what = isinstance(value, (int, float)) and not isinstance(value, bool), "a number"
    if not fits:
        yield f"{where}: {value!a} is not {what}"


def _unsendable(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" or character == "\0" for character in text)
