"""What a call writes, by the names that the app's records have: the members of a body that is spread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.engine.spec import Operation, Place


def spread(operation: Operation, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with the members of such a body in its place; parameters and headers are no part of it."""
    fields = {field.key: field for field in operation.fields if field.spread}
    found: dict[str, Any] = {}
    for key, value in values.items():
        field = fields.get(key)
        if field is None:
            found[key] = value
        elif field.place is Place.BODY and isinstance(value, Mapping):
            found |= value
    return found
