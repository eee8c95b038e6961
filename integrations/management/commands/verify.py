"""Does a connection work?"""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from integrations.management.base import Answer, HubCommand
from integrations.services import named, verification


class Command(HubCommand):
    help = "Make the app's own proving call over a connection and say what it answered."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("connection", help="name or number")

    def answer(self, options: dict[str, Any]) -> Answer:
        connection = named.connection(options["connection"])
        verified = verification.verify(connection)
        return Answer(
            document={"connection": connection.name, "ok": verified.ok, "sentence": verified.sentence},
            lines=[verified.sentence] if verified.ok else [],
            failed="" if verified.ok else verified.sentence,
        )
