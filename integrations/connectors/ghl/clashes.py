"""`find_clashes`: which appointments of somebody lie in times they are busy, and where each could go instead.
`rebook`: move one of them there, the time read again just before.

A time is proposed once: flows of ours, and two appointments of one run, never get the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from integrations.connectors.ghl.availability import FREEING, Range, instant, read, zone_for
from integrations.connectors.ghl.busy import Window, days_of, key_of, windows_of
from integrations.connectors.ghl.finding import rows_of
from integrations.connectors.ghl.proofs import epoch_ms
from integrations.connectors.ghl.times import ZONE
from integrations.engine.errors import Conflict, MappingFailed
from integrations.engine.paginate import Asked, ask
from integrations.engine.spec import (
    Course,
    Field,
    FieldType,
    Hold,
    JsonObject,
    Procedure,
    Situation,
    Write,
)

DAYS_ON = 14
HELD_MIN = 60  # a person may have to agree first; the time is read again before it is taken


def find_clashes(values: Mapping[str, Any], situation: Situation) -> Course:
    """`{days, windows, clashes, block, unblock}`.

    A clash is the appointment's `{id, title, calendarId, startTime, endTime}` with its `proposal`,
    `{startTime, endTime}` or None. `block` are the windows that no block of ours (`blocked`) covers yet,
    `unblock` those blocks of these days that are of no use any more.
    """
    zone = yield from zone_for(values, situation)
    windows = windows_of(values, zone)
    days = days_of(values, windows, zone)
    clashes = yield from _clashes(values, windows, situation.now)
    taken: set[datetime] = set()
    told = []
    for row in clashes:
        proposal = None
        if values.get("propose", True):
            proposal = yield from _proposal(row, values, windows, taken, zone, situation.now)
        told.append({**_told(row), "proposal": proposal})
    block, unblock = _blocks(values.get("blocked") or [], windows, days, zone)
    return {
        "days": days,
        "windows": [window.told() for window in windows],
        "clashes": told,
        "block": block,
        "unblock": unblock,
    }


def _clashes(values: Mapping[str, Any], windows: list[Window], now: datetime) -> Asked:
    if not windows:
        return []
    begin, end = windows[0].start, max(window.end for window in windows)
    found = yield from ask(
        "events.list",
        {
            "userId": values["userId"],
            "startTime": str(epoch_ms(begin - timedelta(days=1))),
            "endTime": str(epoch_ms(end)),
        },
    )
    rows = [row for row in rows_of(found) if row.get("appointmentStatus") not in FREEING]
    return [row for row in rows if _is_met(row, windows, now)]


def _is_met(row: JsonObject, windows: list[Window], now: datetime) -> bool:
    start, end = instant(row.get("startTime")), instant(row.get("endTime"))
    if start is None or end is None or end <= now:
        return False
    return any(window.meets(start, end) for window in windows)


def _told(row: JsonObject) -> JsonObject:
    keys = ("id", "title", "calendarId", "contactId", "startTime", "endTime")
    return {key: row.get(key) for key in keys}


def _proposal(
    row: JsonObject,
    values: Mapping[str, Any],
    windows: list[Window],
    taken: set[datetime],
    zone: ZoneInfo,
    now: datetime,
) -> Course:
    """The next free time after the appointment's, as long as it, in no busy window."""
    start, end = instant(row["startTime"]), instant(row["endTime"])
    assert start is not None and end is not None
    first = max(start, now).astimezone(zone).date()
    days = Range(first=first, last=first + timedelta(days=DAYS_ON), zone=zone)
    asked = {"calendarId": row.get("calendarId"), "userId": values["userId"]}
    lasts = end - start
    suiting = {
        slot.text: slot.start
        for slot in (yield from read(asked, days))
        if slot.start > max(start, now)
        and slot.start not in taken
        and not any(window.meets(slot.start, slot.start + lasts) for window in windows)
    }
    if not suiting:
        return None
    outcome = yield Hold(what=str(row.get("calendarId")), times=dict.fromkeys(suiting, 1), minutes=HELD_MIN)
    kept = next((text for text in suiting if text in set(outcome.value or ())), None)
    if kept is None:
        return None
    taken.add(suiting[kept])
    return {"startTime": kept, "endTime": (suiting[kept] + lasts).isoformat()}


