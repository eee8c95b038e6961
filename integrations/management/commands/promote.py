"""From the sandbox to real accounts."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from integrations.management.base import Answer, HubCommand, columns, pairs, positive
from integrations.models import Connection, Workflow
from integrations.services import firsts, named, promotion, registering
from integrations.services.promotion import Outlook
from integrations.services.repicking import Repick


class Command(HubCommand):
    help = (
        "Let what is live in the sandbox go live on real accounts, as a workflow of its own: the same "
        "version, other connections; calendars, users, fields and the like are picked by their names there."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("workflow", help="name or number")
        parser.add_argument(
            "--to",
            action="append",
            default=[],
            metavar="ROLE=CONNECTION",
            help="the real connection in a role, by name or number; once for each role",
        )
        parser.add_argument(
            "--pick",
            action="append",
            default=[],
            metavar="THIS=THAT",
            help="what has no namesake: its name in the sandbox = its name or id there",
        )
        parser.add_argument("--name", default="", help="what the workflow is called there")
        parser.add_argument(
            "--first", type=positive, metavar="N", help="only N records run until somebody takes all"
        )
        parser.add_argument("--why", default="", help="kept with the version, for whoever reads its history")
        parser.add_argument("--dry-run", action="store_true", help="only say what it names there")

    def answer(self, options: dict[str, Any]) -> Answer:
        workflow = named.workflow(options["workflow"])
        to = {role: _connection(workflow, name) for role, name in pairs(options["to"]).items()}
        found = promotion.look(workflow, to, picks=pairs(options["pick"]), name=options["name"])
        document = _document(found)
        lines = _lines(found)
        if found.problems or options["dry_run"]:
            failed = " ".join(found.problems)
            return Answer(document={**document, "promoted": False}, lines=lines, failed=failed)
        done = promotion.promote(found, first_n=options["first"], why=options["why"])
        registered = registering.after_deploy(done.workflow)
        bound = firsts.standing(done.workflow)
        told = [registered.sentence] if registered else []
        return Answer(
            document={
                **document,
                "promoted": True,
                "version": done.version.number,
                "unchanged": done.again,
                "first": done.workflow.first_n,
                "webhooks": told,
            },
            lines=[
                *lines,
                _went(done),
                *([bound.sentence] if bound else []),
                *told,
            ],
        )


def _connection(workflow: Workflow, text: str) -> Connection:
    """Of the workflow's own team, where others have one of that name too."""
    own = Connection.objects.of(workflow.team).filter(name=text).first()
    return own or named.connection(text)


def _document(found: Outlook) -> dict[str, Any]:
    return {
        "workflow": found.name,
        "from": found.workflow.name,
        "from_version": found.version.number,
        "connections": {role: one.name for role, one in found.connections.items()},
        "references": [_row(row) for row in found.found.rows],
        "tables": found.tables,
        "open": [row.sentence for row in found.found.open],
        "unread": found.found.unread,
    }


def _row(row: Repick) -> dict[str, Any]:
    return {
        "key": row.key,
        "list": row.title,
        "was": row.label,
        "was_id": row.id,
        "is": row.to_label,
        "is_id": row.to,
        "named_in": row.where,
    }


def _lines(found: Outlook) -> list[str]:
    if not found.found.rows:
        return ["It names nothing that is picked from a list of an account."]
    head: list[tuple[object, ...]] = [("list", "in the sandbox", "there", "named in")]
    rows = [
        (row.title, row.label, row.to_label or "to be chosen: --pick", ", ".join(row.where))
        for row in found.found.rows
    ]
    return [*columns([*head, *rows]), *found.tables]


def _went(done: promotion.Promoted) -> str:
    name, number = done.workflow.name, done.version.number
    if done.again:
        return f"Nothing has changed: “{name}” stays live as version {number}."
    return f"“{name}” is live as version {number}. Its first look only notes what is there."
