"""The configuration, made so."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from integrations.management.base import Answer, HubCommand, read_text
from integrations.services import config
from integrations.services.config_import import import_config


class Command(HubCommand):
    help = (
        "Make teams, connections and drafts as a YAML file says: all of it or nothing; nothing is deployed."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="as config_export writes it; - is standard input")
        parser.add_argument(
            "--convert", action="store_true", help="put steps right that follow a public guide"
        )

    def answer(self, options: dict[str, Any]) -> Answer:
        imported = import_config(config.parse(read_text(options["file"])), convert=options["convert"])
        lines = [*(f"Made {name}." for name in imported.made), *(f"Changed {n}." for n in imported.changed)]
        return Answer(
            document={"made": imported.made, "changed": imported.changed, "notes": imported.notes},
            lines=[*(lines or ["Everything was so already."]), *imported.notes],
        )
