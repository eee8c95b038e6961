"""Is the catalogue still what the vendor's files say?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from integrations.engine.spec import Official
from integrations.management import drifted
from integrations.management.base import Answer, HubCommand
from integrations.services import official


class Command(HubCommand):
    help = "Compare the catalogue with the vendor's official OpenAPI files; changes nothing."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", metavar="PATH", type=Path, help="the directory of the official files")
        parser.add_argument(
            "--connector", metavar="APP", help="which app; needed only where several have files"
        )
        parser.add_argument("--verbose", action="store_true", help="list the known deviations, with evidence")

    def answer(self, options: dict[str, Any]) -> Answer:
        connector, files = official.chosen(options["connector"])
        checked = official.check(connector, files, options["path"])
        known = drifted.deviations(files) if options["verbose"] else []
        return Answer(
            document=drifted.document(checked, files),
            lines=[*drifted.lines(checked), *known, _sum(checked, files)],
            failed=_verdict(checked),
        )


def _sum(checked: official.Checked, files: Official) -> str:
    return (
        f"{checked.calls} calls in {len(files.files)} files of {checked.connector.title} were compared, with "
        f"{len(files.deviations)} known deviations (--verbose lists them)."
    )


def _verdict(checked: official.Checked) -> str:
    number = len(checked.found)
    if not number:
        return ""
    says = "1 difference is" if number == 1 else f"{number} differences are"
    return f"{says} not explained; look at what changed, then run manage.py catalog_sync with the same path."
