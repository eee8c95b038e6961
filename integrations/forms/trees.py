"""An answer as a tree that people read, each value with the path that a mapping would name it by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from integrations.engine.schema import joined

MOST = 400
DEEPEST = 8


@dataclass(slots=True)
class Node:
    """One value. `path` is a JMESPath from the top; `more` says how many rows are not shown."""

    key: str
    path: str
    value: Any = None
    children: list[Node] = field(default_factory=list)
    says: str = ""
    more: int = 0


def tree_of(value: Any) -> list[Node]:
    """The nodes below the top, the first 400 of them; a plain value is one node."""
    if not isinstance(value, Mapping | list):
        return [] if value is None else [Node("", "@", value)]
    return _Grower().below(value, "", 0)


class _Grower:
    def __init__(self) -> None:
        self.left = MOST

    def below(self, value: Any, path: str, depth: int) -> list[Node]:
        if isinstance(value, Mapping):
            pairs = [(str(key), joined(path, str(key)), inner) for key, inner in value.items()]
        else:
            pairs = [(f"[{place}]", f"{path}[{place}]", inner) for place, inner in enumerate(value)]
        found = []
        for key, inner_path, inner in pairs:
            if self.left <= 0:
                break
            self.left -= 1
            found.append(self._node(key, inner_path, inner, depth))
        if len(found) < len(pairs):
            found.append(Node("…", "", more=len(pairs) - len(found)))
        return found

    def _node(self, key: str, path: str, value: Any, depth: int) -> Node:
        if not isinstance(value, Mapping | list) or not value or depth >= DEEPEST:
            return Node(key, path, value)
        says = f"{len(value)} {'fields' if isinstance(value, Mapping) else 'rows'}"
        return Node(key, path, children=self.below(value, path, depth + 1), says=says)
