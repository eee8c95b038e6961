"""What went live, and what each version says that another does not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.management.base import CommandParser

from integrations.engine.rewording import Change
from integrations.management.base import Answer, HubCommand
from integrations.models import Workflow
from integrations.services import named, versions


class Command(HubCommand):
    help = (
        "A workflow's versions, who made them when and why; with --diff, what one says that another does not."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("workflow", help="name or number")
        parser.add_argument(
            "--diff", nargs=2, metavar=("A", "B"), help="two of: a version's number, live, draft"
        )

    def answer(self, options: dict[str, Any]) -> Answer:
        workflow = named.workflow(options["workflow"])
        if options["diff"]:
            return _difference(workflow, *options["diff"])
        entries = versions.history(workflow)
        lines = [line for entry in entries for line in _lines(workflow, entry)]
        return Answer(
            document=[_document(workflow, entry) for entry in entries],
            lines=lines or [f"“{workflow.name}” has not been deployed yet."],
        )


def _difference(workflow: Workflow, before: str, after: str) -> Answer:
    found = versions.between(versions.named(workflow, before), versions.named(workflow, after))
    lines = [f"- {change.sentence}" for change in found]
    return Answer(
        document={"workflow": workflow.name, "from": before, "to": after, "changes": _plain(found)},
        lines=lines or [f"“{before}” and “{after}” say the same."],
    )


def _document(workflow: Workflow, entry: versions.Entry) -> dict[str, Any]:
    version = entry.version
    return {
        "version": version.number,
        "live": version.pk == workflow.live_id,
        "made_at": version.made_at,
        "made_by": version.made_by and version.made_by.get_username(),
        "why": version.why,
        "changes": None if entry.first or entry.unread else _plain(entry.changes),
    }


def _plain(changes: Iterable[Change]) -> list[dict[str, str]]:
    return [{"about": change.about, "says": change.says} for change in changes]


def _lines(workflow: Workflow, entry: versions.Entry) -> list[str]:
    version = entry.version
    who = version.made_by.get_username() if version.made_by else "the command line"
    live = " (live)" if version.pk == workflow.live_id else ""
    head = f"v{version.number}{live}  {version.made_at:%Y-%m-%d %H:%M} UTC, by {who}"
    why = [f"   {version.why}"] if version.why else []
    same = "   Says the same as the one before." if not entry.first else "   The first one."
    changed = [f"   - {change.sentence}" for change in entry.changes]
    return [head, *why, *(changed or [f"   {entry.unread}" if entry.unread else same])]
