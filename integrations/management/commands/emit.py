"""A payload as if the app had delivered it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from integrations.management.base import Answer, HubCommand, read_object
from integrations.services import byhand, named
from integrations.services.byhand import Emitted


class Command(HubCommand):
    help = "Accept a payload as if the app had delivered it: the event is stored, and its runs are started."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("connection", help="name or number of the connection it comes from")
        parser.add_argument("event_type", help="such as certificate.issued; see manage.py catalog")
        parser.add_argument("file", help="a JSON file with the payload, or - for standard input")

    def answer(self, options: dict[str, Any]) -> Answer:
        payload = read_object(options["file"])
        emitted = byhand.emit(named.connection(options["connection"]), options["event_type"], payload)
        document = {
            "event": emitted.event.pk,
            "type": emitted.event.type,
            "record": emitted.event.record,
            "runs": [run.pk for run in emitted.runs],
            "earlier_runs": [run.pk for run in emitted.earlier],
        }
        return Answer(document=document, lines=_lines(emitted))


def _lines(emitted: Emitted) -> list[str]:
    told = [f"Event {emitted.event.pk}: {emitted.event.type} of record {emitted.event.record}."]
    told += [f"Started run {run.pk} of “{run.workflow.name}”." for run in emitted.runs]
    told += [
        f"“{run.workflow.name}” has had this event (run {run.pk}, {run.state}): nothing was started."
        for run in emitted.earlier
    ]
    if not emitted.runs and not emitted.earlier:
        told.append("No live workflow listens to it: the event is stored, and nothing was started.")
    return told
