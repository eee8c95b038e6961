"""Conditions that a form can ask for: one comparison, or “whenever none of these steps was taken”.

Both are plain JMESPath, like every condition; what a form did not write is left to be edited as text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from integrations.engine.errors import WrongUse

COMPARISONS: tuple[tuple[str, str], ...] = (
    ("is", "is"),
    ("is_not", "is not"),
    ("has", "has in it"),
    ("filled", "is filled"),
    ("empty", "is empty"),
    ("above", "is above"),
    ("below", "is below"),
)
WITHOUT_VALUE = ("filled", "empty")

_PLACE = r"(?P<source>[^\s()]+)"
_TEXT = r"(?P<value>'[^'\\]*'|`\"(?:[^`\\]|\\.)*\"`)"
_NUMBER = r"`(?P<value>-?\d+(?:\.\d+)?)`"
_SHAPES = {
    "is": re.compile(rf"to_string\({_PLACE}\) == {_TEXT}"),
    "is_not": re.compile(rf"to_string\({_PLACE}\) != {_TEXT}"),
    "has": re.compile(rf"contains\(to_string\({_PLACE}\), {_TEXT}\)"),
    "above": re.compile(rf"to_number\({_PLACE}\) > {_NUMBER}"),
    "below": re.compile(rf"to_number\({_PLACE}\) < {_NUMBER}"),
    "empty": re.compile(rf"!\({_PLACE}\)"),
    "filled": re.compile(r"(?P<source>[\w.\"\[\]-]+)"),
}
_NAME = r"[A-Za-z_]\w*"
_OTHERWISE = re.compile(rf"!\((taken\.{_NAME}(?: \|\| taken\.{_NAME})*)\)")


@dataclass(frozen=True, slots=True)
class Comparison:
    """`how` is one of COMPARISONS. Texts and numbers are compared as text, so that 5 and "5" are the same."""

    source: str
    how: str
    value: str = ""


def write(asked: Comparison) -> str:
    """The comparison as an expression. Raises WrongUse for one that lacks a part."""
    source, value = asked.source.strip(), asked.value.strip()
    if not source:
        raise WrongUse("Say what is to be compared, such as event.status.")
    if asked.how in ("above", "below") and not re.fullmatch(r"-?\d+(\.\d+)?", value):
        raise WrongUse("Compare with a number, such as 10 or 2.5.")
    made = {
        "is": f"to_string({source}) == {_text(value)}",
        "is_not": f"to_string({source}) != {_text(value)}",
        "has": f"contains(to_string({source}), {_text(value)})",
        "above": f"to_number({source}) > `{value}`",
        "below": f"to_number({source}) < `{value}`",
        "empty": f"!({source})",
        "filled": source,
    }
    return made[asked.how]


def read(expression: str) -> Comparison | None:
    """The comparison that an expression is, if `write` could have made it."""
    for how, shape in _SHAPES.items():
        if (found := shape.fullmatch(expression)) and _OTHERWISE.fullmatch(expression) is None:
            words = found.groupdict()
            return Comparison(words["source"], how, _plain(words.get("value") or ""))
    return None


def otherwise(step_ids: Sequence[str]) -> str:
    """Holds when none of these earlier steps was taken: the branch for every other case."""
    if not step_ids:
        raise WrongUse("Choose the steps whose other case this is.")
    return f"!({' || '.join(f'taken.{step_id}' for step_id in step_ids)})"


def read_otherwise(expression: str) -> list[str]:
    """The steps that `otherwise` was made of; none where it was not."""
    found = _OTHERWISE.fullmatch(expression)
    return [part.removeprefix("taken.") for part in found[1].split(" || ")] if found else []


def _text(value: str) -> str:
    if "'" in value or "\\" in value:
        return "`" + json.dumps(value, ensure_ascii=False).replace("`", "\\`") + "`"
    return f"'{value}'"


def _plain(value: str) -> str:
    if value.startswith("`"):
        return str(json.loads(value[1:-1].replace("\\`", "`")))
    return value[1:-1] if value.startswith("'") else value
