"""The app makes the next key."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandParser

from integrations.engine.errors import WrongUse
from integrations.management.base import Answer, HubCommand
from integrations.services import named, renewing


class Command(HubCommand):
    help = "Have the app make the connection's next key, store it, and try it."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("connection", help="name or number")
        parser.add_argument("--yes", action="store_true", help="the app may end the present key at once")

    def answer(self, options: dict[str, Any]) -> Answer:
        connection = named.connection(options["connection"])
        if not options["yes"]:
            raise WrongUse(
                f"The app may end the present key of {connection.name} at once, wherever else it is used; "
                "give --yes to go on."
            )
        renewed = renewing.renew(connection, datetime.now(UTC))
        return Answer(
            document={"connection": connection.name, "ok": renewed.ok, "sentence": renewed.sentence},
            lines=[renewed.sentence] if renewed.ok else [],
            failed="" if renewed.ok else renewed.sentence,
        )
