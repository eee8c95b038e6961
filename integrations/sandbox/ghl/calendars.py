"""Calendars of the simulated GHL (official OpenAPI, calendars 2021-04-15).

A calendar is a bookable schedule, not an event, and has no zone of its own. No webhook tells of one.

Team members by type are the official rules; that each entry of openHours holds exactly one day was measured.
A calendar created without a type becomes `event` when it has no members, else `round_robin`: not documented.
Neither is how a taken slug is refused (here: 400), what becomes of the appointments of a deleted calendar
(setting `deleted_calendar_appointments`, "keep" to begin with, or "delete"), and whether a list in an update
replaces the one before (here: it does).
"""

from __future__ import annotations

from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl import bookings
from integrations.sandbox.ghl.calls import CALENDARS, Call, Handlers
from integrations.sandbox.ghl.refusals import bad_request, invalid
from integrations.sandbox.simulation import fresh_id
from integrations.sandbox.transaction import Tx

STAFFED = ("round_robin", "collective", "class_booking", "service_booking", "personal")
ONLINE = ("zoom_conference", "google_conference", "ms_teams_conference")

DEFAULTS: JsonObject = {
    "isActive": True,
    "teamMembers": [],
    "eventType": "RoundRobin_OptimizeForAvailability",
    "widgetType": "classic",
    "eventTitle": "{{contact.name}}",
    "eventColor": "#039be5",
    "slotDuration": 30,
    "slotDurationUnit": "mins",
    "slotInterval": 30,
    "slotIntervalUnit": "mins",
    "appoinmentPerSlot": 1,
    "openHours": [],
    "enableRecurring": False,
    "autoConfirm": True,
    "googleInvitationEmails": False,
    "allowReschedule": True,
    "allowCancellation": True,
    "formSubmitType": "ThankYouMessage",
}


def list_calendars(call: Call) -> JsonObject:
    """Drafts are included unless `showDrafted` is false."""
    call.enter(call.query["locationId"])
    with_drafts = call.query.get("showDrafted", True)
    group = call.query.get("groupId")
    rows = call.tx.by_key(CALENDARS, call.query["locationId"])
    found = [row for row in rows if (with_drafts or row["isActive"]) and group in (None, row.get("groupId"))]
    return {"calendars": found}


def get_calendar(call: Call) -> JsonObject:
    return {"calendar": call.calendar(call.path["calendarId"])}


def create_calendar(call: Call) -> JsonObject:
    call.enter(call.body["locationId"])
    refuse(call.tx, call.body)
    return {"calendar": add(call.tx, fresh_id(), call.body)}


def update_calendar(call: Call) -> JsonObject:
    calendar = call.calendar(call.path["calendarId"])
    return {"calendar": change(call.tx, calendar, call.body)}


def delete_calendar(call: Call) -> JsonObject:
    remove(call.tx, call.calendar(call.path["calendarId"]))
    return {"success": True}


def add(tx: Tx, calendar_id: str, given: JsonObject) -> JsonObject:
    members = [_member(member) for member in given.get("teamMembers", [])]
    kind = given.get("calendarType") or ("round_robin" if members else "event")
    calendar: dict[str, Any] = {**DEFAULTS, **given, "teamMembers": members, "calendarType": kind}
    calendar["slug"] = given.get("slug") or "-".join(given["name"].lower().split())
    calendar["id"] = calendar_id
    return _keep(tx, calendar)


def change(tx: Tx, calendar: JsonObject, given: JsonObject) -> JsonObject:
    """What is not given stays; a list that is given replaces the one before."""
    now = {**calendar, **given}
    now["teamMembers"] = [_member(member) for member in now["teamMembers"]]
    refuse(tx, now)
    return _keep(tx, now)


def remove(tx: Tx, calendar: JsonObject) -> None:
    tx.delete(CALENDARS, calendar["id"])
    if tx.setting("deleted_calendar_appointments", "keep") == "delete":
        for appointment in bookings.all_of(tx, calendar["id"]):
            tx.delete(bookings.APPOINTMENTS, appointment["id"])


def _keep(tx: Tx, calendar: JsonObject) -> JsonObject:
    tx.put(CALENDARS, calendar["id"], calendar, [calendar["locationId"]])
    return calendar


def _member(given: JsonObject) -> JsonObject:
    return {"priority": 0.5, "isPrimary": False, **given}


def refuse(tx: Tx, given: JsonObject) -> None:
    complaints = [*_wrong_days(given), *_wrong_members(given), *_wrong_places(given)]
    if complaints:
        raise invalid(*complaints)
    slug = given.get("slug")
    rows = tx.by_key(CALENDARS, given["locationId"])
    if slug and any(row["slug"] == slug and row["id"] != given.get("id") for row in rows):
        raise bad_request("The slug is already taken.")


def _wrong_days(given: JsonObject) -> list[str]:
    found = []
    for place, entry in enumerate(given.get("openHours", [])):
        days = entry["daysOfTheWeek"]
        if len(days) != 1 or days[0] not in range(7):
            found.append(f"openHours.{place}.daysOfTheWeek must be a valid day of week")
    return found


def _wrong_members(given: JsonObject) -> list[str]:
    found = []
    members, kind = given.get("teamMembers", []), given.get("calendarType")
    if kind in STAFFED and not members:
        found.append(f"teamMembers should not be empty for a calendar of type {kind}")
    if kind == "personal" and len(members) > 1:
        found.append("a calendar of type personal has exactly one team member")
    if kind == "collective" and members and not any(member.get("isPrimary") for member in members):
        found.append("a calendar of type collective needs one primary team member")
    return found


def _wrong_places(given: JsonObject) -> list[str]:
    """Where meetings are held: no meeting service without a member, one place where there are several."""
    found = []
    places = given.get("locationConfigurations", [])
    members = given.get("teamMembers", [])
    kind = given.get("calendarType") or ("round_robin" if members else "event")
    if kind == "event" and any(place["kind"] in ONLINE for place in places):
        found.append("locationConfigurations of an event calendar cannot be a meeting service")
    if len(members) > 1 and any(len(member.get("locationConfigurations", [])) > 1 for member in members):
        found.append("several locationConfigurations need a calendar with one team member")
    return found


HANDLERS: Handlers = {
    "calendars.list": list_calendars,
    "calendars.create": create_calendar,
    "calendars.get": get_calendar,
    "calendars.update": update_calendar,
    "calendars.delete": delete_calendar,
}
