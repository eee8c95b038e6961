"""`find_slot`: the first free time of a calendar that suits, ready to be booked.

Facts it rests on: free-slots takes epoch milliseconds and at most 31 days at a time; answers are keyed by
local day with other keys between them; offsets differ inside one answer across a clock change; and a slot
must be booked with its string unchanged, a rewrite to UTC was refused as taken (measured by third parties).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from integrations.connectors.ghl.proofs import epoch_ms
from integrations.engine.errors import MappingFailed, Refused
from integrations.engine.paginate import Asked, ask
from integrations.engine.spec import Field, FieldType, JsonObject, Procedure, Situation

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CHUNK_DAYS = 30  # 31 local days are an hour too long where the clocks go back
DEFAULT_MINUTES = 30  # the documented default of slotDuration
DAY_KEY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What would suit: local days `first` to `last`, starting times from `not_before` to `not_after`."""

    first: date
    last: date
    not_before: time
    not_after: time
    weekdays: frozenset[int]
    zone: ZoneInfo
    now: datetime

    def suits(self, start: datetime) -> bool:
        local = start.astimezone(self.zone)
        return (
            start >= self.now
            and self.first <= local.date() <= self.last
            and local.weekday() in self.weekdays
            and self.not_before <= local.time().replace(second=0, microsecond=0) <= self.not_after
        )


def find_slot(values: Mapping[str, Any], situation: Situation) -> Asked:
    """`{startTime, endTime, calendar}`, or Refused where nothing is free."""
    zone = yield from _zone(values, situation)
    wish = _wish(values, zone, situation.now)
    calendar = yield from ask("calendars.get", {"calendarId": values["calendarId"]})
    day = wish.first
    while day <= wish.last:
        end = min(day + timedelta(days=CHUNK_DAYS), wish.last + timedelta(days=1))
        found = yield from ask("calendars.free_slots", _query(values, zone, day, end))
        suiting = sorted((start, text) for start, text in slots(found) if wish.suits(start))
        if suiting:
            start, text = suiting[0]
            return {
                "startTime": text,
                "endTime": (start + _length(calendar)).isoformat(),
                "calendar": calendar,
            }
        day = end
    name = calendar.get("name", "the calendar") if isinstance(calendar, dict) else "the calendar"
    raise Refused(
        f"Nothing is free in {name} from {wish.first} to {wish.last} between {wish.not_before:%H:%M} and "
        f"{wish.not_after:%H:%M} ({zone.key}); widen the times or days, or open the calendar's hours."
    )


def slots(found: Any) -> list[tuple[datetime, str]]:
    """All slots of a free-slots answer as (instant, the string itself); other keys are left aside."""
    found = found if isinstance(found, dict) else {}
    days = [value for key, value in found.items() if DAY_KEY.fullmatch(key) and isinstance(value, dict)]
    texts = [text for value in days for text in value.get("slots") or [] if isinstance(text, str)]
    starts = [(_instant(text), text) for text in texts]
    return [(start, text) for start, text in starts if start is not None]


def _instant(text: str) -> datetime | None:
    try:
        start = datetime.fromisoformat(text)
    except ValueError:
        return None
    return start if start.tzinfo else None


def _query(values: Mapping[str, Any], zone: ZoneInfo, day: date, end: date) -> dict[str, Any]:
    query = {
        "calendarId": values["calendarId"],
        "startDate": epoch_ms(datetime.combine(day, time.min, zone)),
        "endDate": epoch_ms(datetime.combine(end, time.min, zone)) - 1,
        "timezone": zone.key,
    }
    return {**query, "userId": values["userId"]} if values.get("userId") else query


def _length(calendar: JsonObject | None) -> timedelta:
    calendar = calendar or {}
    try:
        amount = float(calendar.get("slotDuration") or DEFAULT_MINUTES)
    except (TypeError, ValueError):
        amount = DEFAULT_MINUTES
    return (
        timedelta(hours=amount) if calendar.get("slotDurationUnit") == "hours" else timedelta(minutes=amount)
    )


def _zone(values: Mapping[str, Any], situation: Situation) -> Asked:
    """The zone asked for, else the connection's, else the location's own."""
    name = values.get("zone") or situation.settings.get("timezone")
    if not name:
        location = yield from ask("locations.get", {})
        name = (location or {}).get("timezone")
    try:
        return ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise MappingFailed("Choose a time zone by its name, such as Europe/Berlin.") from None


def _wish(values: Mapping[str, Any], zone: ZoneInfo, now: datetime) -> Wish:
    try:
        first = date.fromisoformat(str(values["day"])[:10]) + timedelta(
            days=int(values.get("days_after") or 0)
        )
        first = max(first, now.astimezone(zone).date())
        days = max(1, int(values.get("search_days") or 21))
        last = first + timedelta(days=days - 1)
    except (ValueError, TypeError, OverflowError):
        raise MappingFailed("“day” must be a date such as 2026-11-20, the numbers of days whole.") from None
    return Wish(
        first=first,
        last=last,
        not_before=_clock(values.get("not_before") or "09:00"),
        not_after=_clock(values.get("not_after") or "17:00"),
        weekdays=_weekdays(values.get("weekdays")),
        zone=zone,
        now=now,
    )


def _clock(text: Any) -> time:
    try:
        return datetime.strptime(str(text), "%H:%M").time()  # noqa: DTZ007
    except ValueError:
        raise MappingFailed(f"“{text}” is no time of day; write it as 09:00.") from None


def _weekdays(value: Any) -> frozenset[int]:
    """Mon to Fri unless told otherwise; a list or comma-separated text of three-letter names."""
    if not value:
        return frozenset(range(5))
    names = value.split(",") if isinstance(value, str) else value
    try:
        return frozenset(WEEKDAYS.index(str(name).strip().lower()[:3]) for name in names)
    except (ValueError, TypeError):
        raise MappingFailed(f"Weekdays are written as {', '.join(WEEKDAYS)}.") from None


FIND_SLOT = Procedure(
    key="find_slot",
    title="Find the first free time",
    run=find_slot,
    fields=(
        Field(key="calendarId", label="Calendar", required=True, reference="calendars"),
        Field(key="day", label="Not before this day", type=FieldType.DATE, required=True),
        Field(key="days_after", label="Days after it", type=FieldType.INTEGER, default=0),
        Field(key="not_before", label="Earliest start", default="09:00", help="Local time, such as 09:00."),
        Field(key="not_after", label="Latest start", default="17:00", help="Local time, such as 17:00."),
        Field(key="zone", label="Time zone", help="Empty: the location's own."),
        Field(key="weekdays", label="Weekdays", type=FieldType.LIST, default=list(WEEKDAYS[:5])),
        Field(key="search_days", label="Days to search", type=FieldType.INTEGER, default=21),
        Field(key="userId", label="Team member", reference="users"),
    ),
    operations=("calendars.get", "calendars.free_slots", "locations.get"),
    sample={
        "startTime": "2026-11-23T10:00:00-06:00",
        "endTime": "2026-11-23T10:30:00-06:00",
        "calendar": {
            "id": "cal0000000000000001",
            "name": "Review call",
            "slotDuration": 30,
            "slotDurationUnit": "mins",
            "teamMembers": [{"userId": "usr0000000000000001"}],
        },
    },
)
