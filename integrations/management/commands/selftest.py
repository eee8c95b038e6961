"""Do webhooks still come in?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandParser

from integrations.management.base import Answer, HubCommand
from integrations.models import SelfTest
from integrations.services import named, selftests


class Command(HubCommand):
    help = "Post an event of the hub's own to its webhook addresses, by their public name; it starts nothing."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("connection", nargs="?", help="name or number; without it all that are heard at")

    def answer(self, options: dict[str, Any]) -> Answer:
        now = datetime.now(UTC)
        name = options["connection"]
        rows = [selftests.run(named.connection(name), now)] if name else selftests.run_all(now)
        bad = [row for row in rows if not row.ok]
        return Answer(
            document=[_as_data(row) for row in rows],
            lines=[f"{row.connection.name}: {row.sentence}" for row in rows]
            or ["No live workflow listens to webhooks."],
            failed=f"{len(bad)} of {len(rows)} did not come in." if bad else "",
        )


def _as_data(row: SelfTest) -> dict[str, Any]:
    return {
        "connection": row.connection.name,
        "ok": row.ok,
        "on_this_machine_only": row.near,
        "sentence": row.sentence,
        "failures": row.failures,
    }
