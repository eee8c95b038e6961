"""Declared fields as data: what an event or answer can hold before any was seen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from integrations.engine.spec import Field, FieldType

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def skeleton(fields: Sequence[Field]) -> dict[str, Any]:
    """An object with every declared key, and nothing in it: what a path may rightly name."""
    return {field.key: _hollow(field) for field in fields}


def _hollow(field: Field) -> Any:
    if not field.fields:
        return None
    inside = skeleton(field.fields)
    return [inside] if field.type is FieldType.LIST else inside


def merged(declared: Mapping[str, Any], seen: Mapping[str, Any]) -> dict[str, Any]:
    """What was seen, with the keys of a skeleton beside it; the rows of a list each with theirs."""
    both = {**declared, **seen}
    for key, value in both.items():
        known = declared.get(key)
        if isinstance(value, Mapping) and isinstance(known, Mapping):
            both[key] = merged(known, value)
        elif isinstance(value, list) and isinstance(known, list) and known and isinstance(known[0], Mapping):
            both[key] = [merged(known[0], row) if isinstance(row, Mapping) else row for row in value] or known
        elif value is None and known is not None:
            both[key] = known
    return both


def with_declared(fields: Sequence[Field], value: Any) -> Any:
    """A result (an object, or a list of them) with the declared keys beside what it has."""
    if not fields:
        return value
    if isinstance(value, list):
        return [merged(skeleton(fields), row) if isinstance(row, Mapping) else row for row in value]
    if isinstance(value, Mapping):
        return merged(skeleton(fields), value)
    return skeleton(fields) if value is None else value


def types_in(fields: Sequence[Field], prefix: str = "") -> Iterator[tuple[str, Field]]:
    """(path, field) for every declared field; the rows of a list by its first."""
    for field in fields:
        path = joined(prefix, field.key)
        yield path, field
        yield from types_in(field.fields, f"{path}[0]" if field.type is FieldType.LIST else path)


def joined(prefix: str, key: str) -> str:
    """A key after a path, in quotes where it is no plain word."""
    word = key if PLAIN.fullmatch(key) else '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{prefix}.{word}" if prefix else word
