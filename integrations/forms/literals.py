"""What people type in one line, as a JSON value and back."""

from __future__ import annotations

import json
from typing import Any

from integrations.engine.errors import WrongUse
from integrations.engine.spec import Field, FieldType

EMPTY_TEXT = '""'


def read_literal(text: str) -> Any:
    """Numbers, true, false, lists and objects as JSON; everything else is text. Nothing typed is None."""
    if not text.strip():
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text


def write_literal(value: Any) -> str:
    """The reverse: text that would be read as something else stands in quotation marks."""
    if value is None:
        return ""
    if isinstance(value, str) and read_literal(value) == value:
        return value
    return json.dumps(value, ensure_ascii=False)


def read_argument(param: Field, text: str, *, any_value: bool) -> Any:
    """One argument of a transform; None: not given. Two quotation marks are the empty text.

    "{expression}" is no JSON, so it stays the text it is and is looked up in the run.
    """
    text = text.replace("\r\n", "\n")
    if text == "":
        return None
    if any_value:
        return read_literal(text)
    if param.type is FieldType.TEXT:
        return "" if text == EMPTY_TEXT else text
    if param.type is FieldType.OBJECT and not text.strip().startswith("{"):
        return read_table(text)
    return read_literal(text)


def read_table(text: str) -> dict[str, str]:
    """Lines of "from = to"."""
    table = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        before, sign, after = line.partition("=")
        if not sign:
            raise WrongUse(f"“{line.strip()[:40]}” needs an equals sign: write “from = to”, one pair a line.")
        table[before.strip()] = after.strip()
    return table


def write_argument(param: Field, value: Any, *, any_value: bool) -> str:
    if value is None:
        return ""
    if any_value:
        return write_literal(value)
    if param.type is FieldType.OBJECT and isinstance(value, dict):
        plain = all(isinstance(v, str) and "\n" not in v and "=" not in k for k, v in value.items())
        return "\n".join(f"{k} = {v}" for k, v in value.items()) if plain else json.dumps(value)
    if isinstance(value, str):
        return value or EMPTY_TEXT
    return json.dumps(value, ensure_ascii=False)
