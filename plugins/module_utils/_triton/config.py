# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What a model's configuration means: what the schema alone cannot refuse, and which versions are served. No I/O.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import hashlib
import math
import re
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._triton import pbtxt, schema

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    Config = Mapping[str, t.Any]

# A parameter by which a server tells which configuration it loaded.
DIGEST = "baremetal.mlops.digest"
ENSEMBLE = "ensemble"
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
LONGEST_NAME, LONGEST_SHOWN = 128, 60
LARGEST_VERSION = 2**31 - 1


def name_problems(name: str) -> Iterator[str]:
    """A name is a folder of the repository and a part of addresses."""
    if not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        shown = ascii(name if len(name) <= LONGEST_SHOWN else f"{name[:LONGEST_SHOWN]}...")
        yield (
            f"{shown} is not a name of a model: it has 1 to {LONGEST_NAME} letters, digits and any of _.-, and begins"
            " with a letter, a digit or _"
        )


def problems(name: str, config: Config, complete: bool = True) -> Iterator[str]:
    """What is wrong with a configuration, as far as it can be known without a server.

    One that is not ``complete`` gets from a signature what it does not say.
    """
    wrong = list(schema.problems(config))
    yield from wrong or _meaning_problems(name, config, complete)


def _meaning_problems(name: str, config: Config, complete: bool) -> Iterator[str]:
    """What is wrong with one whose fields have the right shapes."""
    if config.get("name", name) != name:
        yield f"config.name is {config['name']!a}, but the model is {name}"
    if DIGEST in config.get("parameters", {}):
        yield f"config.parameters: {DIGEST} is set by the module"
    if config.get("max_batch_size", 0) < 0:
        yield "config.max_batch_size is less than 0"
    for field in ("input", "output"):
        yield from _tensor_problems(field, config.get(field, []))
    if complete:
        yield from _batching_problems(config)
        if not is_ensemble(config) and not config.get("backend") and not config.get("platform"):
            yield "config: give backend, or platform"
    if "version_policy" in config:
        yield from _policy_problems(config["version_policy"])
    for number, group in enumerate(config.get("instance_group", [])):
        yield from _group_problems(f"config.instance_group[{number}]", group)
    if is_ensemble(config):
        yield from _ensemble_problems(config)


def is_ensemble(config: Config) -> bool:
    return "ensemble_scheduling" in config or config.get("platform") == ENSEMBLE


def parts(config: Config) -> list[str]:
    """Names of the models that an ensemble consists of."""
    return sorted({step.get("model_name", "") for step in _steps(config)})


def served(config: Config, versions: Collection[int]) -> list[int]:
    """Which of some versions a server serves."""
    policy = config.get("version_policy", {})
    if "specific" in policy:
        return sorted(set(policy["specific"].get("versions", [])) & set(versions))
    if "all" in policy:
        return sorted(versions)
    count = policy.get("latest", {}).get("num_versions", 0) or 1
    return sorted(versions)[-count:]


def text(name: str, config: Config, more: str = "") -> str:
    """The file config.pbtxt. It tells its own digest, which ``more`` is a part of."""
    given = {"name": name, **config}
    digest = hashlib.sha256(f"{pbtxt.text(given)}{more}".encode()).hexdigest()[:32]
    parameters = {**config.get("parameters", {}), DIGEST: {"string_value": digest}}
    return pbtxt.text({**given, "parameters": parameters})


def digest_of(text: str) -> str:
    """The digest that a file tells. Empty if it is none of ours."""
    found = re.search(rf'key: "{re.escape(DIGEST)}"\s+value \{{\s+string_value: "([0-9a-f]+)"', text)
    return found.group(1) if found else ""


