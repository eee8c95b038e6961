"""Does a connection work?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandParser

from integrations.management.base import Answer, HubCommand
from integrations.services import key_ages, named, registering, verification


class Command(HubCommand):
    help = "Make the app's own proving call over a connection and say what it answered."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("connection", help="name or number")

    def answer(self, options: dict[str, Any]) -> Answer:
        connection = named.connection(options["connection"])
        verified = verification.verify(connection)
        age = key_ages.age_of(connection, datetime.now(UTC))
        reminder = f"{age.when} {age.advice}" if age and age.due else ""
        registered = registering.after_verify(connection) if verified.ok else None
        webhooks = registered.sentence if registered else ""
        document = {"connection": connection.name, "ok": verified.ok, "sentence": verified.sentence}
        return Answer(
            document={**document, "reminder": reminder, "webhooks": webhooks},
            lines=[line for line in (verified.sentence, reminder, webhooks) if line] if verified.ok else [],
            failed="" if verified.ok else verified.sentence,
        )
