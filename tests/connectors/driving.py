"""Drive a connector's generators without a network."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from integrations.engine.spec import Outcome, Read, Write

Command = Read | Write


def drive(script: Generator[Any, Any, Any], answer: Callable[[Command], Any]) -> tuple[Any, list[Command]]:
    """What the script returns, and what it asked for; `answer` gives values or Outcomes."""
    asked: list[Command] = []
    outcome: Outcome | None = None
    while True:
        try:
            command = script.send(outcome)
        except StopIteration as stop:
            return stop.value, asked
        asked.append(command)
        value = answer(command)
        outcome = value if isinstance(value, Outcome) else Outcome(value)
