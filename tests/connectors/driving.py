"""Drive a connector's generators without a network."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator
from typing import Any

from integrations.engine.spec import Hold, Outcome, Read, Write

Command = Read | Write


def drive(
    script: Generator[Any, Any, Any],
    answer: Callable[[Command], Any],
    *,
    taken: Collection[str] = (),
) -> tuple[Any, list[Command]]:
    """What the script returns, and what it asked for; `answer` gives values or Outcomes.

    Every time it wants to hold can be held but those in `taken`.
    """
    asked: list[Command] = []
    outcome: Outcome | None = None
    while True:
        try:
            command = script.send(outcome)
        except StopIteration as stop:
            return stop.value, asked
        if isinstance(command, Hold):
            free = [time for time in command.times if time not in taken]
            outcome = Outcome(free[: command.wanted] if command.wanted else free)
            continue
        asked.append(command)
        value = answer(command)
        outcome = value if isinstance(value, Outcome) else Outcome(value)
