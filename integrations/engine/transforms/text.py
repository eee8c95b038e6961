"""Transforms of text."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from integrations.engine.expressions import ended, evaluate, quoted, unseen
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
)

# Inside a placeholder JMESPath may have braces and quotes of its own.
_PIECE = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|`(?:\\.|[^`\\])*`|[{}]", re.DOTALL)


def trim(value: Any, args: Args, where: ZoneContext) -> str:
    return as_text(value).strip()


def lower(value: Any, args: Args, where: ZoneContext) -> str:
    return as_text(value).lower()


def upper(value: Any, args: Args, where: ZoneContext) -> str:
    return as_text(value).upper()


def title(value: Any, args: Args, where: ZoneContext) -> str:
    # str.title() would write "They'Re".
    return re.sub(r"[^\s-]+", lambda word: word[0][:1].upper() + word[0][1:].lower(), as_text(value))


def slug(value: Any, args: Args, where: ZoneContext) -> str:
    plain = unicodedata.normalize("NFKD", as_text(value).casefold()).encode("ascii", "ignore").decode()
    made = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if not made:
        raise TransformFailed(f"{quoted(as_text(value))} has no letter from a to z and no digit for a slug.")
    return made


def color(value: Any, args: Args, where: ZoneContext) -> str:
    digits = as_text(value).strip().removeprefix("#").lower()
    if re.fullmatch(r"[0-9a-f]{3}", digits):
        digits = "".join(digit * 2 for digit in digits)
    if not re.fullmatch(r"[0-9a-f]{6}", digits):
        raise TransformFailed(f"{quoted(as_text(value))} is no colour; write it as #039be5.")
    return f"#{digits}"


def template(value: Any, args: Args, where: ZoneContext) -> str:
    data = {**where.values, "value": value}
    return "".join(
        _filled(text, data, args.get("empty")) if is_placeholder else text
        for is_placeholder, text in pieces(args["text"])
    )


def pieces(text: str) -> list[tuple[bool, str]]:
    """The text cut into (True, expression of a placeholder) and (False, text between them).

    `{{` and `}}` outside placeholders stand for braces. Raises TransformFailed for a brace without its pair.
    """
    found: list[tuple[bool, str]] = []
    at = 0
    while at < len(text):
        if text[at : at + 2] in ("{{", "}}"):
            found.append((False, text[at]))
            at += 2
        elif text[at] == "{":
            end = _closing(text, at)
            found.append((True, text[at + 1 : end].strip()))
            at = end + 1
        elif text[at] == "}":
            raise TransformFailed(
                f"A “}}” at character {at + 1} has no “{{” before it; write }}}} for a brace."
            )
        else:
            end = min((i for i in (text.find("{", at), text.find("}", at)) if i >= 0), default=len(text))
            found.append((False, text[at:end]))
            at = end
    return found


def _closing(text: str, start: int) -> int:
    depth = 0
    for piece in _PIECE.finditer(text, start):
        depth += {"{": 1, "}": -1}.get(piece[0], 0)
        if depth == 0:
            return piece.start()
    raise TransformFailed(f"The “{{” at character {start + 1} has no “}}” after it; write {{{{ for a brace.")


def _filled(expression: str, data: dict[str, Any], empty: Any) -> str:
    found = evaluate(expression, data)
    if not is_empty(found):
        return ", ".join(as_text(item) for item in found) if isinstance(found, list) else as_text(found)
    if empty is not None:
        return str(empty)
    why = unseen(expression, data) or f"`{expression}` is empty"
    raise TransformFailed(f"The text has a gap: {ended(why)} Say with `empty` what stands there instead.")


TRANSFORMS = (
    Transform(
        name="trim",
        title="Trim",
        help="Takes away blanks before and after the text.",
        run=trim,
        takes=FieldType.TEXT,
        gives=FieldType.TEXT,
        example=Example("  Ada Lovelace ", "Ada Lovelace"),
    ),
    Transform(
        name="lower",
        title="Lower case",
        help="Writes the text in small letters.",
        run=lower,
        takes=FieldType.TEXT,
        gives=FieldType.TEXT,
        example=Example("Algebra II", "algebra ii"),
    ),
    Transform(
        name="upper",
        title="Upper case",
        help="Writes the text in capital letters.",
        run=upper,
        takes=FieldType.TEXT,
        gives=FieldType.TEXT,
        example=Example("de", "DE"),
    ),
    Transform(
        name="title",
        title="Capitalise words",
        help="Begins every word with a capital and writes the rest of it small.",
        run=title,
        takes=FieldType.TEXT,
        gives=FieldType.TEXT,
        example=Example("ADA king-noel", "Ada King-Noel"),
    ),
    Transform(
        name="slug",
        title="Slug for addresses",
        help="Small letters a to z, digits and hyphens only; accents are dropped. Refuses a text with none.",
        run=slug,
        takes=FieldType.TEXT,
        gives=FieldType.TEXT,
        example=Example("Café Müller, 2nd floor", "cafe-muller-2nd-floor"),
    ),
    Transform(
        name="color",
        title="Colour",
        help="Writes a colour as # and six digits; #2E7 counts as #22ee77. Refuses names of colours.",
        run=color,
        gives=FieldType.TEXT,
        params=(OTHERWISE,),
        example=Example("#2E7D32", "#2e7d32"),
    ),
    Transform(
        name="template",
        title="Text with placeholders",
        help=(
            "Text in which {expression} stands for a value of the run, for example {event.title}, and "
            "{value} for the value so far. Lists are joined with commas; {{ and }} write braces."
        ),
        run=template,
        gives=FieldType.TEXT,
        params=(
            Field(key="text", label="Text", required=True, help="For example: Review for {event.title}"),
            Field(
                key="empty",
                label="Instead of an empty placeholder",
                help="Not set: an empty placeholder is an error. It may be set to an empty text.",
            ),
        ),
        takes_empty=True,
        texts=("text",),
        example=Example("Algebra II", "Review: Algebra II", {"text": "Review: {value}"}),
    ),
)
