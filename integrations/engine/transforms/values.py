"""Transforms between kinds of values: pick a part, fill a gap, translate, read numbers and yes/no words."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from integrations.engine.errors import MappingFailed, did_you_mean
from integrations.engine.expressions import evaluate
from integrations.engine.spec import Field, FieldType
from integrations.engine.transforms.base import (
    OTHERWISE,
    Args,
    Example,
    Transform,
    TransformFailed,
    ZoneContext,
    as_text,
    is_empty,
    shown,
)

MISSING = object()
YES = frozenset({"yes", "y", "true", "t", "1", "on", "active", "enabled"})
NO = frozenset({"no", "n", "false", "f", "0", "off", "inactive", "disabled"})


def pick(value: Any, args: Args, where: ZoneContext) -> Any:
    return evaluate(args["path"], value)


def default(value: Any, args: Args, where: ZoneContext) -> Any:
    return args["value"] if is_empty(value) else value


def number(value: Any, args: Args, where: ZoneContext) -> int | float:
    """Whole numbers as int, others as float."""
    if isinstance(value, bool):
        raise TransformFailed("A yes/no value is not a number.")
    if isinstance(value, int):
        return value
    found = value if isinstance(value, float) else _read_number(as_text(value), args.get("decimal", "."))
    if not math.isfinite(found):
        raise TransformFailed(f"{shown(value)} is not a number that can be sent.")
    return int(found) if isinstance(found, float) and found.is_integer() else found


def _read_number(text: str, point: str) -> int | float:
    plain = re.sub(r"\s", "", text)
    group = "," if point == "." else "."
    if re.fullmatch(rf"[+-]?\d{{1,3}}(\{group}\d{{3}})+(\{point}\d+)?", plain):
        plain = plain.replace(group, "")
    if re.fullmatch(rf"[+-]?(\d+(\{point}\d*)?|\{point}\d+)([eE][+-]?\d{{1,3}})?", plain, re.ASCII):
        plain = plain.replace(point, ".")
        return int(plain) if re.fullmatch(r"[+-]?\d{1,300}", plain) else float(plain)
    raise TransformFailed(f"{shown(text)} is not a number with “{point}” before its decimals.")


def boolean(value: Any, args: Args, where: ZoneContext) -> bool:
    if isinstance(value, bool):
        return value
    word = as_text(value).strip().lower()
    if word in YES or word in NO:
        return word in YES
    raise TransformFailed(
        f"{shown(value)} means neither yes nor no; use one of {', '.join(sorted(YES | NO))}, "
        "or translate it with `value_map` first."
    )


def value_map(value: Any, args: Args, where: ZoneContext) -> Any:
    word = as_text(value).strip()
    table = {str(key).strip(): meaning for key, meaning in args["table"].items()}
    found = _beside(word, table)
    if found is not MISSING:
        return found
    otherwise = args.get("otherwise", "fail")
    if otherwise == "fail":
        raise TransformFailed(f"{shown(value)} is not in the table; it has {', '.join(table) or 'no rows'}.")
    if otherwise == "keep":
        return value
    return None if otherwise == "empty" else otherwise


def _beside(word: str, table: Mapping[str, Any]) -> Any:
    """What stands beside the word in the table; capitals do not matter unless they must."""
    if word in table:
        return table[word]
    folded = {key.casefold(): meaning for key, meaning in table.items()}
    return folded.get(word.casefold(), MISSING)


def lookup(value: Any, args: Args, where: ZoneContext) -> Any:
    word, name = as_text(value).strip(), args["table"]
    tables = where.values.get("tables") or {}
    if name not in tables:
        raise MappingFailed(did_you_mean(name, list(tables), "lookup table"))
    found = _beside(word, tables[name])
    if found is not MISSING:
        return found
    match args.get("otherwise", "fail"):
        case "keep":
            return value
        case "default":
            return args.get("value")
    raise TransformFailed(f"{shown(value)} is not in the table “{name}”.")


def to_text(value: Any, args: Args, where: ZoneContext) -> str:
    return as_text(value)


TRANSFORMS = (
    Transform(
        name="pick",
        title="Pick a part",
        help="Takes one part out of an object or a list, by its key or any JMESPath expression.",
        run=pick,
        params=(Field(key="path", label="Key or path", required=True, help="For example: first"),),
        paths=("path",),
        example=Example({"first": "Ada", "last": "Lovelace"}, "Lovelace", {"path": "last"}),
    ),
    Transform(
        name="default",
        title="If empty, use",
        help="Puts a fixed value where there is none.",
        run=default,
        params=(Field(key="value", label="Value", required=True),),
        takes_empty=True,
        any_value=("value",),
        fixed=("value",),
        fills=True,
        example=Example("", "unknown", {"value": "unknown"}),
    ),
    Transform(
        name="number",
        title="Number",
        help="Reads a number from text; blanks and thousands separators are left out.",
        run=number,
        gives=FieldType.NUMBER,
        params=(
            Field(
                key="decimal",
                label="Decimal sign",
                choices=((".", "point: 1,234.5"), (",", "comma: 1.234,5")),
                default=".",
            ),
            OTHERWISE,
        ),
        example=Example("1,234.50", 1234.5),
    ),
    Transform(
        name="boolean",
        title="Yes or no",
        help="Reads words such as yes, no, on, off, 1, 0, active and inactive; refuses any other word.",
        run=boolean,
        gives=FieldType.BOOLEAN,
        params=(OTHERWISE,),
        example=Example("active", True),
    ),
    Transform(
        name="value_map",
        title="Translate by a table",
        help="Replaces a value by the one beside it in a table; capitals do not matter unless they must.",
        run=value_map,
        params=(
            Field(key="table", label="Table", type=FieldType.OBJECT, required=True),
            Field(
                key="otherwise",
                label="If it is not in the table",
                help="fail (an error), keep (leave it as it is), empty (nothing), or any other value to use.",
                default="fail",
            ),
        ),
        any_value=("otherwise",),
        fixed=("table", "otherwise"),
        rules=("fail", "keep", "empty"),
        example=Example(
            "Cancelled", "cancelled", {"table": {"canceled": "cancelled", "cancelled": "cancelled"}}
        ),
    ),
    Transform(
        name="lookup",
        title="Look up in a table",
        help="Replaces a value by the one beside it in one of the team's tables, as it was when deployed.",
        run=lookup,
        params=(
            Field(key="table", label="Table", required=True, help="Its name, as under “Tables”."),
            Field(
                key="otherwise",
                label="If it is not in the table",
                choices=(
                    ("fail", "an error"),
                    ("default", "use the value below"),
                    ("keep", "leave it as it is"),
                    ("hold", "ask a person"),
                    ("empty", "leave it out"),
                ),
                default="fail",
            ),
            Field(key="value", label="The value to use then"),
        ),
        any_value=("value",),
        may_hold=True,
        fixed=("value",),
        example=Example("3", "gold", {"table": "Levels"}, {"tables": {"Levels": {"3": "gold"}}}),
    ),
    Transform(
        name="text",
        title="As text",
        help="Writes a number or a yes/no value as text.",
        run=to_text,
        gives=FieldType.TEXT,
        example=Example(42, "42"),
    ),
)
