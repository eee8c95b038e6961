"""Form-encoded bodies, and addresses' parameters, as the objects they mean: `contact[fields][39]=x`.

Brackets name members; empty ones (`tags[]`), and names that come more than once, make a list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from integrations.engine.errors import WrongUse
from integrations.engine.spec import JsonObject

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 2000
DEEPEST = 8

_MEMBERS = re.compile(r"\[([^\[\]]*)\]")


def is_form(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == FORM


def parse_form(body: bytes) -> JsonObject:
    """Raises WrongUse for what is no form, or a larger one than anybody fills in."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:  # not UTF-8, or too many fields
        raise WrongUse("The body is no form that can be read.") from None
    return nested(pairs)


def nested(pairs: Iterable[tuple[str, str]]) -> JsonObject:
    """Objects within objects, by the brackets in the names. Where two names contradict, the later holds."""
    found: JsonObject = {}
    for name, value in pairs:
        _put(found, _path(name), value)
    return found


def _path(name: str) -> list[str]:
    """A name whose brackets do not add up, or go too deep, is a plain name."""
    first, bracket, _ = name.partition("[")
    rest = name[len(first) :]
    members = _MEMBERS.findall(rest)
    if not first or not bracket or "".join(f"[{m}]" for m in members) != rest or len(members) >= DEEPEST:
        return [name]
    return [first, *members]


def _put(found: JsonObject, path: list[str], value: str) -> None:
    *outer, last = path
    listed = last == "" and len(path) > 1
    if listed:
        *outer, last = outer
    for key in outer:
        inner = found.get(key)
        if not isinstance(inner, dict):
            inner = found[key] = {}
        found = inner
    known: Any = found.get(last)
    if isinstance(known, list):
        known.append(value)
    elif listed or (last in found and not isinstance(known, dict)):
        found[last] = [value] if known is None else [known, value]
    else:
        found[last] = value
