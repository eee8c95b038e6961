"""What the apps offer."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from integrations import catalog
from integrations.management.base import Answer, HubCommand, columns


class Command(HubCommand):
    help = "Every action and trigger of every app, or of one."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--connector", metavar="APP", help=f"one of: {', '.join(catalog.CONNECTORS)}")

    def answer(self, options: dict[str, Any]) -> Answer:
        found = catalog.entries(options["connector"])
        head = ("app", "kind", "key", "method", "path", "scopes")
        rows = [
            (
                entry["connector"],
                entry["kind"],
                entry["key"] + (" (deprecated)" if entry["deprecated"] else ""),
                entry["method"],
                entry["path"],
                " ".join(entry["scopes"]),
            )
            for entry in found
        ]
        return Answer(document=found, lines=columns([head, *rows]))
