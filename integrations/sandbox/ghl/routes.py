"""Which call a request is: a tree of path segments for each method, built once.

A fixed segment goes before a parameter (/calendars/events is no calendar), and a parameter is never empty:
the slash at the end of /calendars/ is part of the path.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from integrations.sandbox.ghl.declared import Contract

PARAMETER = "{}"
HERE = "/"

Node = dict[str, Any]


class Routes:
    """Finds the contract of a request by its method and path."""

    def __init__(self, contracts: Iterable[Contract]) -> None:
        self._trees: dict[str, Node] = {}
        for contract in contracts:
            self._plant(contract)

    def find(self, method: str, path: str) -> tuple[Contract, dict[str, str]] | None:
        """The contract, and the path's parameters; None for an unknown route."""
        found = _walk(self._trees.get(method, {}), path.split("/")[1:], 0, [])
        if found is None:
            return None
        (contract, names), values = found
        return contract, dict(zip(names, values, strict=True))

    def _plant(self, contract: Contract) -> None:
        node, names = self._trees.setdefault(contract.method, {}), []
        for segment in contract.path.split("/")[1:]:
            if segment.startswith("{"):
                names.append(segment.strip("{}"))
                segment = PARAMETER
            node = node.setdefault(segment, {})
        node[HERE] = (contract, names)


def _walk(
    node: Node, segments: list[str], place: int, values: list[str]
) -> tuple[tuple[Contract, list[str]], list[str]] | None:
    if place == len(segments):
        return (node[HERE], values) if HERE in node else None
    segment = segments[place]
    if segment != PARAMETER and segment in node:
        found = _walk(node[segment], segments, place + 1, values)
        if found is not None:
            return found
    if segment and PARAMETER in node:
        return _walk(node[PARAMETER], segments, place + 1, [*values, segment])
    return None
