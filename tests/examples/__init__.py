"""What each example of docs/examples/ does to the simulated apps. A module here with CASES is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.hub import Hub


def nothing(hub: Hub) -> None:
    """No preparation is needed."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One recipe's example.

    `arrange` puts into the simulated apps what the event is about. `done` asserts what they hold after the
    event, `undone` after its reverse (None: the document asks for none). `watched` are the (app, collection)
    pairs that a second delivery of the same event must leave exactly as they are.
    """

    recipe: str
    done: Callable[[Hub], None]
    watched: tuple[tuple[str, str], ...]
    arrange: Callable[[Hub], None] = nothing
    undone: Callable[[Hub], None] | None = None
    event_type: str = ""
    reverse_type: str = ""
