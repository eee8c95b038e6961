"""`find_calendar`, and the chain that books an appointment: what guides take for creating an event.

Public guides send a title, times and attendees to `POST /calendars/`. That call makes a calendar; an
appointment is made by `POST /calendars/events/appointments`, for one contact (official OpenAPI).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.engine.errors import NotFound, did_you_mean
from integrations.engine.paginate import Asked, ask
from integrations.engine.spec import Chain, Field, FieldMapping, Link, Procedure, Situation, Step, StepKind


def find_calendar(values: Mapping[str, Any], situation: Situation) -> Asked:
    """The calendar of that name, whatever its capitals; NotFound names those there are."""
    found = yield from ask("calendars.list", {})
    rows = [row for row in found or [] if isinstance(row, dict)]
    wanted = str(values["name"]).strip()
    for same in (wanted, wanted.casefold()):
        for row in rows:
            name = str(row.get("name", "")).strip()
            if same in (name, name.casefold()):
                return row
    raise NotFound(did_you_mean(wanted, [str(row.get("name", "")) for row in rows], "calendar"))


FIND_CALENDAR = Procedure(
    key="find_calendar",
    title="Find a calendar by its name",
    run=find_calendar,
    fields=(Field(key="name", label="Name", required=True),),
    operations=("calendars.list",),
    sample={
        "id": "cal0000000000000001",
        "name": "Review call",
        "slotDuration": 30,
        "slotDurationUnit": "mins",
        "teamMembers": [{"userId": "usr0000000000000001"}],
    },
)


def _from(target: str, source: str) -> FieldMapping:
    return FieldMapping(target=target, source=source)


STARTS = ("start_time", "startTime", "start", "time_slot")
ENDS = ("end_time", "endTime", "end")
MEMBER = (
    "steps.calendar.teamMembers[0].userId"  # without one many calendars refuse (measured by third parties)
)

BY_NAME = Link(
    step=Step(
        id="calendar",
        title="Find the calendar by its name",
        kind=StepKind.PROCEDURE,
        operation="find_calendar",
    ),
    takes={"calendarName": "name"},
    needs=("calendarName",),
    unless=("calendarId",),
)
BY_ID = Link(
    step=Step(id="calendar", title="Read the calendar", kind=StepKind.READ, operation="calendars.get"),
    takes={"calendarId": "calendarId"},
    needs=("calendarId",),
)
CONTACT = Link(
    step=Step(
        id="contact",
        title="Find or make the contact",
        kind=StepKind.WRITE,
        operation="contacts.upsert",
    ),
    takes={"email": "email", "phone": "phone", "contactName": "name"},
    unless=("contactId",),
    each="attendees",
    for_each=Step(
        id="contact",
        title="Find or make the contact of each attendee",
        kind=StepKind.WRITE,
        operation="contacts.upsert",
        for_each="to_array({each})[?@]",
        item_key="email || @",
        mappings=(_from("email", "item.email || item"),),
    ),
)
FREE_TIME = Link(
    step=Step(
        id="slot",
        title="Find the first free time",
        kind=StepKind.PROCEDURE,
        operation="find_slot",
        mappings=(_from("calendarId", "steps.calendar.id"),),
    ),
    takes={"date": "day", "userId": "userId"},
    unless=STARTS,
)
REMINDER = Link(
    step=Step(
        id="reminder",
        title="Make sure the calendar sends a reminder",
        kind=StepKind.PROCEDURE,
        operation="ensure_reminder",
        mappings=(_from("calendarId", "steps.calendar.id"),),
    ),
    needs=("reminders",),
)
IN_CALENDAR = (
    _from("calendarId", "steps.calendar.id"),
    _from("startTime", "steps.slot.startTime"),
    _from("endTime", "steps.slot.endTime"),
    _from("assignedUserId", MEMBER),
)
BOOKING = Link(
    step=Step(
        id="booking",
        title="Book the appointment",
        kind=StepKind.WRITE,
        operation="appointments.create",
        mappings=(*IN_CALENDAR, _from("contactId", "steps.contact.id")),
    ),
    takes={
        "contactId": "contactId",
        "title": "title",
        "name": "title",
        **dict.fromkeys(STARTS, "startTime"),
        **dict.fromkeys(ENDS, "endTime"),
        "description": "description",
        "location": "address",
        "userId": "assignedUserId",
    },
    each="attendees",
    for_each=Step(
        id="booking",
        title="Book an appointment for each attendee",
        kind=StepKind.WRITE,
        operation="appointments.create",
        for_each="steps.contact",
        item_key="id",
        mappings=(*IN_CALENDAR, _from("contactId", "item.id")),
    ),
)

BOOK = Chain(
    key="book",
    title="Book an appointment",
    aims="calendars.create",
    signs=(*STARTS, *ENDS, "attendees", "contactId", "date", "time"),
    says="POST /calendars/ makes a calendar, a bookable schedule, and not an event. What takes place at a "
    "time is an appointment: contacts.upsert finds or makes the contact, a free time is looked for where "
    "none is given, and appointments.create books it.",
    links=(BY_NAME, BY_ID, CONTACT, FREE_TIME, REMINDER, BOOKING),
    source="official OpenAPI, calendars: create-appointment has a start, an end and a contact, "
    "create-calendar none of them",
)
