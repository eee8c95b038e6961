"""A payload as if the app had delivered it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from integrations.management.base import Answer, HubCommand, read_object
from integrations.services import byhand, named
from integrations.services.byhand import Delivered, Emitted


class Command(HubCommand):
    help = "Accept a payload as if the app had delivered it: the event is stored, and its runs are started."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("connection", help="name or number of the connection it comes from")
        parser.add_argument(
            "event_type", help="such as certificate.issued or ContactUpdate; see manage.py catalog"
        )
        parser.add_argument("file", help="a JSON file with the payload, or - for standard input")

    def answer(self, options: dict[str, Any]) -> Answer:
        payload = read_object(options["file"])
        connection = named.connection(options["connection"])
        if byhand.is_webhook(connection, options["event_type"]):
            return _delivered(byhand.deliver(connection, options["event_type"], payload))
        emitted = byhand.emit(connection, options["event_type"], payload)
        document = {
            "event": emitted.event.pk,
            "type": emitted.event.type,
            "record": emitted.event.record,
            "runs": [run.pk for run in emitted.runs],
            "earlier_runs": [run.pk for run in emitted.earlier],
        }
        return Answer(document=document, lines=_lines(emitted))


def _delivered(delivered: Delivered) -> Answer:
    """A webhook may bring several events, or none."""
    notice = delivered.notice
    document = {
        "notice": notice.pk,
        "state": notice.state,
        "problem": notice.problem,
        "type": notice.type,
        "record": notice.record,
        "events": [event.pk for event in delivered.events],
        "runs": [run.pk for run in delivered.runs],
    }
    told = [f"{notice.type} of record {notice.record or '–'}: {notice.get_state_display().lower()}."]
    told += [notice.problem] if notice.problem else []
    told += [f"Event {event.pk}: {event.type}." for event in delivered.events]
    told += [f"Run {run.pk} of “{run.workflow.name}”, {run.state}." for run in delivered.runs]
    if delivered.known:
        told.append("The same webhook had come before: nothing was done.")
    elif not delivered.events:
        told.append("It brought no event.")
    return Answer(document=document, lines=told)


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
