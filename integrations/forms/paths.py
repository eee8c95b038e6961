"""Every source that a mapping may take: what a sample holds, and what is declared and not in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from integrations.engine.schema import joined
from integrations.engine.spec import Field

DEEPEST = 6
MOST = 600
LONGEST = 60


@dataclass(frozen=True, slots=True)
class Offer:
    """A source expression, and in short what it is or holds."""

    path: str
    says: str


def offers_in(
    seen: Mapping[str, Any], declared: Mapping[str, Any], types: Mapping[str, Field]
) -> list[Offer]:
    """The paths of the sample with their values, then those that are only declared, with their types."""
    there = dict(paths_in(seen))
    found = [Offer(path, _brief(value)) for path, value in there.items()]
    for path, _ in paths_in(declared):
        if path not in there:
            field = types.get(path)
            kind = field.type.value if field else "value"
            found.append(Offer(path, f"{kind}, declared; not in this sample"))
    return found[:MOST]


def _brief(value: Any) -> str:
    if value is None or value == "":
        return "–"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def paths_in(context: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """(expression, value) for each leaf, in the order of the sample."""
    found = []
    for path, value in _walk("", context, 0):
        found.append((path, value))
        if len(found) == MOST:
            break
    return found


def _walk(prefix: str, value: Any, depth: int) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value and depth < DEEPEST:
        for key, inner in value.items():
            yield from _walk(joined(prefix, key), inner, depth + 1)
    elif isinstance(value, list) and value and isinstance(value[0], Mapping) and depth < DEEPEST:
        yield from _walk(f"{prefix}[0]", value[0], depth + 1)
    elif prefix:
        yield prefix, value
