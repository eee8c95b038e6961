"""What a person does inside the simulated GHL."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from integrations.engine.errors import WrongUse
from integrations.engine.spec import Field, FieldType, JsonObject
from integrations.sandbox.ghl import appointments, bookings, contacts, slots, tokens
from integrations.sandbox.ghl.bookings import APPOINTMENTS, Span
from integrations.sandbox.ghl.calls import CALENDARS, LOCATIONS, stamp
from integrations.sandbox.simulation import Action, keep_credentials, own_credentials
from integrations.sandbox.transaction import Tx

SOMEBODY = {"firstName": "Somebody", "lastName": "Else", "email": "somebody.else@example.com"}

Values = Mapping[str, Any]


def book_appointment(tx: Tx, values: Values) -> JsonObject:
    """Somebody else takes a time in a calendar, whether or not it is free."""
    calendar = _record(tx, CALENDARS, values["calendar"], "calendar")
    start = _time(values["start"])
    return take(tx, calendar, Span(start, start + slots.duration_of(calendar)))


def change_status(tx: Tx, values: Values) -> JsonObject:
    appointment = _record(tx, APPOINTMENTS, values["appointment"], "appointment")
    changed = {**appointment, "appointmentStatus": values["status"], "dateUpdated": stamp(tx.now)}
    bookings.keep(tx, changed)
    return changed


def suspend_location(tx: Tx, values: Values) -> JsonObject:
    return _set_suspended(tx, values["location"], True)


def resume_location(tx: Tx, values: Values) -> JsonObject:
    return _set_suspended(tx, values["location"], False)


def new_private_token(tx: Tx, values: Values) -> JsonObject:
    """Rotate and expire now: the old token stops working at once."""
    known = own_credentials(tx)
    tx.delete(tokens.TOKENS, tokens.digest(known["private_integration_token"]))
    token = f"pit-{uuid.uuid4()}"
    keep_credentials(tx, {**known, "private_integration_token": token})
    tokens.keep_private_token(tx, token)
    return {"location_id": known["location_id"], "made_at": tx.now.isoformat()}


def take(tx: Tx, calendar: JsonObject, span: Span) -> JsonObject:
    """Fill one seat of this time, for a contact that nobody asked for."""
    contact = contacts.find_twin(tx, calendar["locationId"], SOMEBODY) or contacts.save(
        tx, contacts.new(tx, calendar["locationId"]), {**SOMEBODY, "source": "sandbox"}
    )
    members = [member["userId"] for member in calendar["teamMembers"]]
    free = [user for user in members if slots.free(tx, calendar, Span(span.start, span.start), users=[user])]
    user = (free or members or [""])[0]
    return appointments.book(tx, calendar, contact, span, user, {}, source="calendar_page")


def _set_suspended(tx: Tx, location_id: str, suspended: bool) -> JsonObject:
    location = {**_record(tx, LOCATIONS, location_id, "location"), "suspended": suspended}
    tx.put(LOCATIONS, location["id"], location)
    return location


def _record(tx: Tx, collection: str, record_id: str, what: str) -> JsonObject:
    found = tx.get(collection, record_id)
    if found is None:
        raise WrongUse(f"The simulated GoHighLevel has no {what} {record_id}.")
    return found


def _time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise WrongUse("The start needs a date and time with an offset, such as 2026-11-20T10:00:00-05:00.")
    return moment


_LOCATION = Field(key="location", label="Location id", required=True)
_STATUS = tuple((word, word) for word in ("new", "confirmed", "cancelled", "showed", "noshow", "invalid"))

ACTIONS = (
    Action(
        key="book_appointment",
        title="Somebody else books a time",
        run=book_appointment,
        fields=(
            Field(key="calendar", label="Calendar id", required=True),
            Field(key="start", label="Start, with offset", type=FieldType.DATETIME, required=True),
        ),
    ),
    Action(
        key="change_status",
        title="Change an appointment's status",
        run=change_status,
        fields=(
            Field(key="appointment", label="Appointment id", required=True),
            Field(key="status", label="Status", required=True, choices=_STATUS),
        ),
    ),
    Action(key="suspend_location", title="Suspend a location", run=suspend_location, fields=(_LOCATION,)),
    Action(key="resume_location", title="Resume a location", run=resume_location, fields=(_LOCATION,)),
    Action(
        key="new_private_token",
        title="Make a new private integration token; the old one stops working",
        run=new_private_token,
    ),
)
