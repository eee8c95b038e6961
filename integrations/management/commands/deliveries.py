"""What the hub has sent, or is to send, to addresses of the operator's own."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from integrations.management.base import Answer, HubCommand, columns, positive
from integrations.models import Delivery
from integrations.services import named, outbound


class Command(HubCommand):
    help = "Deliveries, newest first; with --replay one is sent again, with the same id."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("connection", nargs="?", help="name or number; else every connection")
        parser.add_argument("--replay", type=positive, metavar="N", help="send delivery N again now")
        parser.add_argument("--last", type=positive, default=50, help="how many to show (50)")

    def answer(self, options: dict[str, Any]) -> Answer:
        if options["replay"]:
            return self._again(options["replay"])
        rows = Delivery.objects.select_related("connection")
        if options["connection"]:
            rows = rows.filter(connection=named.connection(options["connection"]))
        found = [_told(row) for row in rows[: options["last"]]]
        head = ("number", "state", "tries", "status", "connection", "id")
        lines = columns([head, *([str(row[name]) for name in _SHOWN] for row in found)])
        return Answer(document=found, lines=lines if found else ["There are no deliveries."])

    def _again(self, number: int) -> Answer:
        row = outbound.of_any_team(number)
        outbound.again(row)
        outbound.send_due(only=[row.pk])
        row.refresh_from_db()
        failed = "" if row.state == "delivered" else row.problem or "It was not taken."
        return Answer(document=_told(row), lines=[f"Delivery {row.pk} is {row.state}."], failed=failed)


_SHOWN = ("number", "state", "tries", "status", "connection", "id")


def _told(row: Delivery) -> dict[str, Any]:
    return {
        "number": row.pk,
        "id": row.key,
        "connection": row.connection.name,
        "operation": row.operation,
        "state": row.state,
        "tries": row.attempts,
        "status": row.status,
        "due_at": row.due_at.isoformat() if row.due_at else None,
        "problem": row.problem,
        "run": row.run_id,
    }
