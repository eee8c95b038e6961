"""Every path that a sample holds, written as a source expression."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
DEEPEST = 6
MOST = 400


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
            word = key if PLAIN.fullmatch(key) else json.dumps(key, ensure_ascii=False)
            yield from _walk(f"{prefix}.{word}" if prefix else word, inner, depth + 1)
    elif isinstance(value, list) and value and isinstance(value[0], Mapping) and depth < DEEPEST:
        yield from _walk(f"{prefix}[0]", value[0], depth + 1)
    elif prefix:
        yield prefix, value