def _blocks(
    ours: list[Any], windows: list[Window], days: list[str], zone: ZoneInfo
) -> tuple[list[JsonObject], list[JsonObject]]:
    """What to block, and which of our blocks to lift. Blocks of other days are left alone."""
    wanted = {key_of(window): window for window in windows}
    covered, lift = set(), []
    for link in ours:
        data = link.get("data") or {}
        start, end = instant(data.get("startTime")), instant(data.get("endTime"))
        if start is None or end is None:
            continue
        key = key_of(Window(start, end))
        if key in wanted:
            covered.add(key)
        elif start.astimezone(zone).date().isoformat() in days:
            lift.append({"id": link.get("id")})
    return [window.told() for key, window in wanted.items() if key not in covered], lift


def rebook(values: Mapping[str, Any], situation: Situation) -> Course:
    """`{moved, event}`. Conflict where the new time is not free any more; nothing is done to an appointment
    that does not stand where it stood (`was`)."""
    start, was = instant(values["startTime"]), instant(values["was"])
    if start is None:
        raise MappingFailed("“Start” needs a time with offset, such as 2026-11-20T10:00:00-06:00.")
    event = yield from ask("appointments.get", {"eventId": values["eventId"]})
    if not isinstance(event, dict) or instant(event.get("startTime")) != was:
        return {"moved": False, "event": event}
    zone = yield from zone_for(values, situation)
    day = start.astimezone(zone).date()
    found = yield from read(values, Range(first=day, last=day, zone=zone))
    if not any(slot.start == start for slot in found):
        raise Conflict(f"{values['startTime']} is not free any more; another time has to be found.")
    written = {key: values[key] for key in ("eventId", "startTime", "endTime", "toNotify") if key in values}
    outcome = yield Write("appointments.update", written)
    if outcome.error is not None:
        raise outcome.error
    return {"moved": True, "event": outcome.value}


WHOSE = Field(key="userId", label="Team member", required=True, reference="users")
CLASH: JsonObject = {
    "id": "evt0000000000000001",
    "title": "Review",
    "calendarId": "cal0000000000000001",
    "contactId": "con0000000000000001",
    "startTime": "2026-11-23T10:00:00-06:00",
    "endTime": "2026-11-23T10:30:00-06:00",
    "proposal": {"startTime": "2026-11-23T13:00:00-06:00", "endTime": "2026-11-23T13:30:00-06:00"},
}
WINDOW: JsonObject = {
    "key": "20261123T1500Z/20261123T1700Z",
    "startTime": "2026-11-23T09:00:00-06:00",
    "endTime": "2026-11-23T11:00:00-06:00",
}
FIND_CLASHES = Procedure(
    key="find_clashes",
    title="Find appointments in busy times, and a free time for each",
    run=find_clashes,
    fields=(
        WHOSE,
        Field(
            key="day", label="Day", type=FieldType.DATE, help="For times of day, and to lift blocks of it."
        ),
        Field(key="busy", label="Busy times", type=FieldType.LIST, help="Each with start and end."),
        Field(key="time", label="Busy from", help="A time of that day, in place of the list."),
        Field(key="minutes", label="For so many minutes", type=FieldType.NUMBER),
        ZONE,
        Field(key="blocked", label="Blocks we made", type=FieldType.LIST, help="Links of a block step."),
        Field(key="propose", label="Look for other times", type=FieldType.BOOLEAN, default=True),
    ),
    operations=("events.list", "calendars.free_slots", "locations.get"),
    calls=2,
    sample={
        "days": ["2026-11-23"],
        "windows": [WINDOW],
        "clashes": [CLASH],
        "block": [WINDOW],
        "unblock": [{"id": "rec0000000000000001"}],
    },
)
REBOOK = Procedure(
    key="rebook",
    title="Move an appointment to a time that is still free",
    run=rebook,
    fields=(
        Field(key="eventId", label="Appointment", required=True),
        Field(key="calendarId", label="Calendar", required=True, reference="calendars"),
        Field(key="was", label="Stood at", type=FieldType.DATETIME, required=True),
        Field(key="startTime", label="New start", type=FieldType.DATETIME, required=True),
        Field(key="endTime", label="New end", type=FieldType.DATETIME),
        Field(key="userId", label="Team member", reference="users"),
        Field(key="toNotify", label="Let automations run", type=FieldType.BOOLEAN),
        ZONE,
    ),
    operations=("appointments.get", "calendars.free_slots", "locations.get", "appointments.update"),
    calls=3,
    writes=True,
    sample={"moved": True, "event": {"id": "evt0000000000000001", "startTime": "2026-11-23T13:00:00-06:00"}},
)
