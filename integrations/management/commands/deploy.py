"""From draft to live."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from integrations.management.base import Answer, HubCommand
from integrations.services import drafts, known, lifecycle, named, own_fields, registering


class Command(HubCommand):
    help = "Freeze a workflow's draft as a version and let it run, through the same gate as the screen."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("workflow", help="name or number")

    def answer(self, options: dict[str, Any]) -> Answer:
        workflow = named.workflow(options["workflow"])
        spec = drafts.compile_draft(workflow)
        own_fields.look(spec, drafts.bound(workflow))
        gone = [one.sentence for one in known.gone(workflow, spec)]
        if found := lifecycle.problems(workflow):
            return Answer(
                document={"workflow": workflow.name, "deployed": False, "problems": found},
                failed=" ".join(found),
            )
        version = lifecycle.deploy(workflow)
        registered = registering.after_deploy(workflow)
        told = [registered.sentence] if registered else []
        return Answer(
            document={
                "workflow": workflow.name,
                "deployed": True,
                "version": version.number,
                "gone": gone,
                "webhooks": told,
            },
            lines=[f"“{workflow.name}” is live as version {version.number}.", *gone, *told],
        )
