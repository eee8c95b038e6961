"""The catalogue's table, written anew from the vendor's files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from integrations.management import drifted
from integrations.management.base import Answer, HubCommand
from integrations.services import official


class Command(HubCommand):
    help = "Write the catalogue's table of calls from the vendor's official OpenAPI files."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", metavar="PATH", type=Path, help="the directory of the official files")
        parser.add_argument(
            "--connector", metavar="APP", help="which app; needed only where several have files"
        )

    def answer(self, options: dict[str, Any]) -> Answer:
        connector, files = official.chosen(options["connector"])
        done = official.sync(connector, files, options["path"])
        changed = f"{len(done.found)} differences" if done.found else "nothing changed"
        return Answer(
            document=drifted.document(done, files),
            lines=[
                *drifted.lines(done),
                f"The table of {connector.title} was written with {done.calls} calls: {changed}.",
            ],
        )
