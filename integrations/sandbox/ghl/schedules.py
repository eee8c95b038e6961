"""Schedules of the simulated GHL: when a user can be booked, in a zone of its own (official OpenAPI,
calendars).

The pattern that a zone has to match refuses zones that exist, such as UTC: so the file has it. A schedule
counts for the calendars that are associated with it (see `hours`).
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl.answers import shown
from integrations.sandbox.ghl.calls import USERS, Call, Handlers
from integrations.sandbox.ghl.refusals import invalid, not_found
from integrations.sandbox.ghl.rows import Rows, page
from integrations.sandbox.transaction import Tx

SCHEDULES = Rows(collection="schedules", what="Schedule")


def search_schedules(call: Call) -> JsonObject:
    call.enter(call.query["locationId"])
    calendar = call.query.get("calendarId")
    rows = [
        row
        for row in SCHEDULES.of(call.tx, call.query["locationId"])
        if row["userId"] == call.query["userId"] and (calendar is None or calendar in row["calendarIds"])
    ]
    return {"schedules": [_shown(row) for row in page(call, rows, 50)]}


def create_schedule(call: Call) -> JsonObject:
    call.enter(call.body["locationId"])
    user = call.tx.get(USERS, call.body["userId"])
    if user is None or call.body["locationId"] not in user["roles"]["locationIds"]:
        raise not_found("User not found")
    for calendar_id in call.body.get("calendarIds", []):
        call.calendar(calendar_id)
    refuse(call.body)
    return {"schedule": _shown(add(call.tx, call.body))}


def get_schedule(call: Call) -> JsonObject:
    return {"schedule": _shown(SCHEDULES.find(call))}


def update_schedule(call: Call) -> JsonObject:
    schedule = SCHEDULES.find(call)
    refuse(call.body)
    return {"schedule": _shown(SCHEDULES.change(call.tx, schedule, call.body))}


def delete_schedule(call: Call) -> JsonObject:
    SCHEDULES.drop(call.tx, SCHEDULES.find(call))
    return {"success": True}


def add_calendar(call: Call) -> JsonObject:
    schedule, calendar = SCHEDULES.find(call), call.calendar(call.path["calendarId"])
    ids = dict.fromkeys([*schedule["calendarIds"], calendar["id"]])
    SCHEDULES.change(call.tx, schedule, {"calendarIds": list(ids)})
    return {"success": True}


def remove_calendar(call: Call) -> JsonObject:
    schedule, calendar = SCHEDULES.find(call), call.calendar(call.path["calendarId"])
    ids = [one for one in schedule["calendarIds"] if one != calendar["id"]]
    SCHEDULES.change(call.tx, schedule, {"calendarIds": ids})
    return {"success": True}


def add(tx: Tx, given: JsonObject) -> JsonObject:
    return SCHEDULES.add(tx, {"rules": [], "calendarIds": [], "deleted": False, **given})


def of_user(tx: Tx, location_id: str, user_id: str, calendar_id: str) -> list[JsonObject]:
    """The schedules of a user that count for a calendar."""
    rows = SCHEDULES.of(tx, location_id)
    return [row for row in rows if row["userId"] == user_id and calendar_id in row["calendarIds"]]


def refuse(given: JsonObject) -> None:
    if "timezone" in given:
        try:
            ZoneInfo(given["timezone"])
        except (KeyError, ValueError, OSError):
            raise invalid("timezone must be a valid IANA time zone") from None
    for place, rule in enumerate(given.get("rules", [])):
        named = "day" if rule["type"] == "wday" else "date"
        if not rule.get(named):
            raise invalid(f"rules.{place}.{named} should not be empty")


def _shown(schedule: JsonObject) -> JsonObject:
    return shown("schedules.get", "schedule", schedule)


HANDLERS: Handlers = {
    "schedules.search": search_schedules,
    "schedules.create": create_schedule,
    "schedules.get": get_schedule,
    "schedules.update": update_schedule,
    "schedules.delete": delete_schedule,
    "schedules.add_calendar": add_calendar,
    "schedules.remove_calendar": remove_calendar,
}
