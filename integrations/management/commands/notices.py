"""What apps have told the hub by webhooks, in numbers."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from integrations.management.base import Answer, HubCommand, columns, positive
from integrations.services import inbox, named
from integrations.services.tallies import COUNTS


class Command(HubCommand):
    help = "Webhooks by account and type: received, duplicate, refused, late, echoes of ours, recovered."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("connection", nargs="?", help="name or number; else every account")
        parser.add_argument("--days", type=positive, default=inbox.DAYS, help=f"how far back ({inbox.DAYS})")

    def answer(self, options: dict[str, Any]) -> Answer:
        connection = named.connection(options["connection"]) if options["connection"] else None
        found = inbox.counts(days=options["days"], connection=connection)
        head = ("account", "type", *COUNTS)
        rows = [
            (", ".join(row["connections"]) or row["account"] or "–", row["type"], *(row[n] for n in COUNTS))
            for row in found
        ]
        lines = columns([head, *rows]) if rows else [f"Nothing came in the last {options['days']} days."]
        return Answer(document=found, lines=lines)
