"""Looking at a polled source now."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from integrations.management.base import Answer, HubCommand
from integrations.services import named, sweeps
from integrations.services.sweeps import Swept


class Command(HubCommand):
    help = "Look at a live workflow's source now, in this process."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("workflow", help="name or number")

    def answer(self, options: dict[str, Any]) -> Answer:
        workflow = named.workflow(options["workflow"])
        swept = sweeps.sweep(workflow)
        document = {
            "workflow": workflow.name,
            "rows": swept.rows,
            "events": swept.events,
            "runs": swept.runs,
            "baseline": swept.baseline,
            "busy": swept.busy,
        }
        return Answer(document=document, lines=[_sentence(swept)])


def _sentence(swept: Swept) -> str:
    if swept.busy:
        return "Another worker is looking already."
    if swept.baseline:
        return f"The first look: {swept.rows} records are known now, and none of them is news."
    return f"{swept.rows} records read, {swept.events} events, {swept.runs} runs started."
