"""Letting what was stopped go on."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from integrations.management.base import Answer, HubCommand
from integrations.management.switching import add_switches, switched
from integrations.models import UNFINISHED, Run, Stop, Workflow
from integrations.services import firsts, lifecycle, named, stops


class Command(HubCommand):
    help = "Let a workflow, a connection, a team or the hub go on; what was collected meanwhile runs now."

    def arguments(self, parser: CommandParser) -> None:
        add_switches(parser)
        parser.add_argument(
            "--all-records",
            action="store_true",
            help="of a workflow that was promoted for its first records only: take all from here on",
        )

    def answer(self, options: dict[str, Any]) -> Answer:
        switch = switched(options)
        if switch is not None:
            stops.resume(*switch)
            name = stops.capital(stops.subject(Stop(team=switch[0], connection=switch[1])))
            return Answer(document={"resumed": name}, lines=[f"{name} goes on."])
        workflow = named.workflow(options["workflow"])
        if options["all_records"]:
            return _all_records(workflow)
        lifecycle.resume(workflow)
        waiting = Run.objects.filter(workflow=workflow, state__in=UNFINISHED).count()
        return Answer(
            document={"workflow": workflow.name, "state": workflow.state, "waiting": waiting},
            lines=[f"“{workflow.name}” goes on; {waiting} runs wait for it."],
        )


def _all_records(workflow: Workflow) -> Answer:
    freed = firsts.take_all(workflow)
    return Answer(
        document={"workflow": workflow.name, "state": workflow.state, "waiting": freed},
        lines=[f"“{workflow.name}” takes all records; {freed} runs waited for that."],
    )
