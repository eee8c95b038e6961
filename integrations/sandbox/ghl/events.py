"""What stands in calendars of the simulated GHL: appointments and block slots, by time (official OpenAPI,
calendars).

A block slot is for a calendar or for a user, not both; on a calendar that is no event calendar it is refused
(measured). An appointment is deleted as an event. `startTime` and `endTime` of the lists are texts of epoch
milliseconds, and the lists have no pages. That times have to be given for a block slot is assumed.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl import appointments, bookings, hours
from integrations.sandbox.ghl.bookings import APPOINTMENTS, BLOCK_SLOTS, Span
from integrations.sandbox.ghl.calls import CALENDARS, Call, Handlers, stamp
from integrations.sandbox.ghl.refusals import bad_request, invalid, not_found
from integrations.sandbox.simulation import fresh_id
from integrations.sandbox.transaction import Tx

LONGEST_BLOCK = timedelta(days=366)


def list_events(call: Call) -> JsonObject:
    """Appointments that meet the time window, of one calendar, user or group; cancelled ones too."""
    return {"events": [appointments.shown(call.tx, row) for row in _in_window(call, APPOINTMENTS)]}


def list_blocked(call: Call) -> JsonObject:
    return {"events": _in_window(call, BLOCK_SLOTS)}


def list_of_contact(call: Call) -> JsonObject:
    """Times are those of the location's zone, without an offset (official example, measured)."""
    contact = call.contact(call.path["contactId"])
    zone = hours.zone_of(call.tx, contact)
    rows = bookings.all_of(call.tx, contact["id"])
    return {"events": [_local(appointments.shown(call.tx, row), zone) for row in rows]}


def delete_event(call: Call) -> JsonObject:
    event_id = call.path["eventId"]
    block = call.tx.get(BLOCK_SLOTS, event_id)
    if block is not None:
        call.enter(block["locationId"])
        call.tx.delete(BLOCK_SLOTS, event_id)
    else:
        appointments.remove(call.tx, appointments.found(call))
    return {"succeeded": True}


def create_block(call: Call) -> JsonObject:
    return _told(
        block(call.tx, {"id": fresh_id(), "title": "", "dateAdded": stamp(call.tx.now)}, _checked(call))
    )


def update_block(call: Call) -> JsonObject:
    known = call.tx.get(BLOCK_SLOTS, call.path["eventId"])
    if known is None:
        raise not_found("Block slot not found")
    call.enter(known["locationId"])
    return _told(block(call.tx, known, _checked(call, known)))


def block(tx: Tx, known: JsonObject, given: JsonObject) -> JsonObject:
    """Put a block slot into a calendar or before a user. The owner that is given takes the other's place."""
    owners = ("calendarId", "assignedUserId")
    kept = {
        name: value
        for name, value in known.items()
        if name not in owners or not any(owner in given for owner in owners)
    }
    whole = {**kept, **given, "dateUpdated": stamp(tx.now)}
    zone = hours.zone_of(tx, whole)
    for name in ("startTime", "endTime"):
        whole[name] = appointments.instant(whole[name], name).astimezone(zone).isoformat()
    bookings.keep(tx, whole, BLOCK_SLOTS)
    return whole


def _checked(call: Call, known: JsonObject | None = None) -> JsonObject:
    given: dict[str, Any] = call.body
    call.enter(given["locationId"])
    owners = [name for name in ("calendarId", "assignedUserId") if given.get(name)]
    if len(owners) == 2:
        raise invalid("either calendarId or assignedUserId should be given, not both")
    if not owners and known is None:
        raise invalid("either calendarId or assignedUserId should not be empty")
    if "calendarId" in owners and call.calendar(given["calendarId"])["calendarType"] != "event":
        raise bad_request("The calendar is not an event calendar.")
    times = {**(known or {}), **given}
    start, end = (appointments.instant(times.get(name) or "", name) for name in ("startTime", "endTime"))
    if not start < end <= start + LONGEST_BLOCK:
        raise invalid("endTime must be after startTime")
    return given


def _told(block_slot: JsonObject) -> JsonObject:
    return {
        name: block_slot[name]
        for name in ("id", "locationId", "title", "startTime", "endTime", "calendarId", "assignedUserId")
        if name in block_slot
    }


def _in_window(call: Call, collection: str) -> list[JsonObject]:
    location_id = call.query["locationId"]
    call.enter(location_id)
    window = Span(_epoch(call.query["startTime"]), _epoch(call.query["endTime"]))
    found = {
        row["id"]: row
        for owner in _owners(call, location_id)
        for row in bookings.of(call.tx, owner, window, collection)
    }
    return [row for row in found.values() if row["locationId"] == location_id]


def _owners(call: Call, location_id: str) -> list[str]:
    """One of the three is needed: there is no call for all of a location (issue 7)."""
    owners = [call.query[name] for name in ("calendarId", "userId") if name in call.query]
    if "groupId" in call.query:
        rows = call.tx.by_key(CALENDARS, location_id)
        owners += [row["id"] for row in rows if row.get("groupId") == call.query["groupId"]]
    elif not owners:
        raise invalid("Either of calendarId, userId or groupId is required")
    return owners


def _local(event: JsonObject, zone: Any) -> JsonObject:
    times = {
        name: datetime.fromisoformat(event[name]).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
        for name in ("startTime", "endTime", "dateAdded", "dateUpdated")
    }
    return {**event, **times, "status": "booked"}


def _epoch(text: str) -> datetime:
    if not text.isdecimal() or len(text) > 15:
        raise invalid("startTime and endTime must be epoch milliseconds")
    return datetime.fromtimestamp(int(text) / 1000, UTC)


HANDLERS: Handlers = {
    "events.list": list_events,
    "block_slots.list": list_blocked,
    "block_slots.create": create_block,
    "block_slots.update": update_block,
    "appointments.delete": delete_event,
    "contacts.appointments": list_of_contact,
}
