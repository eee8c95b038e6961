"""The kill switches."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from integrations.management.base import Answer, HubCommand
from integrations.management.switching import add_switches, switched
from integrations.services import lifecycle, named, stops


class Command(HubCommand):
    help = "Stop a workflow, a connection, a team or the hub at the next step; what comes meanwhile is kept."

    def arguments(self, parser: CommandParser) -> None:
        add_switches(parser)
        parser.add_argument("--why", default="", help="kept in the audit, and shown on every page")

    def answer(self, options: dict[str, Any]) -> Answer:
        switch = switched(options)
        if switch is None:
            workflow = named.workflow(options["workflow"])
            lifecycle.pause(workflow)
            name = f"“{workflow.name}”"
        else:
            name = stops.capital(stops.subject(stops.stop(*switch, why=options["why"])))
        return Answer(
            document={"stopped": name.strip("“”"), "why": options["why"]},
            lines=[f"{name} is stopped; what happens meanwhile runs when it is resumed."],
        )
