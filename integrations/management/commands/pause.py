"""Stopping a workflow for a while."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from integrations.management.base import Answer, HubCommand
from integrations.services import lifecycle, named


class Command(HubCommand):
    help = "Stop a live workflow at its next step; its events are still collected."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("workflow", help="name or number")

    def answer(self, options: dict[str, Any]) -> Answer:
        workflow = named.workflow(options["workflow"])
        lifecycle.pause(workflow)
        return Answer(
            document={"workflow": workflow.name, "state": workflow.state},
            lines=[f"“{workflow.name}” is paused; what happens meanwhile runs when it is resumed."],
        )
