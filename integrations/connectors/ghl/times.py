"""`free_times`: the free times of a calendar over any range of days; `confirm_time`: is one still free?

A list may be up to a minute old for somebody who only asks (the app is then not asked again). What is about
to be booked is confirmed first, from the app itself, and held.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from integrations.connectors.ghl.availability import (
    MOST_DAYS,
    Range,
    Slot,
    checked,
    day_in,
    end_of,
    instant,
    read,
    room_for,
    seats,
    seats_left,
    zone_for,
)
from integrations.connectors.ghl.slots import HELD_FOR, hold_minutes
from integrations.engine.errors import Conflict, MappingFailed
from integrations.engine.paginate import ask
from integrations.engine.spec import Course, Field, FieldType, Hold, JsonObject, Procedure, Situation

DAYS = 7
MOST_HELD = 20
BY_SEATS = "An estimate: the calendar's seats at a time, less what stands booked in it."
BY_ROOM = "An estimate: what the calendar's rooms hold, less what stands booked in it."


def free_times(values: Mapping[str, Any], situation: Situation) -> Course:
    """`{zone, first, last, times: [{startTime, endTime}], days, capacity, calendar}`; what other flows of
    ours hold is left out. With `capacity` each time has its `seats`, and `capacity` says how they were
    estimated. `days` are the same times day by day, in the zone."""
    zone = yield from zone_for(values, situation)
    days, most = _days(values, zone, situation.now), _most(values)
    calendar = yield from ask("calendars.get", {"calendarId": values["calendarId"]})
    calendar = {**(calendar or {}), "id": values["calendarId"]}
    room = (yield from room_for(calendar)) if values.get("capacity") and seats(calendar) == 1 else 0
    if room > 1:
        calendar["appoinmentPerSlot"] = room
    times: list[JsonObject] = []
    for chunk in days.chunks():
        found = [slot for slot in (yield from read(values, chunk)) if slot.start >= situation.now]
        left = yield from seats_left(calendar, chunk, found)
        free = yield from _not_held(values, left, most - len(times) if most else 0)
        times += [_told(slot, calendar, left, values) for slot in found if slot.text in free]
        if most and len(times) >= most:
            break
    capacity = (BY_ROOM if room > 1 else BY_SEATS) if values.get("capacity") else ""
    times = times[:most] if most else times
    return {
        "zone": zone.key,
        "first": days.first.isoformat(),
        "last": days.last.isoformat(),
        "times": times,
        "days": _by_day(times, zone),
        "capacity": capacity,
        "calendar": calendar,
    }


def confirm_time(values: Mapping[str, Any], situation: Situation) -> Course:
    """`{startTime, endTime, calendar}` of a time somebody has chosen, as the app writes it, and held; or
    Conflict, when it is not free any more."""
    start = instant(values["startTime"])
    if start is None:
        raise MappingFailed("“Start” needs a time with offset, such as 2026-11-20T10:00:00-06:00.")
    zone = yield from zone_for(values, situation)
    minutes, who = hold_minutes(values), str(values.get("hold_for") or "")
    calendar = yield from ask("calendars.get", {"calendarId": values["calendarId"]})
    calendar = {**(calendar or {}), "id": values["calendarId"]}
    day = start.astimezone(zone).date()
    days = Range(first=day, last=day, zone=zone)
    same = [slot for slot in (yield from read(values, days)) if slot.start == start]
    if not same:
        raise Conflict(f"{values['startTime']} is not free any more; choose another time.")
    left = yield from seats_left(calendar, days, same)
    outcome = yield Hold(what=calendar["id"], times=left, minutes=minutes, who=who)
    if not outcome.value:
        raise Conflict(f"{values['startTime']} is being booked by another flow; choose another time.")
    slot = next(slot for slot in same if slot.text in outcome.value)
    return {"startTime": slot.text, "endTime": end_of(slot, calendar), "calendar": calendar}


def _days(values: Mapping[str, Any], zone: ZoneInfo, now: datetime) -> Range:
    today = now.astimezone(zone).date()
    given = values.get("from_day")
    first = day_in(given, zone, "From") if given else today
    to = values.get("to_day")
    last = day_in(to, zone, "To") if to else max(first, today) + timedelta(days=DAYS - 1)
    days = checked(first, last, zone)
    return Range(first=max(days.first, min(today, days.last)), last=days.last, zone=zone)


def _most(values: Mapping[str, Any]) -> int:
    given = values.get("most")
    try:
        most = 0 if given in (None, "") else int(str(given))
    except ValueError:
        most = -1
    if most < 0:
        raise MappingFailed(f"“At most” is a whole number of times, and not “{given}”.")
    return min(most or MOST_HELD, MOST_HELD) if values.get("hold_for") else most


def _not_held(values: Mapping[str, Any], left: Mapping[str, int], wanted: int) -> Course:
    """Which of these times to offer: those that no other flow of ours holds; held, if for somebody."""
    if not left:
        return ()
    who = str(values.get("hold_for") or "")
    wanted = (wanted or len(left)) if who else 0
    minutes = hold_minutes(values)
    outcome = yield Hold(what=str(values["calendarId"]), times=left, wanted=wanted, minutes=minutes, who=who)
    return tuple(outcome.value or ())


def _by_day(times: list[JsonObject], zone: ZoneInfo) -> list[JsonObject]:
    """`[{date, slots: [{start, end}]}]`: only days that have any."""
    days: dict[str, list[JsonObject]] = {}
    for time in times:
        start = datetime.fromisoformat(time["startTime"])
        slot = {"start": time["startTime"], "end": time["endTime"]}
        seats_of_it = {"seats": time["seats"]} if "seats" in time else {}
        days.setdefault(start.astimezone(zone).date().isoformat(), []).append({**slot, **seats_of_it})
    return [{"date": day, "slots": slots} for day, slots in days.items()]


def _told(slot: Slot, calendar: JsonObject, left: Mapping[str, int], values: Mapping[str, Any]) -> JsonObject:
    told = {"startTime": slot.text, "endTime": end_of(slot, calendar)}
    return {**told, "seats": left[slot.text]} if values.get("capacity") else told


CALENDAR = Field(key="calendarId", label="Calendar", required=True, reference="calendars")
ZONE = Field(key="zone", label="Time zone", help="Empty: the location's own.")
MEMBER = Field(key="userId", label="Team member", reference="users")
WHO = Field(
    key="hold_for",
    label="Hold for",
    help="A contact's id: the times are kept for them, also when another run books, and at most "
    f"{MOST_HELD} are given. Empty: nothing is held.",
)

FREE_TIMES = Procedure(
    key="free_times",
    title="List the free times",
    run=free_times,
    fields=(
        CALENDAR,
        Field(key="from_day", label="From", help="A day such as 2026-11-20. Empty: today."),
        Field(
            key="to_day",
            label="To",
            help=f"The last day, at most {MOST_DAYS} days on. Empty: {DAYS} days in all.",
        ),
        ZONE,
        MEMBER,
        Field(key="most", label="At most", type=FieldType.INTEGER, help="Empty: all there are."),
        Field(
            key="capacity",
            label="Estimate the seats left",
            type=FieldType.BOOLEAN,
            help="GoHighLevel tells no capacity: seats, or what rooms hold, less what stands booked.",
        ),
        WHO,
        HELD_FOR,
    ),
    operations=(
        "calendars.get",
        "calendars.free_slots",
        "locations.get",
        "events.list",
        "resources.list",
    ),
    calls=2,
    sample={
        "zone": "America/Chicago",
        "first": "2026-11-23",
        "last": "2026-11-29",
        "times": [
            {
                "startTime": "2026-11-23T10:00:00-06:00",
                "endTime": "2026-11-23T10:30:00-06:00",
                "seats": 1,
            }
        ],
        "days": [
            {
                "date": "2026-11-23",
                "slots": [
                    {"start": "2026-11-23T10:00:00-06:00", "end": "2026-11-23T10:30:00-06:00", "seats": 1}
                ],
            }
        ],
        "capacity": BY_SEATS,
        "calendar": {"id": "cal0000000000000001", "name": "Review call", "slotDuration": 30},
    },
)

CONFIRM_TIME = Procedure(
    key="confirm_time",
    title="Make sure a time is still free",
    run=confirm_time,
    fields=(
        CALENDAR,
        Field(
            key="startTime",
            label="Start",
            type=FieldType.DATETIME,
            required=True,
            help="With offset, such as 2026-11-23T10:00:00-06:00, in whichever zone.",
        ),
        ZONE,
        MEMBER,
        WHO,
        HELD_FOR,
    ),
    operations=("calendars.get", "calendars.free_slots", "locations.get", "events.list"),
    calls=2,
    sample={
        "startTime": "2026-11-23T10:00:00-06:00",
        "endTime": "2026-11-23T10:30:00-06:00",
        "calendar": {"id": "cal0000000000000001", "name": "Review call", "slotDuration": 30},
    },
)
