"""Looking at runs."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from integrations.engine.errors import WrongUse
from integrations.management.base import Answer, HubCommand, columns, positive
from integrations.management.telling import run_line, run_lines, whole_json
from integrations.models import Run, RunState
from integrations.services import named
from integrations.services.stories import run_json


class Command(HubCommand):
    help = "The latest runs, or one run with its steps, calls and values."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", nargs="?", type=positive, help="one run, whole")
        parser.add_argument("--state", choices=RunState.values)
        parser.add_argument("--workflow", help="name or number")
        parser.add_argument("--limit", type=positive, default=20)

    def answer(self, options: dict[str, Any]) -> Answer:
        rows = Run.objects.select_related("workflow", "version", "event")
        if options["id"]:
            run = rows.filter(pk=options["id"]).first()
            if run is None:
                raise WrongUse(f"There is no run {options['id']}; manage.py runs lists the latest.")
            return Answer(document=whole_json(run), lines=run_lines(run, lineage=True))
        if options["state"]:
            rows = rows.filter(state=options["state"])
        if options["workflow"]:
            rows = rows.filter(workflow=named.workflow(options["workflow"]))
        found = list(rows.order_by("-pk")[: options["limit"]])
        head = ("run", "state", "workflow", "event", "record", "made (UTC)", "why")
        return Answer(
            document=[run_json(run) for run in found] if options["json"] else [],
            lines=columns([head, *map(run_line, found)]) if found else ["No runs."],
        )
