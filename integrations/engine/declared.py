"""From a table of calls to our own words: the fields of a request, those of an answer, an example of one.

General rules only; what they cannot know (labels, pick lists, deviations) is added by the connector.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.engine.openapi import Call, Table
from integrations.engine.spec import Field, FieldType, JsonObject, Place

TYPES = {
    "string": FieldType.TEXT,
    "number": FieldType.NUMBER,
    "integer": FieldType.INTEGER,
    "boolean": FieldType.BOOLEAN,
    "array": FieldType.LIST,
    "object": FieldType.OBJECT,
}
FORMATS = {"date-time": FieldType.DATETIME, "date": FieldType.DATE, "email": FieldType.EMAIL}
NUMBERS = (FieldType.NUMBER, FieldType.INTEGER)
ALTERNATIVES = ("allOf", "anyOf", "oneOf")
DEEPEST = 8  # schemas may hold themselves
FLAGS = {"success", "succeded", "succeeded", "new", "traceId", "cache"}

Said = Mapping[str, Mapping[str, Any]]
"""Words of our own for fields of that key, as Field has them: label, reference, help, a finer type ..."""
NOTHING_SAID: Said = {}


def request_fields(table: Table, call: Call, said: Said = NOTHING_SAID) -> tuple[Field, ...]:
    """Path fields in the path's order, then query, then body. What may only be read is left out."""
    place = call.path.find
    path = sorted((p for p in call.parameters if p.place == "path"), key=lambda p: place(f"{{{p.name}}}"))
    query = [p for p in call.parameters if p.place == "query"]
    parameters = tuple(
        field_of(table, p.name, p.schema, said, required=p.required, place=Place(p.place))
        for p in (*path, *query)
    )
    return (*parameters, *members(table, body_of(table, call), said, writing=True))


def body_of(table: Table, call: Call) -> JsonObject:
    """The schema of the body, or of one item where the body is a list; {} without one."""
    body = table.resolve(call.body)
    return table.resolve(body.get("items")) if body.get("type") == "array" else body


def members(
    table: Table,
    schema: JsonObject | None,
    said: Said = NOTHING_SAID,
    *,
    writing: bool = False,
    depth: int = 0,
) -> tuple[Field, ...]:
    """The fields of an object, or of each object of a list; `said` goes for members of members too."""
    found = table.resolve(schema)
    if found.get("type") == "array":
        return members(table, found.get("items"), said, writing=writing, depth=depth)
    if depth > DEEPEST:
        return ()
    properties = _properties(table, found)
    required = found.get("required", ())
    return tuple(
        field_of(table, key, member, said, required=key in required, writing=writing, depth=depth + 1)
        for key, member in properties.items()
        if not (writing and table.resolve(member).get("readOnly"))
    )


def _properties(table: Table, schema: JsonObject) -> dict[str, JsonObject]:
    """The members of an object and of its alternatives; one that they disagree on may be anything."""
    found: dict[str, JsonObject] = {}
    for part in (schema, *alternatives(table, schema)):
        for key, member in part.get("properties", {}).items():
            known = found.setdefault(key, member)
            if type_of(table, table.resolve(known)) != type_of(table, table.resolve(member)):
                found[key] = {}
    return found


def alternatives(table: Table, schema: JsonObject) -> list[JsonObject]:
    return [table.resolve(part) for key in ALTERNATIVES if key in schema for part in schema[key]]


def field_of(
    table: Table,
    key: str,
    schema: JsonObject,
    said: Said = NOTHING_SAID,
    *,
    required: bool = False,
    place: Place = Place.BODY,
    writing: bool = False,
    depth: int = 0,
) -> Field:
    found = table.resolve(schema)
    kind = type_of(table, found)
    item = table.resolve(found.get("items")) if kind is FieldType.LIST else {}
    allowed = found.get("enum") or item.get("enum") or ()
    facts: dict[str, Any] = {
        "type": kind,
        "place": place,
        "required": required,
        "choices": tuple((str(word), str(word)) for word in allowed),
        "format": found.get("format", ""),
        "items": type_of(table, item) if item.get("type") not in (None, "object", "array") else None,
        "fields": members(table, found, said, writing=writing, depth=depth),
    }
    words = said.get(key)
    if words:
        facts.update(words)
        if kind is not FieldType.TEXT:  # the words are for a text of that name; here it means something else
            facts["type"] = kind if facts["type"] not in NUMBERS or kind not in NUMBERS else facts["type"]
    return Field(key=key, **facts)


def type_of(table: Table, schema: JsonObject) -> FieldType:
    """Of alternatives what they have in common; any where that is nothing, or nothing is said."""
    if schema.get("type") in TYPES:
        return FORMATS.get(schema.get("format", ""), TYPES[schema["type"]])
    if schema.get("properties"):
        return FieldType.OBJECT
    kinds = {type_of(table, part) for part in alternatives(table, schema)}
    return kinds.pop() if len(kinds) == 1 else FieldType.ANY


# --- answers --------------------------------------------------------------------------------------


def answer_of(call: Call) -> JsonObject | None:
    """The schema of the first success status that has one."""
    return next((schema for schema in call.answers.values() if schema), None)


def result_of(table: Table, schema: JsonObject | None) -> str:
    """The JMESPath to the record: the only member of the answer beside flags, or the answer itself.

    Answers that also count or page stay whole: what goes on from them needs the rest.
    """
    properties = table.resolve(schema).get("properties", {})
    parts = [key for key in properties if key not in FLAGS]
    if len(parts) == 1 and type_of(table, table.resolve(properties[parts[0]])) in (
        FieldType.OBJECT,
        FieldType.LIST,
    ):
        return str(parts[0])
    return "@"


def record_of(table: Table, schema: JsonObject | None, result: str) -> JsonObject:
    """The schema that `result` (one key, or "@") leads to; {} where the answer declares none."""
    found = table.resolve(schema)
    return found if result == "@" else table.resolve(found.get("properties", {}).get(result))


def example_of(
    table: Table, schema: JsonObject | None, words: Mapping[str, Any], key: str = "", depth: int = 0
) -> Any:
    """A made-up value of that shape, always the same. `words`: ending of a field's name -> value."""
    found = table.resolve(schema)
    if found.get("enum"):
        return found["enum"][0]
    kind = type_of(table, found)
    if kind is FieldType.LIST:
        return [] if depth > DEEPEST else [example_of(table, found.get("items"), words, key, depth + 1)]
    if kind is FieldType.OBJECT:
        return _object(table, found, words, depth)
    if kind is FieldType.BOOLEAN:
        return bool(found.get("default", True))
    if kind in (FieldType.NUMBER, FieldType.INTEGER):
        return found.get("default", found.get("minimum", 1))
    return _text(found, words, key)


def _object(table: Table, schema: JsonObject, words: Mapping[str, Any], depth: int) -> JsonObject:
    parts = [schema, *alternatives(table, schema)[:1]]
    return {
        key: example_of(table, member, words, key, depth + 1)
        for part in parts
        for key, member in part.get("properties", {}).items()
        if depth <= DEEPEST
    }


def _text(schema: JsonObject, words: Mapping[str, Any], key: str) -> Any:
    if schema.get("format") == "date-time":
        key = "date"
    fitting = [ending for ending in words if key.lower().endswith(ending)]
    return words[max(fitting, key=len)] if fitting else f"some {key}" if key else "text"
