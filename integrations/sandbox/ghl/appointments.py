"""Appointments of the simulated GHL (official OpenAPI, calendars 2021-04-15).

Create and update answer a flat object without dateAdded and description; a read wraps it in `event` with
them. A taken or impossible slot is 400; a round-robin calendar without a primary member wants
`assignedUserId` (422); of identical creates at once exactly one wins; a slot rewritten to UTC ("Z") is not
recognised: all measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl import bookings, slots
from integrations.sandbox.ghl.bookings import APPOINTMENTS, FREEING, Span
from integrations.sandbox.ghl.calls import CALENDARS, Call, Handlers, stamp
from integrations.sandbox.ghl.changes import changed
from integrations.sandbox.ghl.refusals import invalid, not_found, slot_gone
from integrations.sandbox.simulation import fresh_id
from integrations.sandbox.transaction import Tx

KEPT = ("title", "meetingLocationType", "meetingLocationId", "description", "address", "appointmentStatus")
TOLD = (
    "id", "address", "title", "calendarId", "contactId", "groupId", "appointmentStatus", "assignedUserId",
    "users", "notes", "startTime", "endTime", "dateAdded", "dateUpdated",
)  # fmt: skip
ONLY_IN_READS = ("description", "dateAdded", "dateUpdated", "createdBy", "notes")


def create_appointment(call: Call) -> JsonObject:
    given = call.body
    call.enter(given["locationId"])
    calendar = call.calendar(given["calendarId"])
    contact = call.contact(given["contactId"])
    user = _assigned(calendar, given)
    span = _span(calendar, given)
    _refuse_taken(call.tx, calendar, span, user, given)
    return flat(book(call.tx, calendar, contact, span, user, given, source="api"))


def book(
    tx: Tx,
    calendar: JsonObject,
    contact: JsonObject,
    span: Span,
    user: str,
    given: Mapping[str, Any],
    *,
    source: str,
    appointment_id: str = "",
) -> JsonObject:
    """Put an appointment into the calendar, without asking whether there is room."""
    appointment: JsonObject = {
        "id": appointment_id or fresh_id(),
        "calendarId": calendar["id"],
        "locationId": calendar["locationId"],
        "contactId": contact["id"],
        "title": calendar["eventTitle"].replace("{{contact.name}}", contact["name"]),
        "appointmentStatus": "confirmed" if calendar["autoConfirm"] else "new",
        "assignedUserId": user,
        "isRecurring": False,
        "createdBy": {"userId": "", "source": source},
        "dateAdded": stamp(tx.now),
        **_times(tx, calendar, span),
    }
    known = _keep(tx, appointment, given)
    tell(tx, "AppointmentCreate", known)
    return known


def change(tx: Tx, appointment: JsonObject, given: Mapping[str, Any]) -> JsonObject:
    """Keep an appointment with its new fields."""
    known = _keep(tx, appointment, given)
    tell(tx, "AppointmentUpdate", known)
    return known


def move(tx: Tx, appointment: JsonObject, start: datetime) -> JsonObject:
    """To another time, as long as it was, without asking whether that is free."""
    before = bookings.span_of(appointment)
    calendar = tx.get(CALENDARS, appointment["calendarId"]) or appointment
    return change(
        tx, appointment | _times(tx, calendar, Span(start, start + (before.end - before.start))), {}
    )


def remove(tx: Tx, appointment: JsonObject) -> None:
    tx.delete(APPOINTMENTS, appointment["id"])
    tell(tx, "AppointmentDelete", appointment)


def tell(tx: Tx, event: str, appointment: JsonObject) -> None:
    """The webhook's appointment stands inside, beside the location."""
    whole = shown(tx, appointment)
    payload = {name: whole[name] for name in TOLD if name in whole}
    payload["source"] = appointment["createdBy"]["source"]
    changed(
        tx,
        event,
        appointment["locationId"],
        {"locationId": appointment["locationId"], "appointment": payload},
    )


def update_appointment(call: Call) -> JsonObject:
    """Nothing is required. A new time, or a cancelled appointment that comes back, needs a free slot."""
    appointment, given = found(call), call.body
    calendar = call.calendar(given.get("calendarId", appointment["calendarId"]))
    user = given.get("assignedUserId") or appointment["assignedUserId"]
    before = bookings.span_of(appointment)
    span = _moved(before, given)
    returns = appointment["appointmentStatus"] in FREEING and given.get("appointmentStatus") not in (
        None,
        *FREEING,
    )
    if span != before or returns or calendar["id"] != appointment["calendarId"]:
        _refuse_taken(call.tx, calendar, span, user, given, but=appointment["id"])
    moved = {"calendarId": calendar["id"], "assignedUserId": user, **_times(call.tx, calendar, span)}
    return flat(change(call.tx, appointment | moved, given))


