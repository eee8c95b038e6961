"""One question to a live workflow, as if somebody had asked at its address."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import CommandParser

from integrations.management.base import Answer, HubCommand, pairs
from integrations.services import asking, named


class Command(HubCommand):
    help = "Ask a live workflow a question and print its answer; for people the answer is JSON too."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("workflow", help="name or number")
        parser.add_argument(
            "--set", action="append", default=[], metavar="FIELD=VALUE", help="such as start_date=2026-11-23"
        )

    def answer(self, options: dict[str, Any]) -> Answer:
        asked = asking.asked(named.workflow(options["workflow"]))
        run = asking.ask(asked, asking.question(asked.trigger, pairs(options["set"]), {}))
        told = asking.told(run)
        document = {"status": told.status, "run": run.pk, "answer": run.answer, "reason": run.reason}
        lines = json.dumps(told.document, indent=2, ensure_ascii=False).splitlines()
        return Answer(
            document=document,
            lines=lines if told.status == 200 else (),
            failed="" if told.status == 200 else f"Run {run.pk} has no answer: {run.reason}",
        )
