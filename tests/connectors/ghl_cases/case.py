"""What a case is: one legit call of one operation, with what it needs before and what is true afterwards."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from integrations.engine.spec import Outcome
from tests.connectors.ghl_cases.world import World

Values = dict[str, Any]

# Makes what it needs, yields the call's values (field key -> value), is sent the outcome, and looks.
Script = Generator[Values, Outcome, None]


@dataclass(frozen=True, slots=True)
class Case:
    """`operation` is the key in the catalogue; the script's name says what it is about."""

    operation: str
    script: Callable[[World], Script]

    @property
    def name(self) -> str:
        return f"{self.operation}:{self.script.__name__}"

    def run(self, world: World, send: Callable[[Values], Outcome]) -> None:
        """Make, send, look. AssertionError: something is not so."""
        script = self.script(world)
        outcome = send(next(script))
        for extra in _rest(script, outcome):
            raise AssertionError(f"{self.name} asks for a second call: {extra}")


class Cases(list[Case]):
    """The cases of one area, in the order they stand in the file."""

    def of(self, operation: str) -> Callable[[Callable[[World], Script]], Callable[[World], Script]]:
        def keep(script: Callable[[World], Script]) -> Callable[[World], Script]:
            self.append(Case(operation, script))
            return script

        return keep


def _rest(script: Script, outcome: Outcome) -> list[Values]:
    try:
        return [script.send(outcome)]
    except StopIteration:
        return []
