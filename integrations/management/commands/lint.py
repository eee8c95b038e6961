"""Whether what workflows name still exists in their accounts."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from integrations.management.base import Answer, HubCommand
from integrations.models import Workflow, WorkflowState
from integrations.services import linting, named


class Command(HubCommand):
    help = (
        "Check that calendars, groups, users, tags, templates and own fields that workflows name are there."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("workflow", nargs="?", help="name or number; without it all that are deployed")

    def answer(self, options: dict[str, Any]) -> Answer:
        document: list[dict[str, Any]] = []
        lines: list[str] = []
        last: linting.Last = {}
        for workflow in _asked(options["workflow"]):
            found = linting.lint(workflow, last)
            told = {key: workflow.lint[key] for key in ("at", "broken", "unread")}
            document.append({"workflow": workflow.name, **told})
            said = [one.sentence for one in found.broken] + found.unread
            lines += [f"{workflow.name}: {sentence}" for sentence in said or ["all it names is there."]]
        hurt = sum(bool(row["broken"] or row["unread"]) for row in document)
        failed = f"{hurt} of {len(document)} workflows need a look." if hurt else ""
        return Answer(document=document, lines=lines or ["Nothing is deployed yet."], failed=failed)


def _asked(text: str | None) -> list[Workflow]:
    if text:
        return [named.workflow(text)]
    rows = Workflow.objects.exclude(state=WorkflowState.DRAFT).exclude(live=None)
    return list(rows.select_related("live"))
