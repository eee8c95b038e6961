"""Three-way: what a record's two sides last agreed on, what each of them says now, and who has moved.

Left is what the workflow would write today, right what the app's record holds. `written` is what the left
said when both agreed, `agreed` how the app showed it then: an app may show a value otherwise than it was
written, and that is no difference.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from integrations.engine.echoes import same
from integrations.engine.fingerprint import MARK_DIGITS, MARK_PREFIX
from integrations.engine.spec import Operation, Place
from integrations.engine.spreading import spread

OUR_MARK = re.compile(rf"\s*{MARK_PREFIX}[0-9a-f]{{{MARK_DIGITS}}}")


class Side(StrEnum):
    """Who has moved since both agreed."""

    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field: what both agreed on, what the workflow would write now, what the app holds now."""

    field: str
    agreed: Any
    left: Any
    right: Any
    side: Side


def differences(
    *,
    written: Mapping[str, Any],
    agreed: Mapping[str, Any],
    left: Mapping[str, Any],
    right: Mapping[str, Any],
) -> list[Difference]:
    """Field by field, of those that both once agreed on and that the app still shows.

    What only one side knows of cannot be compared: a switch that an app takes and never shows is no drift.
    """
    found = []
    for field, was in agreed.items():
        if field not in right or field not in written:
            continue
        now, had = left.get(field, written[field]), written[field]
        left_moved, right_moved = not alike(now, had), not alike(right[field], was)
        if not (left_moved or right_moved) or alike(now, right[field]):
            continue
        side = Side.BOTH if left_moved and right_moved else Side.LEFT if left_moved else Side.RIGHT
        found.append(Difference(field=field, agreed=was, left=now, right=right[field], side=side))
    return found


def written_fields(operation: Operation, values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a write by name, each of the account's own by itself as `key.<id>`; no part of a path."""
    found: dict[str, Any] = {}
    for field in operation.fields:
        if field.place is Place.PATH or field.key not in values:
            continue
        if field.spread:
            found |= spread(operation, {field.key: values[field.key]})
            continue
        if field.keyed is None:
            found[field.key] = values[field.key]
            continue
        for row in _rows(values[field.key]):
            found[f"{field.key}.{row.get(field.keyed.id)}"] = row.get(field.keyed.written)
    return found


def shown_fields(
    operation: Operation, record: Mapping[str, Any], wanted: Sequence[str] | set[str]
) -> dict[str, Any]:
    """Those of the `wanted` fields that a record shows, under the names of the operation that writes them."""
    found = {key: record[key] for key in wanted if key in record}
    for field in operation.fields:
        if field.keyed is None or field.key not in record:
            continue
        now = {str(row.get(field.keyed.id)): row.get(field.keyed.read) for row in _rows(record[field.key])}
        own = [key for key in wanted if key.startswith(f"{field.key}.")]
        found |= {key: now.get(key.removeprefix(f"{field.key}.")) for key in own}
    return found


def alike(one: Any, other: Any) -> bool:
    """The same to a reader: our mark, the zone a moment is told in, and 7 for "7" make no difference."""
    return same(_plain(one), _plain(other))


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        text = OUR_MARK.sub("", value).strip()
        return instant(text) or text
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(int(value)) if value == int(value) else str(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items() if not _is_mark(item)}
    return value


def _is_mark(value: Any) -> bool:
    return isinstance(value, str) and OUR_MARK.fullmatch(value) is not None


def instant(text: Any) -> float | None:
    """A moment with its offset, in seconds; None for what is none."""
    if not isinstance(text, str) or len(text) < len("2026-01-01T00:00Z"):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.timestamp() if found.tzinfo else None


def _rows(value: Any) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
