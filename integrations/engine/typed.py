"""What a person types for a declared field, as the JSON value that the field takes."""

from __future__ import annotations

import json
from typing import Any

from integrations.engine.errors import MappingFailed, WrongUse
from integrations.engine.expressions import ended
from integrations.engine.fitting import fit
from integrations.engine.spec import Field, FieldType

YES, NO = ("yes", "on", "1"), ("no", "off", "0")
EXAMPLES = {
    FieldType.DATETIME: "2026-11-23T10:00:00-06:00",
    FieldType.DATE: "2026-11-23",
    FieldType.EMAIL: "rosa@example.com",
    FieldType.PHONE: "+15005550006",
    FieldType.INTEGER: 30,
    FieldType.NUMBER: 30,
    FieldType.BOOLEAN: True,
}
DEEPEST = 4


def read(text: str, field: Field) -> Any:
    """The value; None for nothing typed, and for the word null.

    Lists are typed as JSON or with commas between plain values, objects as JSON. Raises WrongUse with one
    sentence that names the field.
    """
    text = text.strip()
    if text in ("", "null"):
        return None
    return checked(_parsed(text, field), field)


def checked(value: Any, field: Field) -> Any:
    """A value that is no text any more, held against its field. Raises WrongUse."""
    try:
        return fit(value, field)
    except MappingFailed as error:
        raise WrongUse(ended(f"`{field.key}` {error.sentence}")) from None


def guessed(text: str) -> Any:
    """A value for a field nobody declared: JSON where it is JSON, else the text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _parsed(text: str, field: Field) -> Any:
    if field.type is FieldType.BOOLEAN and text.lower() in (*YES, *NO):
        return text.lower() in YES
    if field.type is FieldType.LIST and text[0] not in "[{" and not field.fields:
        return [part.strip() for part in text.split(",") if part.strip()]
    if field.type is FieldType.ANY:
        return guessed(text)
    if field.type not in (FieldType.LIST, FieldType.OBJECT):
        return text
    try:
        return json.loads(text)
    except ValueError:
        raise WrongUse(
            f"`{field.key}` is written as JSON, such as {json.dumps(example(field), ensure_ascii=False)}."
        ) from None


def example(field: Field, depth: int = 0) -> Any:
    """A value that shows how the field is written."""
    if field.type is FieldType.LIST:
        return [_item(field, depth)]
    if field.type is FieldType.OBJECT:
        return _object(field, depth)
    if field.choices:
        return field.choices[0][0]
    return EXAMPLES.get(field.type, field.default if field.default is not None else "…")


def _item(field: Field, depth: int) -> Any:
    if field.fields:
        return _object(field, depth)
    return example(Field(key=field.key, type=field.items or FieldType.TEXT, choices=field.choices), depth)


def _object(field: Field, depth: int) -> dict[str, Any]:
    """What is required, or else the first members: enough to see the shape."""
    if depth >= DEEPEST:
        return {}
    shown = [member for member in field.fields if member.required] or list(field.fields[:3])
    return {member.key: example(member, depth + 1) for member in shown}
