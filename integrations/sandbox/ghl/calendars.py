"""Calendars of the simulated GHL (official OpenAPI, calendars 2021-04-15).

A calendar is a bookable schedule, not an event, and has no zone of its own.

Team members by type are the official rules; that each entry of openHours holds exactly one day was measured.
A calendar created without a type becomes `event` when it has no members, else `round_robin`: not documented.
"""

from __future__ import annotations

from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl.calls import CALENDARS, Call, Route
from integrations.sandbox.ghl.checks import TEXT, YES_NO, Shape, invalid, need
from integrations.sandbox.ghl.shapes import CALENDAR_CREATE
from integrations.sandbox.simulation import fresh_id
from integrations.sandbox.transaction import Tx

LIST: Shape = {"locationId": need(TEXT), "groupId": TEXT, "showDrafted": YES_NO}
STAFFED = ("round_robin", "collective", "class_booking", "service_booking", "personal")

DEFAULTS: JsonObject = {
    "isActive": True,
    "teamMembers": [],
    "eventType": "RoundRobin_OptimizeForAvailability",
    "widgetType": "default",
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
    complaints = _complaints(call.body)
    if complaints:
        raise invalid(*complaints)
    return {"calendar": add(call.tx, fresh_id(), call.body)}


def add(tx: Tx, calendar_id: str, given: JsonObject) -> JsonObject:
    members = [_member(member) for member in given.get("teamMembers", [])]
    kind = given.get("calendarType") or ("round_robin" if members else "event")
    calendar: dict[str, Any] = {**DEFAULTS, **given, "teamMembers": members, "calendarType": kind}
    calendar["slug"] = given.get("slug") or "-".join(given["name"].lower().split())
    calendar["id"] = calendar_id
    tx.put(CALENDARS, calendar_id, calendar, [given["locationId"]])
    return calendar


def _member(given: JsonObject) -> JsonObject:
    return {"priority": 0.5, "isPrimary": False, **given}


def _complaints(given: JsonObject) -> list[str]:
    found = []
    for place, entry in enumerate(given.get("openHours", [])):
        days = entry["daysOfTheWeek"]
        if len(days) != 1 or days[0] not in range(7):
            found.append(f"openHours.{place}.daysOfTheWeek must be a valid day of week")
    members, kind = given.get("teamMembers", []), given.get("calendarType")
    if kind in STAFFED and not members:
        found.append(f"teamMembers should not be empty for a calendar of type {kind}")
    if kind == "personal" and len(members) > 1:
        found.append("a calendar of type personal has exactly one team member")
    if kind == "collective" and members and not any(member.get("isPrimary") for member in members):
        found.append("a calendar of type collective needs one primary team member")
    return found


ROUTES = (
    Route(method="GET", path="/calendars/", scope="calendars.readonly", run=list_calendars, query=LIST),
    Route(
        method="POST",
        path="/calendars/",
        scope="calendars.write",
        run=create_calendar,
        body=CALENDAR_CREATE,
    ),
    Route(method="GET", path="/calendars/{calendarId}", scope="calendars.readonly", run=get_calendar),
)
