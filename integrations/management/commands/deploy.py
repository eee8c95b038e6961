"""From draft to live."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from integrations.management.base import Answer, HubCommand
from integrations.services import (
    drafts,
    known,
    lifecycle,
    named,
    own_fields,
    registering,
    unproven,
    versions,
)


class Command(HubCommand):
    help = "Freeze a workflow's draft as a version and let it run, through the same gate as the screen."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("workflow", help="name or number")
        parser.add_argument("--why", default="", help="kept with the version, for whoever reads its history")

    def answer(self, options: dict[str, Any]) -> Answer:
        workflow = named.workflow(options["workflow"])
        spec = drafts.compile_draft(workflow)
        own_fields.look(spec, drafts.bound(workflow))
        gone = [one.sentence for one in known.gone(workflow, spec)]
        if found := lifecycle.standing_in_the_way(workflow):
            return Answer(
                document={"workflow": workflow.name, "deployed": False, "problems": found},
                failed=" ".join(found),
            )
        in_doubt = unproven.unproven(spec)
        unchanged = versions.unchanged(workflow)
        version = lifecycle.deploy(workflow, why=options["why"])
        registered = registering.after_deploy(workflow)
        told = [registered.sentence] if registered else []
        return Answer(
            document={
                "workflow": workflow.name,
                "deployed": True,
                "version": version.number,
                "unchanged": unchanged,
                "gone": gone,
                "held_in_doubt": in_doubt,
                "webhooks": told,
            },
            lines=[
                _went(workflow.name, version.number, unchanged=unchanged),
                *gone,
                *in_doubt,
                *told,
            ],
        )


def _went(name: str, number: int, *, unchanged: bool) -> str:
    if unchanged:
        return f"Nothing has changed: “{name}” stays live as version {number}."
    return f"“{name}” is live as version {number}."
