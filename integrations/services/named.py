"""Finding what somebody named: by name, or by number where names are not enough."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, QuerySet

from integrations.engine.errors import WrongUse, did_you_mean
from integrations.models import Connection, Team, Workflow


def workflow(text: str) -> Workflow:
    found: Workflow = _one(Workflow.objects.select_related("team", "live"), text, "workflow")
    return found


def connection(text: str) -> Connection:
    found: Connection = _one(Connection.objects.select_related("team"), text, "connection")
    return found


def team(text: str) -> Team:
    found = Team.objects.filter(name=text).first()
    if found is None:
        raise WrongUse(did_you_mean(text, list(Team.objects.values_list("name", flat=True)), "team"))
    return found


def _one(rows: QuerySet[Any], text: str, what: str) -> Any:
    """The row of that name, else of that id. Names are unique in a team only."""
    matches: list[Model] = list(rows.filter(name=text))
    if not matches and text.isdecimal():
        matches = list(rows.filter(pk=int(text)))
    if len(matches) > 1:
        ids = ", ".join(f"{row.pk} (team {row.team})" for row in matches)  # type: ignore[attr-defined]
        raise WrongUse(f"Several teams have a {what} “{text}”; give its number instead: {ids}.")
    if not matches:
        raise WrongUse(did_you_mean(text, list(rows.values_list("name", flat=True)), what))
    return matches[0]
