# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""A model's configuration as protobuf's text, in the order of the schema. No I/O.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._triton import schema

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

INDENT = "  "
PLAIN = range(0x20, 0x7F)


def text(config: Mapping[str, t.Any]) -> str:
    """A configuration in which no problem was found."""
    return "".join(f"{line}\n" for line in _fields(config, schema.CONFIG, ""))


def _fields(value: Mapping[str, t.Any], kind: schema.Message, indent: str) -> Iterator[str]:
    for name, of in kind.fields.items():
        if name in value:
            yield from _field(name, value[name], of, indent)


def _field(name: str, value: t.Any, kind: schema.Kind, indent: str) -> Iterator[str]:
    if isinstance(kind, schema.Message):
        yield f"{indent}{name} {{"
        yield from _fields(value, kind, indent + INDENT)
        yield f"{indent}}}"
    elif isinstance(kind, schema.Map):
        for key, item in sorted(value.items(), key=lambda pair: str(pair[0])):
            yield f"{indent}{name} {{"
            yield f"{indent}{INDENT}key: {_scalar(key) if kind.key == 'string' else key}"
            yield from _field("value", item, kind.kind, indent + INDENT)
            yield f"{indent}}}"
    elif isinstance(kind, schema.Many):
        if isinstance(kind.kind, schema.Message):
            for item in value:
                yield from _field(name, item, kind.kind, indent)
        else:
            yield f"{indent}{name}: [{', '.join(_scalar(item) for item in value)}]"
    elif isinstance(kind, schema.Enum):
        yield f"{indent}{name}: {value}"
    else:
        yield f"{indent}{name}: {_scalar(value)}"


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _quoted(value) if isinstance(value, str) else repr(value)


def _quoted(value: str) -> str:
    """With all that is not plain as octal numbers, which a text can hold whatever follows."""
    inside = "".join(
        f"\\{chr(byte)}" if byte in b'"\\' else chr(byte) if byte in PLAIN else f"\\{byte:03o}"
        for byte in value.encode()
    )
    return f'"{inside}"'
