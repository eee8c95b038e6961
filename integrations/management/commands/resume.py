"""Letting a paused workflow go on."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from integrations.management.base import Answer, HubCommand
from integrations.models import UNFINISHED, Run
from integrations.services import lifecycle, named


class Command(HubCommand):
    help = "Let a paused workflow go on; what was collected meanwhile runs now."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("workflow", help="name or number")

    def answer(self, options: dict[str, Any]) -> Answer:
        workflow = named.workflow(options["workflow"])
        lifecycle.resume(workflow)
        waiting = Run.objects.filter(workflow=workflow, state__in=UNFINISHED).count()
        return Answer(
            document={"workflow": workflow.name, "state": workflow.state, "waiting": waiting},
            lines=[f"“{workflow.name}” goes on; {waiting} runs wait for it."],
        )
