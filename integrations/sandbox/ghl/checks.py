"""What the simulated GHL accepts in a body or a query: shapes of fields, and its 422 for everything else.

That unknown properties are refused was measured by third parties and reported in issues of the official
documentation repository ("property X should not exist"); required fields, types and choices are those of the
official OpenAPI. The sentences are in the manner of the validator the vendor uses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from integrations.sandbox.ghl.refusals import invalid

BOUNDS = {
    "number": ("must not be less than {:g}", "must not be greater than {:g}"),
    "array": ("must contain at least {:g} elements", "must contain no more than {:g} elements"),
    "string": (
        "must be longer than or equal to {:g} characters",
        "must be shorter than or equal to {:g} characters",
    ),
}
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One field. `kind`: string, number, boolean, array, object or any.

    What is required may not be "" either, unless it is `blank`. `low` and `high` bound a number's value, a
    text's length and an array's count. An object without a `shape` may hold anything.
    """

    kind: str
    required: bool = False
    nullable: bool = False
    blank: bool = False
    choices: tuple[Any, ...] = ()
    low: float | None = None
    high: float | None = None
    pattern: str = ""
    items: Rule | None = None
    shape: Mapping[str, Rule] | None = None


Shape = Mapping[str, Rule]

TEXT = Rule(kind="string")
NUMBER = Rule(kind="number")
ANYTHING = Rule(kind="any")


def need(rule: Rule) -> Rule:
    return replace(rule, required=True)


def between(low: float, high: float) -> Rule:
    return Rule(kind="number", low=low, high=high)


def many(items: Rule) -> Rule:
    return Rule(kind="array", items=items)


def shaped(shape: Shape) -> Rule:
    return Rule(kind="object", shape=shape)


def check_body(shape: Shape, body: Any) -> dict[str, Any]:
    """The body, or a Refusal with every complaint in it."""
    if not isinstance(body, dict):
        raise invalid("body must be an object")
    complaints = _object(shape, body, "")
    if complaints:
        raise invalid(*complaints)
    return body


def check_list(items: Rule, body: Any) -> list[Any]:
    """The body of a call that takes an array of such items."""
    if not isinstance(body, list):
        raise invalid("body must be an array")
    complaints = [c for place, item in enumerate(body) for c in _value(items, item, str(place))]
    if complaints:
        raise invalid(*complaints)
    return body


def check_query(shape: Shape, query: Mapping[str, list[str]]) -> dict[str, Any]:
    """Query values by name: text, except where the shape asks for a number, a boolean or a list."""
    return check_body(shape, read_texts(shape, query))


def read_texts(shape: Shape, given: Mapping[str, list[str]]) -> dict[str, Any]:
    """What came as texts, in the kinds that the shape asks for."""
    return {name: _read(shape.get(name, TEXT), texts) for name, texts in given.items()}


def _read(rule: Rule, given: list[str]) -> Any:
    if rule.kind == "array":
        return given
    last = given[-1]
    if rule.kind == "number" and re.fullmatch(r"-?\d{1,18}(\.\d{1,9})?", last):
        return float(last) if "." in last else int(last)
    if rule.kind == "boolean" and last in ("true", "false"):
        return last == "true"
    return last


def _object(shape: Shape, given: dict[str, Any], path: str) -> list[str]:
    complaints = [f"{path}property {name} should not exist" for name in given if name not in shape]
    for name, rule in shape.items():
        if name in given:
            complaints += _value(rule, given[name], f"{path}{name}")
        elif rule.required:
            complaints += _missing(rule, f"{path}{name}")
    return complaints


def _missing(rule: Rule, path: str) -> list[str]:
    return [f"{path} should not be empty", *_value(rule, None, path)]


def _value(rule: Rule, value: Any, path: str) -> list[str]:
    if rule.kind == "any" or (value is None and rule.nullable):
        return []
    complaint = _wrong_type(rule, value)
    if complaint:
        return [f"{path} {complaint}"]
    if rule.required and value == "" and not rule.blank:
        return [f"{path} should not be empty"]
    if rule.choices and value not in rule.choices:
        return [f"{path} must be one of the following values: {', '.join(map(str, rule.choices))}"]
    if rule.pattern and not re.search(rule.pattern, value):
        return [f"{path} must match {rule.pattern} regular expression"]
    complaint = _out_of_bounds(rule, value)
    if complaint:
        return [f"{path} {complaint}"]
    if rule.kind == "object" and rule.shape is not None:
        return _object(rule.shape, value, f"{path}.")
    if rule.items is not None:
        return [c for place, item in enumerate(value) for c in _value(rule.items, item, f"{path}.{place}")]
    return []


def _out_of_bounds(rule: Rule, value: Any) -> str:
    less, more = BOUNDS.get(rule.kind, BOUNDS["string"])
    size = value if rule.kind == "number" else len(value) if isinstance(value, str | list) else 0
    if rule.low is not None and size < rule.low:
        return less.format(rule.low)
    if rule.high is not None and size > rule.high:
        return more.format(rule.high)
    return ""


def _wrong_type(rule: Rule, value: Any) -> str:
    kinds: dict[str, tuple[type | tuple[type, ...], str]] = {
        "string": (str, "must be a string"),
        "number": ((int, float), "must be a number conforming to the specified constraints"),
        "boolean": (bool, "must be a boolean value"),
        "array": (list, "must be an array"),
        "object": (dict, "must be an object"),
    }
    wanted, sentence = kinds[rule.kind]
    fits = isinstance(value, wanted) and not (rule.kind == "number" and isinstance(value, bool))
    return "" if fits else sentence
