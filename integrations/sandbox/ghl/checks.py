"""What the simulated GHL accepts in a body or a query: shapes of fields, and its 422 for everything else.

That unknown properties are refused was measured by third parties and reported in issues of the official
documentation repository ("property X should not exist"); required fields, types and choices are those of the
official OpenAPI. The sentences are in the manner of the validator the vendor uses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from integrations.sandbox.ghl.refusals import Refusal

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One field. `kind`: string, number, boolean, array, object or any."""

    kind: str
    required: bool = False
    nullable: bool = False
    choices: tuple[Any, ...] = ()
    low: float | None = None
    high: float | None = None
    items: Rule | None = None
    shape: Mapping[str, Rule] = field(default_factory=dict)


Shape = Mapping[str, Rule]

TEXT = Rule(kind="string")
TEXT_OR_NULL = Rule(kind="string", nullable=True)
NUMBER = Rule(kind="number")
YES_NO = Rule(kind="boolean")
ANYTHING = Rule(kind="any")


def need(rule: Rule) -> Rule:
    return replace(rule, required=True)


def one_of(*choices: Any) -> Rule:
    return Rule(kind="string" if isinstance(choices[0], str) else "number", choices=choices)


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


def check_list(shape: Shape, body: Any) -> list[dict[str, Any]]:
    if not isinstance(body, list):
        raise invalid("body must be an array")
    complaints = [c for place, item in enumerate(body) for c in _value(shaped(shape), item, str(place))]
    if complaints:
        raise invalid(*complaints)
    return body


def check_query(shape: Shape, query: Mapping[str, list[str]]) -> dict[str, Any]:
    """Query values by name: text, except where the shape asks for a number, a boolean or a list."""
    values = {name: _read(shape.get(name, TEXT), given) for name, given in query.items()}
    return check_body(shape, values)


def invalid(*complaints: str) -> Refusal:
    return Refusal(422, list(complaints), "Unprocessable Entity")


def _read(rule: Rule, given: list[str]) -> Any:
    if rule.kind == "array":
        return given
    last = given[-1]
    if rule.kind == "number" and re.fullmatch(r"-?\d+", last):
        return int(last)
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
    if rule.required and value == "":
        return [f"{path} should not be empty"]
    if rule.choices and value not in rule.choices:
        return [f"{path} must be one of the following values: {', '.join(map(str, rule.choices))}"]
    if rule.low is not None and value < rule.low:
        return [f"{path} must not be less than {rule.low:g}"]
    if rule.high is not None and value > rule.high:
        return [f"{path} must not be greater than {rule.high:g}"]
    if rule.kind == "object":
        return _object(rule.shape, value, f"{path}.")
    if rule.items is not None:
        return [c for place, item in enumerate(value) for c in _value(rule.items, item, f"{path}.{place}")]
    return []


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
