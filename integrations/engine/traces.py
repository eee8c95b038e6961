"""The story of a mapped value, hop by hop, and the sentences about a target field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from integrations.engine.errors import MappingFailed
from integrations.engine.expressions import ended
from integrations.engine.transforms import Hop


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """How one target field came by its value, or why it has none.

    `found`: the source gave something. `lost_at`: "source", or "transform:<name>", where the value was lost
    ("" if it never was), even when a default took its place. `note` says in words what the source path does
    not have, or why a transform that may leave a value out did. `problem` is a sentence naming the field, ""
    if all is well.
    """

    target: str
    source: str = ""
    source_value: Any = None
    found: bool = False
    hops: tuple[Hop, ...] = ()
    used_default: bool = False
    value: Any = None
    problem: str = ""
    lost_at: str = ""
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "target": self.target,
            "source": self.source,
            "source_value": self.source_value,
            "found": self.found,
            "hops": [hop.to_json() for hop in self.hops],
            "used_default": self.used_default,
            "value": self.value,
            "problem": self.problem,
            "lost_at": self.lost_at,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Mapped:
    """The values to send (dotted targets as nested objects), and one trace per mapping."""

    values: dict[str, Any]
    traces: tuple[Trace, ...]

    @property
    def problems(self) -> tuple[str, ...]:
        return tuple(trace.problem for trace in self.traces if trace.problem)

    def raise_for_problems(self) -> None:
        """Raises MappingFailed with one sentence that names every field with a problem."""
        problems = self.problems
        if len(problems) == 1:
            raise MappingFailed(problems[0])
        if problems:
            listed = "; ".join(problem.rstrip(".") for problem in problems)
            raise MappingFailed(f"{len(problems)} fields cannot be filled: {listed}.")


def field_says(target: str, predicate: str) -> str:
    return ended(f"`{target}` {predicate}")


def about(target: str, sentence: str) -> str:
    return ended(f"`{target}`: {sentence}")
