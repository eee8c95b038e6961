"""The configuration, written down."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from integrations.engine.errors import WrongUse
from integrations.management.base import Answer, HubCommand
from integrations.services import config


class Command(HubCommand):
    help = "Write teams, connections and workflows as YAML; secrets only as names of environment variables."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", nargs="?", default="-", help="where to; - (the default) is standard output"
        )

    def answer(self, options: dict[str, Any]) -> Answer:
        text = config.export_text()
        document = config.export()
        if options["file"] == "-":
            return Answer(document=document, lines=text.splitlines())
        try:
            Path(options["file"]).write_text(text, encoding="utf-8")
        except OSError as error:
            raise WrongUse(f"{options['file']} cannot be written: {error.strerror}.") from error
        return Answer(document=document, lines=[f"Written to {options['file']}."])
