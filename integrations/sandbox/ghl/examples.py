"""The records of the simulated GHL that docs/examples/ speaks of, under ids that stand in its files.

They lie in the first location. What is there already stays as it is, so the action can be done again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl import (
    appointments,
    calendars,
    contact_notes,
    contact_records,
    contact_tasks,
    groups,
    slots,
)
from integrations.sandbox.ghl.bookings import APPOINTMENTS, Span
from integrations.sandbox.ghl.calls import CALENDARS, CONTACTS, stamp
from integrations.sandbox.ghl.doing import Values, actions
from integrations.sandbox.ghl.seed import OPEN_HOURS
from integrations.sandbox.simulation import own_credentials
from integrations.sandbox.transaction import Tx

CONTACT = "ExampleContactAda001"
GROUP = "ExampleGroup00000001"
CALENDAR = "ExampleCalendar00001"
APPOINTMENT = "ExampleAppointment01"
TASK = "ExampleTask000000001"
NOTE = "ExampleNote000000001"
TUESDAY = 1
TEN = time(10)


def put_examples(tx: Tx, values: Values) -> JsonObject:
    """Each record that is not there; they hang on each other in this order."""
    made = [
        record_id
        for collection, record_id, make in RECORDS
        if tx.get(collection, record_id) is None and make(tx)
    ]
    return {"made": made}


def _location(tx: Tx) -> str:
    return own_credentials(tx)["location_id"]


def _contact(tx: Tx) -> JsonObject:
    ada: JsonObject = {
        "id": CONTACT,
        "firstName": "Ada",
        "lastName": "Lovelace",
        "email": "ada@example.org",
        "phone": "+12125550123",
        "tags": ["student"],
    }
    return contact_records.add(tx, _location(tx), ada)


def _group(tx: Tx) -> JsonObject:
    group: JsonObject = {
        "id": GROUP,
        "locationId": _location(tx),
        "name": "Evening courses",
        "description": "Courses after work.",
        "slug": "evening-courses",
    }
    return groups.add(tx, group)


def _calendar(tx: Tx) -> JsonObject:
    given: JsonObject = {
        "locationId": _location(tx),
        "name": "Evening class",
        "description": "Half an hour with the teacher.",
        "calendarType": "event",
        "groupId": GROUP,
        "slotDuration": 30,
        "openHours": OPEN_HOURS,
    }
    return calendars.add(tx, CALENDAR, given)


def _appointment(tx: Tx) -> JsonObject:
    """Half an hour on next Tuesday at ten, where the location is."""
    calendar, contact = tx.get(CALENDARS, CALENDAR), tx.get(CONTACTS, CONTACT)
    assert calendar is not None
    assert contact is not None
    zone = slots.zone_of(tx, calendar)
    today = tx.now.astimezone(zone).date()
    day = today + timedelta(days=(TUESDAY - today.weekday() - 1) % 7 + 1)
    start = datetime.combine(day, TEN, zone)
    span = Span(start, start + slots.duration_of(calendar))
    given = {"appointmentStatus": "confirmed"}
    return appointments.book(
        tx, calendar, contact, span, "", given, source="calendar_page", appointment_id=APPOINTMENT
    )


def _task(tx: Tx) -> JsonObject:
    due = stamp(tx.now + timedelta(days=7))
    given: JsonObject = {"id": TASK, "title": "Claim the badge", "dueDate": due, "completed": False}
    return contact_tasks.add(tx, _ada(tx), given)


def _note(tx: Tx) -> JsonObject:
    return contact_notes.add(tx, _ada(tx), {"id": NOTE, "body": "Passed with distinction."})


def _ada(tx: Tx) -> JsonObject:
    found = tx.get(CONTACTS, CONTACT)
    assert found is not None
    return found


RECORDS: tuple[tuple[str, str, Callable[[Tx], JsonObject]], ...] = (
    (CONTACTS, CONTACT, _contact),
    (groups.GROUPS.collection, GROUP, _group),
    (CALENDARS, CALENDAR, _calendar),
    (APPOINTMENTS, APPOINTMENT, _appointment),
    (contact_tasks.TASKS, TASK, _task),
    (contact_notes.NOTES, NOTE, _note),
)

ACTIONS = actions("Examples", ("examples", "Put in the records of docs/examples", put_examples, ()))