def get_appointment(call: Call) -> JsonObject:
    return {"event": shown(call.tx, found(call))}


def flat(appointment: JsonObject) -> JsonObject:
    return {name: value for name, value in appointment.items() if name not in ONLY_IN_READS}


def shown(tx: Tx, appointment: JsonObject) -> JsonObject:
    calendar = tx.get(CALENDARS, appointment["calendarId"]) or {}
    return {
        "address": "",
        "notes": "",
        "description": "",
        "groupId": calendar.get("groupId", ""),
        "users": [appointment["assignedUserId"]] if appointment["assignedUserId"] else [],
        "assignedResources": [],
        **appointment,
    }


def found(call: Call) -> JsonObject:
    """That a missing appointment is a 404 is not measured."""
    appointment = call.tx.get(APPOINTMENTS, call.path["eventId"])
    if appointment is None:
        raise not_found("Appointment not found")
    call.enter(appointment["locationId"])
    return appointment


def _keep(tx: Tx, appointment: JsonObject, given: Mapping[str, Any]) -> JsonObject:
    known = appointment | {name: given[name] for name in KEPT if name in given}
    if given.get("address"):
        known.setdefault("meetingLocationType", "custom")
    if given.get("rrule") and given.get("ignoreFreeSlotValidation"):
        known |= {"rrule": given["rrule"], "isRecurring": True}
    known["dateUpdated"] = stamp(tx.now)
    bookings.keep(tx, known)
    return known


def _assigned(calendar: JsonObject, given: Mapping[str, Any]) -> str:
    """The team member who takes it: the one asked for, else the only or the primary one."""
    members = [member["userId"] for member in calendar["teamMembers"]]
    primary = [member["userId"] for member in calendar["teamMembers"] if member["isPrimary"]]
    wanted = str(given.get("assignedUserId") or "")
    if not members:
        return wanted
    if wanted and wanted not in members:
        raise invalid("assignedUserId is not a team member of this calendar")
    usual = members if len(members) == 1 else primary
    if not wanted and not usual:
        raise invalid("A team member needs to be selected. assignedUserId is missing")
    return wanted or str(usual[0])


def _refuse_taken(
    tx: Tx, calendar: JsonObject, span: Span, user: str, given: Mapping[str, Any], but: str = ""
) -> None:
    if given.get("ignoreFreeSlotValidation"):
        return
    if str(given.get("startTime", "")).upper().endswith("Z"):
        raise slot_gone()
    users = [user] if calendar["teamMembers"] else []
    any_date = bool(given.get("ignoreDateRange"))
    found = slots.free(tx, calendar, Span(span.start, span.start), users=users, any_date=any_date, but=but)
    if span.start not in [slot.start for slot in found]:
        raise slot_gone()


def _span(calendar: JsonObject, given: Mapping[str, Any]) -> Span:
    start = instant(given["startTime"], "startTime")
    end = (
        instant(given["endTime"], "endTime") if given.get("endTime") else start + slots.duration_of(calendar)
    )
    return _in_order(start, end)


def _moved(before: Span, given: Mapping[str, Any]) -> Span:
    """With a new start alone, the appointment stays as long as it was."""
    start = instant(given["startTime"], "startTime") if given.get("startTime") else before.start
    end = (
        instant(given["endTime"], "endTime") if given.get("endTime") else start + (before.end - before.start)
    )
    return _in_order(start, end)


def _in_order(start: datetime, end: datetime) -> Span:
    if end <= start:
        raise invalid("endTime must be after startTime")
    return Span(start, end)


def _times(tx: Tx, calendar: JsonObject, span: Span) -> JsonObject:
    zone = slots.zone_of(tx, calendar)
    return {
        "startTime": span.start.astimezone(zone).isoformat(),
        "endTime": span.end.astimezone(zone).isoformat(),
    }


def instant(text: str, name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise invalid(f"{name} must be a valid ISO 8601 date string with an offset")
    return moment.astimezone(UTC)


HANDLERS: Handlers = {
    "appointments.create": create_appointment,
    "appointments.update": update_appointment,
    "appointments.get": get_appointment,
}
