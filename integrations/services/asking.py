"""Questions to a workflow: the answer, and what whoever asked is told where there is none.

Outsiders hear what is wrong with their question. What is wrong with our accounts is the operator's to know,
and stands in the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from integrations.engine.errors import Conflict, MappingFailed, NotFound, Overdue, Refused
from integrations.models import Run, RunState
from integrations.services import requests
from integrations.services.questions import Asked, asked, at, question

__all__ = ["Asked", "Told", "ask", "asked", "at", "question", "told"]

OF_THE_QUESTION = {kind.kind for kind in (MappingFailed, Refused, NotFound, Conflict)}


@dataclass(frozen=True, slots=True)
class Told:
    """What whoever asked is told: a status of HTTP, and a document of JSON."""

    status: int
    document: Any


def ask(asked: Asked, given: Mapping[str, Any]) -> Run:
    """The run that answers. Raises Throttled when too many ask at once."""
    return requests.answer(asked.workflow, asked.connection, asked.question, given)


def told(run: Run) -> Told:
    if run.state == RunState.SUCCEEDED:
        return Told(200, run.answer)
    if run.error_kind == Overdue.kind:
        return _no(504, "The answer took too long; ask again in a moment, or for fewer days.")
    if run.state == RunState.SKIPPED or run.error_kind in OF_THE_QUESTION:
        return _no(422, run.reason)
    return _no(502, "The calendar cannot be asked at the moment; try again in a few minutes.")


def _no(status: int, sentence: str) -> Told:
    return Told(status, {"status": status, "message": sentence})
