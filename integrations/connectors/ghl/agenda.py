"""`agenda`: what stands in a location's calendars, in all of them or in those of a group or of a person.

The list of events takes a calendar, a group or a user, one of them at a time (official OpenAPI, calendars:
get-calendar-events), so for the whole location each calendar is read by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from integrations.connectors.ghl.availability import FREEING, instant
from integrations.connectors.ghl.proofs import epoch_ms
from integrations.engine.errors import MappingFailed, NotFound
from integrations.engine.paginate import ask
from integrations.engine.spec import Course, Field, FieldType, JsonObject, Procedure, Situation

WINDOW = timedelta(days=31)
LONGEST = timedelta(days=92)
BY = ("calendarId", "groupId", "userId")


def agenda(values: Mapping[str, Any], situation: Situation) -> Course:
    """A list of entries, by their start."""
    begin, end = instant(values["from"]), instant(values["to"])
    if begin is None or end is None or not begin < end <= begin + LONGEST:
        raise MappingFailed(
            f"An agenda needs “from” and “to” with offset, at most {LONGEST.days} days apart."
        )
    calendars = (yield from ask("calendars.list", {})) or []
    names = {str(row.get("id")): str(row.get("name", "")) for row in calendars if isinstance(row, dict)}
    given = next(({key: str(values[key])} for key in BY if values.get(key)), None)
    found: dict[str, JsonObject] = {}
    for asked in [given] if given else [{"calendarId": calendar} for calendar in names]:
        for first, last in _windows(begin, end):
            span = {"startTime": str(epoch_ms(first)), "endTime": str(epoch_ms(last))}
            try:
                rows = yield from ask("events.list", {**asked, **span})
            except NotFound:  # it was removed since the calendars were listed
                break
            found |= {str(row.get("id")): row for row in rows or [] if isinstance(row, dict)}
    entries = [_entry(row, names) for row in found.values() if not row.get("deleted")]
    return sorted(
        (entry for entry in entries if entry), key=lambda entry: datetime.fromisoformat(entry["start"])
    )


def _windows(begin: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    while begin < end:
        yield begin, min(begin + WINDOW, end)
        begin += WINDOW


def _entry(row: JsonObject, names: Mapping[str, str]) -> JsonObject:
    """{} for what has no time that can be read."""
    start, end = instant(row.get("startTime")), instant(row.get("endTime"))
    if start is None:
        return {}
    status = str(row.get("appointmentStatus") or "")
    return {
        "id": str(row.get("id", "")),
        "title": str(row.get("title") or "Appointment"),
        "start": start.isoformat(),
        "end": (end or start).isoformat(),
        "calendar": names.get(str(row.get("calendarId")), ""),
        "status": status,
        "place": str(row.get("address") or ""),
        "freed": status in FREEING,
    }


AGENDA = Procedure(
    key="agenda",
    title="List what stands in the calendars",
    run=agenda,
    fields=(
        Field(key="from", label="From", type=FieldType.DATETIME, required=True),
        Field(key="to", label="To", type=FieldType.DATETIME, required=True),
        Field(key="calendarId", label="Calendar", reference="calendars"),
        Field(key="groupId", label="Group", reference="groups"),
        Field(key="userId", label="Team member", reference="users"),
    ),
    operations=("calendars.list", "events.list"),
    sample=[
        {
            "id": "evt0000000000000001",
            "title": "Certificate: First Aid",
            "start": "2026-11-23T10:00:00-06:00",
            "end": "2026-11-23T10:30:00-06:00",
            "calendar": "Review call",
            "status": "confirmed",
            "place": "1 Harbour Street",
            "freed": False,
        }
    ],
)
