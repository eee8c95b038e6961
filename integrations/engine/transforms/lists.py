"""Transforms of lists."""

from __future__ import annotations

from typing import Any

from integrations.engine.expressions import evaluate
from integrations.engine.fingerprint import canonical
from integrations.engine.spec import Field, FieldType
from integrations.engine.transforms.base import (
    Args,
    Example,
    Transform,
    TransformFailed,
    ZoneContext,
    as_list,
    as_text,
    is_empty,
)


def join(value: Any, args: Args, where: ZoneContext) -> str:
    separator: str = args.get("separator", ", ")
    return separator.join(as_text(item) for item in as_list(value) if not is_empty(item))


def split(value: Any, args: Args, where: ZoneContext) -> list[str]:
    parts = as_text(value).split(args.get("separator") or ",")
    return [part.strip() for part in parts if part.strip()]


def list_pick(value: Any, args: Args, where: ZoneContext) -> Any:
    rows = as_list(value)
    index = {"first": 0, "last": -1}.get(args.get("which", "first"), args.get("which"))
    if isinstance(index, bool) or not isinstance(index, int):
        raise TransformFailed("`which` is first, last or a whole number: 0 is the first row, -1 the last.")
    return rows[index] if -len(rows) <= index < len(rows) else None


def list_flatten(value: Any, args: Args, where: ZoneContext) -> list[Any]:
    flat: list[Any] = []
    for item in as_list(value):
        flat += item if isinstance(item, list) else [item]
    return flat


def list_unique(value: Any, args: Args, where: ZoneContext) -> list[Any]:
    by = args.get("by") or "@"
    kept: dict[str, Any] = {}
    for item in as_list(value):
        kept.setdefault(canonical(evaluate(by, item)), item)
    return list(kept.values())


TRANSFORMS = (
    Transform(
        name="join",
        title="Join a list",
        help="Makes one text of a list; empty rows are left out.",
        run=join,
        takes=FieldType.LIST,
        gives=FieldType.TEXT,
        params=(Field(key="separator", label="Between the rows", default=", "),),
        example=Example(["Algebra", "", "Logic"], "Algebra, Logic"),
    ),
    Transform(
        name="split",
        title="Split into a list",
        help="Cuts a text at a separator; blanks around the parts and empty parts are left out.",
        run=split,
        takes=FieldType.TEXT,
        gives=FieldType.LIST,
        params=(Field(key="separator", label="Separator", default=","),),
        example=Example("vip, alumni,", ["vip", "alumni"]),
    ),
    Transform(
        name="list_pick",
        title="One row of a list",
        help="The first, the last, or the row with a number: 0 is the first, -1 the last; past the end none.",
        run=list_pick,
        takes=FieldType.LIST,
        params=(Field(key="which", label="Which row", default="first", help="first, last or a number"),),
        any_value=("which",),
        example=Example(["09:00", "09:30", "10:00"], "10:00", {"which": "last"}),
    ),
    Transform(
        name="list_flatten",
        title="Flatten a list",
        help="Puts the rows of inner lists into the outer one, one level deep.",
        run=list_flatten,
        takes=FieldType.LIST,
        gives=FieldType.LIST,
        example=Example([["a", "b"], "c"], ["a", "b", "c"]),
    ),
    Transform(
        name="list_unique",
        title="Each row once",
        help="Leaves out rows that were there before, or whose key was.",
        run=list_unique,
        takes=FieldType.LIST,
        gives=FieldType.LIST,
        params=(
            Field(key="by", label="Key to compare by", help="A path into a row; not set: the whole row"),
        ),
        paths=("by",),
        example=Example(["vip", "alumni", "vip"], ["vip", "alumni"]),
    ),
)
