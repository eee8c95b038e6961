"""Free slots of the simulated GHL, computed from open hours and schedules, notice, window, buffers, seats,
appointments and block slots.

Open hours are wall-clock times in the location's zone; slots follow one another in elapsed time, so that a
day with a clock change has as many hours as it really has. `startDate` and `endDate` are epoch milliseconds
at most 31 days apart; the answer's days and offsets are those of `timezone` (official OpenAPI, calendars
2021-04-15). Not documented, and chosen here: the location's zone where none is asked for, 400 for too long a
range.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl import hours
from integrations.sandbox.ghl.bookings import Span, blocked, span_of, taking
from integrations.sandbox.ghl.calls import Call, Handlers
from integrations.sandbox.ghl.hours import Hours, zone_of
from integrations.sandbox.ghl.refusals import bad_request, invalid
from integrations.sandbox.transaction import Tx

__all__ = ["HANDLERS", "duration_of", "free", "zone_of"]

LONGEST_RANGE = timedelta(days=31)
UNITS: Mapping[str, timedelta] = {
    "mins": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
    "weeks": timedelta(weeks=1),
    "months": timedelta(days=30),
}
FAR = timedelta(days=3650)
# The zone of a schedule may be up to a day away from that of the location.
ROUND = timedelta(days=1)


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
    within = Span(max(window.start, bookable.start), min(window.end, bookable.end))
    zone = zone_of(tx, calendar)
    wide = Span(window.start - ROUND, window.end + 2 * ROUND)
    chairs = [_Chair(tx, calendar, zone, owner, wide, but) for owner in _owners(calendar, users or [])]
    starts = [{slot.start: slot for slot in chair.free(within)} for chair in chairs]
    together = calendar["calendarType"] == "collective" and not users
    found = _in_all(starts) if together else _in_any(starts)
    if not calendar.get("appoinmentPerDay"):
        return found
    day = _Day(tx, calendar, zone, wide, but)
    return [slot for slot in found if day.has_room(slot)]


def duration_of(calendar: JsonObject) -> timedelta:
    return _length(calendar, "slotDuration", "mins")


def _owners(calendar: JsonObject, users: list[str]) -> list[str]:
    """Who is booked: team members, or "" for the calendar itself where it has none."""
    members = [member["userId"] for member in calendar["teamMembers"]]
    return [user for user in members if not users or user in users] if members else [""]


class _Chair:
    """One team member, or the calendar itself: when it is there, and what sits on it.

    Seats (`appoinmentPerSlot`) are shared by appointments of this calendar; one of another calendar takes the
    whole person, and so does a block slot.
    """

    def __init__(self, tx: Tx, calendar: JsonObject, zone: ZoneInfo, user: str, wide: Span, but: str) -> None:
        owner = user or calendar["id"]
        events = taking(tx, owner, wide, but)
        of_calendar = hours.of_calendar(calendar, zone)
        self._hours = hours.of_member(tx, calendar, zone, user) if user else of_calendar
        self._zone = zone
        self._sharing = [span_of(row) for row in events if row["calendarId"] == calendar["id"]]
        self._barring = [span_of(row) for row in events if row["calendarId"] != calendar["id"]]
        self._barring += [span for one in {owner, calendar["id"]} for span in blocked(tx, one, wide)]
        self._per_slot = max(1, int(calendar["appoinmentPerSlot"]))
        self._before = _length(calendar, "preBuffer", "mins")
        self._after = _length(calendar, "slotBuffer", "mins")
        self._length, self._step = duration_of(calendar), _length(calendar, "slotInterval", "mins")

    def free(self, window: Span) -> list[Span]:
        grid = _grid(self._hours, self._zone, window, self._length, self._step)
        return [slot for slot in grid if self._has_room(slot)]

    def _has_room(self, slot: Span) -> bool:
        kept = Span(slot.start - self._before, slot.end + self._after)
        if any(span.meets(kept) for span in self._barring):
            return False
        return sum(span.meets(kept) for span in self._sharing) < self._per_slot


class _Day:
    """How many appointments a day may have (`appoinmentPerDay`), counted in the location's zone."""

    def __init__(self, tx: Tx, calendar: JsonObject, zone: ZoneInfo, wide: Span, but: str) -> None:
        self._most = float(calendar["appoinmentPerDay"])
        self._zone = zone
        self._taken = [self._day(span_of(row)) for row in taking(tx, calendar["id"], wide, but)]

    def has_room(self, slot: Span) -> bool:
        return self._taken.count(self._day(slot)) < self._most

    def _day(self, span: Span) -> date:
        return span.start.astimezone(self._zone).date()


Starts = dict[datetime, Span]


def _in_any(starts: list[Starts]) -> list[Span]:
    together = {start: slot for one in starts for start, slot in one.items()}
    return [together[start] for start in sorted(together)]


def _in_all(starts: list[Starts]) -> list[Span]:
    everywhere = set.intersection(*(set(one) for one in starts)) if starts else set()
    return [starts[0][start] for start in sorted(everywhere)]


def _bookable(calendar: JsonObject, now: datetime) -> Span:
    notice = _length(calendar, "allowBookingAfter", "hours")
    ahead = _length(calendar, "allowBookingFor", "days") or FAR
    return Span(now + notice, now + ahead)


def _grid(open_on: Hours, zone: ZoneInfo, window: Span, length: timedelta, step: timedelta) -> Iterator[Span]:
    """Every slot that starts in the window, by the open hours of its days, in order."""
    day = (window.start.astimezone(zone) - ROUND).date()
    last = (window.end.astimezone(zone) + ROUND).date()
    while day <= last:
        for span in open_on(day):
            start = span.start
            while start + length <= span.end:
                if window.start <= start <= window.end:
                    yield Span(start, start + length)
                start += step
        day += timedelta(days=1)


def _length(calendar: JsonObject, name: str, default_unit: str) -> timedelta:
    unit = UNITS[calendar.get(f"{name}Unit") or default_unit]
    return unit * float(calendar.get(name) or 0)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise invalid("timezone must be a valid IANA time zone") from None


def _moment(epoch_ms: float) -> datetime:
    try:
        return datetime.fromtimestamp(epoch_ms / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        raise invalid("startDate and endDate must be epoch milliseconds") from None


HANDLERS: Handlers = {"calendars.free_slots": get_slots}
