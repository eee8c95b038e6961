"""Back to an earlier version."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from integrations.management.base import Answer, HubCommand, positive
from integrations.services import named, versions


class Command(HubCommand):
    help = "Let what an earlier version says go live again, as a new version, through the gate."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("workflow", help="name or number")
        parser.add_argument("--to", type=positive, metavar="N", help="which version (the one before)")
        parser.add_argument("--replace-draft", action="store_true", help="the draft says the same afterwards")

    def answer(self, options: dict[str, Any]) -> Answer:
        workflow = named.workflow(options["workflow"])
        to = options["to"]
        target = versions.numbered(workflow, str(to)) if to else versions.earlier(workflow)
        made = versions.rollback(workflow, target, replace_draft=options["replace_draft"])
        draft = "says the same now" if options["replace_draft"] else "stays as it was"
        return Answer(
            document={
                "workflow": workflow.name,
                "version": made.number,
                "says": target.number,
                "draft_replaced": options["replace_draft"],
            },
            lines=[
                f"“{workflow.name}” is live as version {made.number}, which says what version "
                f"{target.number} said. The draft {draft}."
            ],
        )
