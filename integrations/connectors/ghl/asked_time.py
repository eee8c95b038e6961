"""`check_time`: is a time that somebody asked for free, and if not, which one is next?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from integrations.connectors.ghl.availability import Range, Slot, instant, length, read, seats_left, zone_for
from integrations.connectors.ghl.slots import HELD_FOR, hold_minutes
from integrations.connectors.ghl.times import CALENDAR, MEMBER, ZONE
from integrations.engine.errors import MappingFailed, NotFound
from integrations.engine.paginate import Asked, ask
from integrations.engine.spec import Course, Field, FieldType, Hold, JsonObject, Procedure, Situation

DAYS_ON = 14


def check_time(values: Mapping[str, Any], situation: Situation) -> Course:
    """`{startTime, endTime, free, next, calendar}`, the time held where it is free, else the next one.

    `next` is `{startTime, endTime}`, or None where nothing is free for DAYS_ON days. A time at which the
    appointment `eventId` stands already is free for it.
    """
    start = instant(values["startTime"])
    if start is None:
        raise MappingFailed("“Start” needs a time with offset, such as 2026-11-20T10:00:00-06:00.")
    zone = yield from zone_for(values, situation)
    calendar = yield from ask("calendars.get", {"calendarId": values["calendarId"]})
    calendar = {**(calendar or {}), "id": values["calendarId"]}
    lasts = _lasts(values, start, calendar)
    found = {"startTime": values["startTime"], "endTime": _end(start, lasts), "calendar": calendar}
    if (yield from _stands_there(values.get("eventId"), start)):
        return {**found, "free": True, "next": None}
    first = max(start, situation.now).astimezone(zone).date()
    days = Range(first=first, last=first + timedelta(days=DAYS_ON), zone=zone)
    slots = [slot for slot in (yield from read(values, days)) if slot.start >= situation.now]
    same = [slot for slot in slots if slot.start == start]
    kept = yield from _kept(values, calendar, days, same)
    if kept is not None:
        return {**found, "startTime": kept.text, "free": True, "next": None}
    after = yield from _kept(values, calendar, days, [slot for slot in slots if slot.start > start])
    then = {"startTime": after.text, "endTime": _end(after.start, lasts)} if after else None
    return {**found, "free": False, "next": then}


def _kept(values: Mapping[str, Any], calendar: JsonObject, days: Range, slots: list[Slot]) -> Course:
    """The first of these that no other flow of ours is taking, held; None where there is none."""
    if not slots:
        return None
    left = yield from seats_left(calendar, days, slots)
    outcome = yield Hold(what=calendar["id"], times=left, minutes=hold_minutes(values))
    kept = set(outcome.value or ())
    return next((slot for slot in slots if slot.text in kept), None)


def _stands_there(event_id: Any, start: datetime) -> Asked:
    if not event_id:
        return False
    try:
        event = yield from ask("appointments.get", {"eventId": event_id})
    except NotFound:
        return False
    return isinstance(event, dict) and instant(event.get("startTime")) == start


def _lasts(values: Mapping[str, Any], start: datetime, calendar: JsonObject) -> timedelta:
    """As long as its end or its minutes say, else as the calendar's appointments are."""
    end = instant(values.get("endTime")) if values.get("endTime") else None
    if end is not None and end > start:
        return end - start
    try:
        minutes = int(float(str(values.get("minutes") or 0)))
    except ValueError:
        raise MappingFailed(f"“Minutes” is a number, and not “{values.get('minutes')}”.") from None
    return timedelta(minutes=minutes) if minutes > 0 else length(calendar)


def _end(start: datetime, lasts: timedelta) -> str:
    return (start + lasts).isoformat()


CHECK_TIME = Procedure(
    key="check_time",
    title="See whether a time is free, else find the next",
    run=check_time,
    fields=(
        CALENDAR,
        Field(
            key="startTime",
            label="Start",
            type=FieldType.DATETIME,
            required=True,
            help="With offset, such as 2026-11-23T10:00:00-06:00.",
        ),
        Field(key="endTime", label="End", type=FieldType.DATETIME),
        Field(
            key="minutes",
            label="Minutes",
            type=FieldType.NUMBER,
            help="Where no end is given. Empty: as long as the calendar's appointments are.",
        ),
        ZONE,
        MEMBER,
        Field(
            key="eventId",
            label="Appointment that is to be moved",
            help="Where it stands at that time already, the time is free for it.",
        ),
        HELD_FOR,
    ),
    operations=("calendars.get", "calendars.free_slots", "locations.get", "events.list", "appointments.get"),
    calls=2,
    sample={
        "startTime": "2026-11-23T10:00:00-06:00",
        "endTime": "2026-11-23T10:30:00-06:00",
        "calendar": {"id": "cal0000000000000001", "name": "Review call", "slotDuration": 30},
        "free": False,
        "next": {"startTime": "2026-11-23T10:30:00-06:00", "endTime": "2026-11-23T11:00:00-06:00"},
    },
)
