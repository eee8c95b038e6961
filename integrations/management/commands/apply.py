"""Exactly the writes of a plan that was shown before."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from integrations.management.base import Answer, HubCommand, positive
from integrations.management.telling import run_lines
from integrations.services import byhand, lifecycle, plans
from integrations.services.stories import run_json


class Command(HubCommand):
    help = (
        "Apply exactly a plan that run --dry-run or undo has made. What it rests on is read again first: if "
        "anything has moved since, it says what, and nothing is written."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("plan", help="its number")
        parser.add_argument("--timeout", type=positive, default=60, metavar="SECONDS")

    def answer(self, options: dict[str, Any]) -> Answer:
        plan = plans.named(options["plan"])
        run = byhand.wait_for(plans.apply(plan, None), options["timeout"])
        failed = (
            "" if lifecycle.passed(run) else f"Run {run.pk} is {run.state}: {run.reason or 'not over yet.'}"
        )
        return Answer(
            document={"plan": plan.pk, "run": run_json(run)},
            lines=[f"Plan {plan.pk} was applied as run {run.pk}.", *run_lines(run)],
            failed=failed,
        )
