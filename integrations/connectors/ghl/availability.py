"""Reading the free times of a calendar, right in every zone.

Facts it rests on: free-slots takes epoch milliseconds and at most 31 days at a time; answers are keyed by
local day with other keys between them; offsets differ inside one answer across a clock change; and a slot
must be booked with its string unchanged, a rewrite to UTC was refused as taken (measured by third parties).
There is no capacity and no end in an answer: both are worked out from the calendar.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from integrations.connectors.ghl.proofs import epoch_ms
from integrations.engine.errors import MappingFailed
from integrations.engine.paginate import Asked, ask
from integrations.engine.spec import JsonObject, Situation

CHUNK_DAYS = 30  # 31 local days are an hour too long where the clocks go back
MOST_DAYS = 186
DEFAULT_MINUTES = 30  # the documented default of slotDuration
DAY_KEY = re.compile(r"\d{4}-\d{2}-\d{2}")
FREEING = ("cancelled", "noshow", "invalid")
ROOMS_PAGE = 100


@dataclass(frozen=True, slots=True)
class Slot:
    """One free time: the instant, and the text it is to be booked with."""

    start: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Local days from `first` to `last`, both included."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """From the first day's first moment to that of the day after the last."""
        after = self.last + timedelta(days=1)
        return _midnight(self.first, self.zone), _midnight(after, self.zone)

    def chunks(self) -> Iterator[Range]:
        """The same in pieces that the app takes."""
        day = self.first
        while day <= self.last:
            last = min(day + timedelta(days=CHUNK_DAYS - 1), self.last)
            yield Range(first=day, last=last, zone=self.zone)
            day = last + timedelta(days=1)


def checked(first: date, last: date, zone: ZoneInfo) -> Range:
    """A range that can be asked for. Raises MappingFailed for one that is reversed or too long."""
    if last < first:
        raise MappingFailed(f"The range ends on {last}, before it begins on {first}: swap the two days.")
    days = (last - first).days + 1
    if days > MOST_DAYS:
        raise MappingFailed(
            f"{days:,} days are too many to look through; at most {MOST_DAYS} can be asked for at a time."
        )
    return Range(first=first, last=last, zone=zone)


def read(values: Mapping[str, Any], days: Range) -> Asked:
    """The free slots of one chunk, in order."""
    begin, end = days.bounds
    query = {
        "calendarId": values["calendarId"],
        "startDate": epoch_ms(begin),
        "endDate": epoch_ms(end) - 1,
        "timezone": days.zone.key,
    }
    found = yield from ask(
        "calendars.free_slots", {**query, "userId": values["userId"]} if values.get("userId") else query
    )
    return sorted(
        (slot for slot in slots(found) if begin <= slot.start < end), key=lambda slot: (slot.start, slot.text)
    )


def slots(found: Any) -> list[Slot]:
    """All slots of a free-slots answer; other keys, and what is no time with an offset, are left aside."""
    found = found if isinstance(found, dict) else {}
    days = [value for key, value in found.items() if DAY_KEY.fullmatch(key) and isinstance(value, dict)]
    texts = [text for value in days for text in value.get("slots") or [] if isinstance(text, str)]
    starts = [(instant(text), text) for text in texts]
    return [Slot(start, text) for start, text in starts if start is not None]


def instant(text: Any) -> datetime | None:
    """The moment a text names; None where it has no offset or is no time at all."""
    try:
        start = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return start if start.tzinfo else None


def zone_for(values: Mapping[str, Any], situation: Situation) -> Asked:
    """The zone asked for, else the connection's, else the location's own."""
    name = values.get("zone") or situation.settings.get("timezone")
    if not name:
        location = yield from ask("locations.get", {})
        name = (location or {}).get("timezone")
    try:
        return ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise MappingFailed(
            f"There is no time zone “{name}”; choose one by its name, such as Europe/Berlin."
        ) from None


def day_in(value: Any, zone: ZoneInfo, label: str) -> date:
    """A day as it was written: a date, or a moment with an offset, whose day in the zone it is."""
    text = str(value).strip()
    if re.fullmatch(r"\d{9,16}", text):
        raise MappingFailed(
            f"“{label}” is written as a date such as 2026-11-20, and not in milliseconds since 1970."
        )
    moment = instant(text)
    try:
        return moment.astimezone(zone).date() if moment else date.fromisoformat(text[:10])
    except (ValueError, OverflowError):
        raise MappingFailed(f"“{label}” must be a date such as 2026-11-20.") from None


def length(calendar: JsonObject | None) -> timedelta:
    calendar = calendar or {}
    amount = _number(calendar.get("slotDuration")) or DEFAULT_MINUTES
    hours = calendar.get("slotDurationUnit") == "hours"
    return timedelta(hours=amount) if hours else timedelta(minutes=amount)


def end_of(slot: Slot, calendar: JsonObject | None) -> str:
    """When an appointment at this time ends; a slot says only when it begins."""
    return (slot.start + length(calendar)).isoformat()


def seats(calendar: JsonObject | None) -> int:
    """How many may book the same time: `appoinmentPerSlot`, spelt so."""
    return max(1, math.floor(_number((calendar or {}).get("appoinmentPerSlot")) or 1))


def seats_left(calendar: JsonObject, days: Range, found: list[Slot]) -> Asked:
    """The seats left of each of these times, by its text: at least one, for the app lists it as free.

    An estimate: where a time has several seats, those that stand booked in the calendar are taken off.
    """
    most = seats(calendar)
    booked = (yield from booked_at(calendar, days)) if most > 1 and found else Counter()
    return {slot.text: max(1, most - booked[slot.start]) for slot in found}


def booked_at(calendar: JsonObject, days: Range) -> Asked:
    """How many appointments begin when, leaving out those that free their time."""
    begin, end = days.bounds
    rows = yield from ask(
        "events.list",
        {
            "calendarId": calendar.get("id"),
            "startTime": str(epoch_ms(begin)),
            "endTime": str(epoch_ms(end) - 1),
        },
    )
    taken: Counter[datetime] = Counter()
    for row in rows or []:
        start = instant(row.get("startTime")) if isinstance(row, dict) else None
        if start is not None and row.get("appointmentStatus") not in FREEING:
            taken[start.astimezone(UTC)] += 1
    return taken


def room_for(calendar: JsonObject) -> Asked:
    """What the rooms of this calendar hold together; 0 where it has none."""
    found, skip = 0, 0
    while True:
        asked = {"resourceType": "rooms", "limit": ROOMS_PAGE, "skip": skip}
        rows = (yield from ask("resources.list", asked)) or []
        for row in rows:
            if isinstance(row, dict) and calendar.get("id") in (row.get("calendarIds") or []):
                found += math.floor(_number(row.get("capacity")) or 0)
        if len(rows) < ROOMS_PAGE:
            return found
        skip += len(rows)


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """A day's first moment: midnight, or where the clocks skip it the moment after the gap."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)
