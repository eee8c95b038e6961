"""What a run has written, taken back."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from integrations.engine.errors import WrongUse
from integrations.management.base import Answer, HubCommand, positive
from integrations.management.telling import kept_lines, run_lines
from integrations.models import Plan, Run
from integrations.services import byhand, lifecycle, plans, undoing
from integrations.services.stories import run_json


class Command(HubCommand):
    help = (
        "Plan what would take back the writes of a run, and say what cannot be taken back and why. With "
        "--apply exactly that is done; without, nothing is written."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("run", type=positive)
        parser.add_argument("--apply", action="store_true", help="do it, if nothing has moved meanwhile")
        parser.add_argument("--timeout", type=positive, default=60, metavar="SECONDS")

    def answer(self, options: dict[str, Any]) -> Answer:
        rows = Run.objects.select_related("workflow", "version", "event__connection", "team")
        run = rows.filter(pk=options["run"]).first()
        if run is None:
            raise WrongUse(f"There is no run {options['run']}; manage.py runs lists the latest.")
        plan = undoing.plan(run, None)
        document, lines = _document(plan), kept_lines(plan)
        if not plan.writes:
            return Answer(document=document, lines=lines, failed="Nothing of it can be taken back.")
        if not options["apply"]:
            hint = f"Exactly this is done by: manage.py apply {plan.pk}"
            return Answer(document=document, lines=[*lines, hint])
        made = byhand.wait_for(plans.apply(plan, None), options["timeout"])
        failed = (
            ""
            if lifecycle.passed(made)
            else f"Run {made.pk} is {made.state}: {made.reason or 'not over yet.'}"
        )
        return Answer(
            document={**document, "run": run_json(made)},
            lines=[*lines, f"Run {run.pk} was undone by run {made.pk}.", *run_lines(made)],
            failed=failed,
        )


def _document(plan: Plan) -> dict[str, Any]:
    return {
        "plan": plan.pk,
        "undoes": plan.undoes_id,
        "sentence": plan.sentence,
        "writes": plan.writes,
        "left": plan.left,
        "run": None,
    }
