"""From draft to live."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from integrations.management.base import Answer, HubCommand
from integrations.services import lifecycle, named


class Command(HubCommand):
    help = "Freeze a workflow's draft as a version and let it run, through the same gate as the screen."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("workflow", help="name or number")

    def answer(self, options: dict[str, Any]) -> Answer:
        workflow = named.workflow(options["workflow"])
        if found := lifecycle.problems(workflow):
            return Answer(
                document={"workflow": workflow.name, "deployed": False, "problems": found},
                failed=" ".join(found),
            )
        version = lifecycle.deploy(workflow)
        return Answer(
            document={"workflow": workflow.name, "deployed": True, "version": version.number},
            lines=[f"“{workflow.name}” is live as version {version.number}."],
        )