def _tensor_problems(field: str, tensors: Sequence[Config]) -> Iterator[str]:
    seen: set[str] = set()
    for number, tensor in enumerate(tensors):
        where = f"config.{field}[{number}]"
        name = tensor.get("name", "")
        if not name:
            yield f"{where} has no name"
        elif name in seen:
            yield f"{where}: the name {name!a} is given twice"
        seen.add(name)
        if "data_type" not in tensor:
            yield f"{where} has no data_type"
        dims, shape = tensor.get("dims", []), tensor.get("reshape", {}).get("shape", [])
        if not dims:
            yield f"{where} has no dims"
        for key, sizes in (("dims", dims), ("reshape.shape", shape)):
            if wrong := [size for size in sizes if size < 1 and size != -1]:
                yield f"{where}.{key}: a size is at least 1, or -1 for any, and not {wrong[0]}"
        if "reshape" in tensor and not _same_size(dims, shape):
            yield f"{where}: dims {list(dims)} and reshape {list(shape)} have not the same number of elements"


def _same_size(dims: Sequence[int], shape: Sequence[int]) -> bool:
    if -1 in dims or -1 in shape:
        return list(dims).count(-1) == list(shape).count(-1)
    return math.prod(dims) == math.prod(shape)


def _batching_problems(config: Config) -> Iterator[str]:
    largest = config.get("max_batch_size", 0)
    if "dynamic_batching" not in config:
        return
    if largest < 1:
        yield "config.dynamic_batching needs a max_batch_size of at least 1"
        return
    for size in config["dynamic_batching"].get("preferred_batch_size", []):
        if not 0 < size <= largest:
            yield f"config.dynamic_batching.preferred_batch_size: {size} is not from 1 to max_batch_size, {largest}"


def _policy_problems(policy: Config) -> Iterator[str]:
    versions = policy.get("specific", {}).get("versions", [])
    if not policy:
        # Triton would serve all.
        yield "config.version_policy is none of latest, all and specific"
    if "specific" in policy and not versions:
        yield "config.version_policy.specific names no versions"
    for version in versions:
        if not 0 < version <= LARGEST_VERSION:
            yield f"config.version_policy.specific: {version} is no version"


def _group_problems(where: str, group: Config) -> Iterator[str]:
    if "count" in group and group["count"] < 1:
        yield f"{where}.count is less than 1"
    if group.get("gpus") and group.get("kind", "KIND_AUTO") not in {"KIND_AUTO", "KIND_GPU"}:
        yield f"{where}: gpus go with KIND_GPU or KIND_AUTO only"
    if any(gpu < 0 for gpu in group.get("gpus", [])):
        yield f"{where}.gpus: a number is less than 0"


def _ensemble_problems(config: Config) -> Iterator[str]:
    """Every tensor of an ensemble comes from somewhere, and goes somewhere."""
    if config.get("platform", ENSEMBLE) != ENSEMBLE or config.get("backend"):
        yield "config: an ensemble has the platform ensemble and no backend"
    if "instance_group" in config:
        yield "config: an ensemble has no instance_group, its models have"
    if not _steps(config):
        yield "config.ensemble_scheduling has no step"
    for number, step in enumerate(_steps(config)):
        for key in ("model_name", "input_map", "output_map"):
            if not step.get(key):
                yield f"config.ensemble_scheduling.step[{number}] has no {key}"
    yield from _flow_problems(config)


def _flow_problems(config: Config) -> Iterator[str]:
    inputs = [tensor["name"] for tensor in config.get("input", []) if "name" in tensor]
    given, taken = list(inputs), []
    for number, step in enumerate(_steps(config)):
        where = f"config.ensemble_scheduling.step[{number}]"
        taken += [(f"{where}.input_map", tensor) for tensor in step.get("input_map", {}).values()]
        for tensor in step.get("output_map", {}).values():
            if tensor in given:
                yield f"{where}.output_map: the tensor {tensor!a} is there already"
            given.append(tensor)
    used = {tensor for _where, tensor in taken}
    yield from (f"config.input {name!a}: no step takes it" for name in inputs if name not in used)
    taken += [("config.output", tensor["name"]) for tensor in config.get("output", []) if "name" in tensor]
    yield from (f"{where}: no step gives the tensor {tensor!a}" for where, tensor in taken if tensor not in given)


def _steps(config: Config) -> Sequence[Config]:
    steps: Sequence[Config] = config.get("ensemble_scheduling", {}).get("step", [])
    return steps
