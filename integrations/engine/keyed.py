"""The account's own fields in a list of {id, value}: each is a target by itself, and found in an answer.

A target `customFields.<id>` fills one of them. Before a call is made, all that were filled are folded into
the list as the app wants it; in an answer a value is found by its id.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from integrations.engine.spec import Field, Keyed

SOURCE = r"\.{key}\[\?{id}==?\s*'(?P<picked>[^']+)'\]"


def lists_of(fields: Sequence[Field]) -> list[tuple[Field, Keyed]]:
    """The fields that hold the account's own."""
    return [(field, field.keyed) for field in fields if field.keyed is not None]


def target_of(field: Field, picked: str) -> str:
    return f"{field.key}.{picked}"


def picked_by(target: str, fields: Sequence[Field]) -> tuple[Field, str] | None:
    """The list and the id that a target names; None when it names no field of the account's own."""
    key, _, picked = target.partition(".")
    found = next((field for field, _ in lists_of(fields) if field.key == key), None)
    return (found, picked) if found and picked else None


def own_field(field: Field, own: Field) -> Field:
    """One of the account's own fields (its `key` the id) as a target of its own."""
    return replace(own, key=target_of(field, own.key), place=field.place)


def folded(values: Mapping[str, Any], fields: Sequence[Field]) -> dict[str, Any]:
    """The values with what went into single fields written as the list that the app takes."""
    made = dict(values)
    for field, keyed in lists_of(fields):
        parts = made.get(field.key)
        if isinstance(parts, Mapping):
            made[field.key] = [{keyed.id: key, keyed.written: value} for key, value in parts.items()]
    return made


def sent(values: Mapping[str, Any], target: str, fields: Sequence[Field]) -> Any:
    """What went out for a target: the reverse of folding; None where nothing did."""
    field, _, picked = target.partition(".")
    rows = values.get(field)
    keyed = next((keyed for known, keyed in lists_of(fields) if known.key == field), None)
    if keyed is None or not isinstance(rows, list):
        return None
    return next((row.get(keyed.written) for row in rows if row.get(keyed.id) == picked), None)


def source_of(path: str, keyed: Keyed, picked: str) -> str:
    """The expression that finds one of the account's own fields in the list at `path`."""
    return f"{path}[?{keyed.id}=='{picked}'].{keyed.read} | [0]"


def picked_in(expression: str, field: Field) -> list[str]:
    """The ids of own fields that a source expression asks this list for."""
    assert field.keyed is not None
    pattern = SOURCE.format(key=re.escape(field.key), id=re.escape(field.keyed.id))
    return [found["picked"] for found in re.finditer(pattern, f".{expression}")]
