"""Differences that wait for a person: listed, and decided."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from integrations.engine.errors import WrongUse
from integrations.management.base import Answer, HubCommand
from integrations.models import Finding, Team
from integrations.services import healing, reconciling
from integrations.services.drain import drain_once


class Command(HubCommand):
    help = "List the differences that wait for a person; with --decide, say who wins and bring it in line."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--decide", type=int, metavar="ID", help="the difference, by its number")
        parser.add_argument("--winner", choices=("left", "right"), help="left: the workflow; right: the app")

    def answer(self, options: dict[str, Any]) -> Answer:
        if options["decide"] is not None:
            return _decided(options["decide"], options["winner"] or "")
        rows = [row for team in Team.objects.order_by("pk") for row in reconciling.conflicts(team)]
        lines = [_line(row) for row in rows] or ["No difference waits for a person."]
        return Answer(document=[_document(row) for row in rows], lines=lines)


def _decided(pk: int, winner: str) -> Answer:
    row = Finding.objects.select_related("reconcile__workflow__team").filter(pk=pk).first()
    if row is None:
        raise WrongUse(f"There is no difference {pk}; list them without --decide.")
    healing.decide(row, winner, None)
    healed = healing.heal(row.reconcile, actor=None, only=[row.pk])
    drain_once([run.pk for run in healed.runs])
    row.refresh_from_db()
    return Answer(document=_document(row), lines=[_line(row)])


def _line(row: Finding) -> str:
    values = f": {row.left.get('value')!r} here, {row.right.get('value')!r} there" if row.field else ""
    what = f"{row.name}.{row.field}" if row.field else f"{row.name} ({row.get_kind_display().lower()})"
    return f"{row.pk}  {row.reconcile.workflow.name}  {row.record}  {what}{values}  {row.why}".rstrip()


def _document(row: Finding) -> dict[str, Any]:
    return {
        "id": row.pk, "workflow": row.reconcile.workflow.name, "record": row.record, "link": row.name,
        "kind": row.kind, "field": row.field, "side": row.side, "agreed": row.agreed.get("value"),
        "left": row.left.get("value"), "right": row.right.get("value"), "state": row.state, "why": row.why,
        "winner": row.winner, "writes_back": row.writes_back,
    }  # fmt: skip
