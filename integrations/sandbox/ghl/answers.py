"""Answers as the official files declare them.

What is required and missing gets the empty value of its type, and a null leaves a field that is declared as
never null: so that an answer never breaks its own declaration. `shown` also takes away what is not declared,
for records that the simulation keeps more of than it tells.
"""

from __future__ import annotations

from typing import Any

from integrations.connectors.ghl.overrides import MENDED
from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl.declared import answer_schema

EMPTY = {"string": "", "number": 0, "integer": 0, "boolean": False, "array": [], "object": {}}


def complete(key: str, answer: Any) -> Any:
    """The answer of the call with everything in it that its schema requires, and no null it forbids."""
    return _completed(answer_schema(key), answer)


def shown(key: str, name: str, record: JsonObject) -> JsonObject:
    """The record with only what is declared under `name` ("": at the top) of the call's answer."""
    schema = answer_schema(key)
    if name:
        schema = MENDED.resolve(schema.get("properties", {}).get(name))
    if schema.get("type") == "array":
        schema = MENDED.resolve(schema.get("items"))
    declared = schema.get("properties")
    return record if not declared else {field: record[field] for field in declared if field in record}


def _completed(declared: JsonObject, value: Any) -> Any:
    schema = MENDED.resolve(declared)
    if isinstance(value, list):
        items = schema.get("items")
        return [_completed(items, item) for item in value] if isinstance(items, dict) else value
    members = schema.get("properties")
    if not isinstance(value, dict) or not members:
        return value
    found = {
        name: _completed(members[name], item) if name in members else item
        for name, item in value.items()
        if item is not None or name not in members or _nullable(members[name])
    }
    for name in schema.get("required", ()):
        if name not in found:
            found[name] = _empty(MENDED.resolve(members.get(name)))
    return found


def _empty(schema: JsonObject) -> Any:
    if schema.get("enum"):
        return schema["enum"][0]
    if schema.get("format") == "date-time":
        return "1970-01-01T00:00:00.000Z"
    value = EMPTY.get(schema.get("type", ""), {})
    return _completed(schema, {}) if value == {} else value


def _nullable(declared: JsonObject) -> bool:
    return bool(declared.get("nullable") or MENDED.resolve(declared).get("nullable"))


def choices(key: str, name: str) -> tuple[str, ...]:
    """What a field of the call's answer may be, in the official order."""
    found = MENDED.resolve(answer_schema(key)["properties"][name])
    return tuple(map(str, found.get("enum", ())))
