"""Free slots of the simulated GHL, computed from open hours, notice, window, seats and appointments.

Open hours are wall-clock times in the location's zone; slots follow one another in elapsed time, so that a
day with a clock change has as many hours as it really has. `startDate` and `endDate` are epoch milliseconds
at most 31 days apart; the answer's days and offsets are those of `timezone` (official OpenAPI, calendars
2021-04-15). Not documented, and chosen here: the location's zone where none is asked for, 0 as Sunday, 400
for too long a range.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl.bookings import Span, taken
from integrations.sandbox.ghl.calls import LOCATIONS, Call, Route
from integrations.sandbox.ghl.checks import NUMBER, TEXT, Shape, invalid, many, need
from integrations.sandbox.ghl.refusals import bad_request
from integrations.sandbox.transaction import Tx

FREE_SLOTS: Shape = {
    "startDate": need(NUMBER),
    "endDate": need(NUMBER),
    "timezone": TEXT,
    "userId": TEXT,
    "userIds": many(TEXT),
}
LONGEST_RANGE = timedelta(days=31)
UNITS: Mapping[str, timedelta] = {
    "mins": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
    "weeks": timedelta(weeks=1),
    "months": timedelta(days=30),
}
FAR = timedelta(days=3650)


def get_slots(call: Call) -> JsonObject:
    calendar = call.calendar(call.path["calendarId"])
    window = Span(_moment(call.query["startDate"]), _moment(call.query["endDate"]))
    if window.end < window.start:
        raise invalid("endDate must not be before startDate")
    if window.end - window.start > LONGEST_RANGE:
        raise bad_request("Date range cannot be more than 31 days")
    zone = _zone(call.query.get("timezone") or zone_of(call.tx, calendar).key)
    users = [*call.query.get("userIds", []), *([call.query["userId"]] if "userId" in call.query else [])]
    days: dict[str, Any] = {}
    for slot in free(call.tx, calendar, window, users=users):
        local = slot.start.astimezone(zone)
        days.setdefault(local.date().isoformat(), {"slots": []})["slots"].append(local.isoformat())
    return days


def free(
    tx: Tx,
    calendar: JsonObject,
    window: Span,
    *,
    users: list[str] | None = None,
    any_date: bool = False,
    but: str = "",
) -> list[Span]:
    """Free slots that start within the window.

    `users` narrows to some team members; `any_date` leaves out notice and window; the appointment with id
    `but` does not count.
    """
    if not calendar["isActive"]:
        return []
    bookable = Span(tx.now, tx.now + FAR) if any_date else _bookable(calendar, tx.now)
    candidates = [
        slot
        for slot in _grid(calendar, zone_of(tx, calendar), window)
        if window.start <= slot.start <= window.end and bookable.start <= slot.start <= bookable.end
    ]
    seats = _Seats(tx, calendar, window, users or [], but)
    return [slot for slot in candidates if seats.left(slot)]


def zone_of(tx: Tx, calendar: JsonObject) -> ZoneInfo:
    location = tx.get(LOCATIONS, calendar["locationId"]) or {}
    return ZoneInfo(location["timezone"])


def duration_of(calendar: JsonObject) -> timedelta:
    return _length(calendar, "slotDuration", "mins")


class _Seats:
    """What is still free. A calendar with team members has a slot as long as one of them has."""

    def __init__(self, tx: Tx, calendar: JsonObject, window: Span, users: list[str], but: str) -> None:
        wide = Span(window.start - timedelta(days=1), window.end + timedelta(days=2))
        members = [member["userId"] for member in calendar["teamMembers"]]
        owners = [user for user in members if not users or user in users] if members else [calendar["id"]]
        self._taken = [taken(tx, owner, wide, but) for owner in owners]
        self._on_calendar = taken(tx, calendar["id"], wide, but)
        self._zone = zone_of(tx, calendar)
        self._per_slot = max(1, int(calendar["appoinmentPerSlot"]))
        self._per_day = calendar.get("appoinmentPerDay")
        self._before = _length(calendar, "preBuffer", "mins")
        self._after = _length(calendar, "slotBuffer", "mins")

    def left(self, slot: Span) -> bool:
        if self._per_day and self._on(slot) >= self._per_day:
            return False
        kept = Span(slot.start - self._before, slot.end + self._after)
        return any(sum(span.meets(kept) for span in spans) < self._per_slot for spans in self._taken)

    def _on(self, slot: Span) -> int:
        day = slot.start.astimezone(self._zone).date()
        return sum(span.start.astimezone(self._zone).date() == day for span in self._on_calendar)


def _bookable(calendar: JsonObject, now: datetime) -> Span:
    notice = _length(calendar, "allowBookingAfter", "hours")
    ahead = _length(calendar, "allowBookingFor", "days") or FAR
    return Span(now + notice, now + ahead)


def _grid(calendar: JsonObject, zone: ZoneInfo, window: Span) -> Iterator[Span]:
    """Every slot that the open hours give on the days of the window, in order."""
    length, step = duration_of(calendar), _length(calendar, "slotInterval", "mins")
    day = window.start.astimezone(zone).date()
    last = window.end.astimezone(zone).date()
    while day <= last:
        for opened, closed in _open_on(calendar, day, zone):
            start = opened
            while start + length <= closed:
                yield Span(start, start + length)
                start += step
        day += timedelta(days=1)


def _open_on(calendar: JsonObject, day: date, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    weekday = day.isoweekday() % 7
    return sorted(
        (
            _instant(day, hours["openHour"], hours["openMinute"], zone),
            _instant(day, hours["closeHour"], hours["closeMinute"], zone),
        )
        for entry in calendar["openHours"]
        if weekday in entry["daysOfTheWeek"]
        for hours in entry["hours"]
    )


def _instant(day: date, hour: int, minute: int, zone: ZoneInfo) -> datetime:
    """A wall-clock time as an instant. Minute 60 is how the day's very end can be written."""
    wall = datetime.combine(day, time()) + timedelta(hours=hour, minutes=minute)
    return wall.replace(tzinfo=zone).astimezone(UTC)


def _length(calendar: JsonObject, name: str, default_unit: str) -> timedelta:
    unit = UNITS[calendar.get(f"{name}Unit") or default_unit]
    return unit * float(calendar.get(name) or 0)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise invalid("timezone must be a valid IANA time zone") from None


def _moment(epoch_ms: int) -> datetime:
    try:
        return datetime.fromtimestamp(epoch_ms / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        raise invalid("startDate and endDate must be epoch milliseconds") from None


ROUTES = (
    Route(
        method="GET",
        path="/calendars/{calendarId}/free-slots",
        scope="calendars.readonly",
        run=get_slots,
        query=FREE_SLOTS,
    ),
)
