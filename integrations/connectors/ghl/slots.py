"""`find_slot`: the first free time of a calendar that suits, held for this run and ready to be booked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from integrations.connectors.ghl.availability import (
    MOST_DAYS,
    Range,
    Slot,
    checked,
    day_in,
    end_of,
    read,
    seats_left,
    zone_for,
)
from integrations.engine.errors import MappingFailed, Refused
from integrations.engine.paginate import ask
from integrations.engine.spec import Course, Field, FieldType, Hold, JsonObject, Procedure, Situation

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOLD_MINUTES = 5
LONGEST_HOLD = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What would suit: days of a range, starting times from `not_before` to `not_after`, not in the past."""

    days: Range
    not_before: time
    not_after: time
    weekdays: frozenset[int]
    now: datetime

    def suits(self, slot: Slot) -> bool:
        local = slot.start.astimezone(self.days.zone)
        return (
            slot.start >= self.now
            and local.weekday() in self.weekdays
            and self.not_before <= local.time().replace(second=0, microsecond=0) <= self.not_after
        )


def find_slot(values: Mapping[str, Any], situation: Situation) -> Course:
    """`{startTime, endTime, calendar}`, or Refused where nothing is free.

    The time is held: another run that looks meanwhile is given another.
    """
    zone = yield from zone_for(values, situation)
    wish = _wish(values, zone, situation.now)
    minutes = hold_minutes(values)
    calendar = yield from ask("calendars.get", {"calendarId": values["calendarId"]})
    for days in wish.days.chunks():
        found = yield from read(values, days)
        suiting = [slot for slot in found if wish.suits(slot)]
        kept = yield from _hold(values, calendar, days, suiting, minutes)
        if kept is not None:
            return {"startTime": kept.text, "endTime": end_of(kept, calendar), "calendar": calendar}
    name = calendar.get("name", "the calendar") if isinstance(calendar, dict) else "the calendar"
    raise Refused(
        f"Nothing is free in {name} from {wish.days.first} to {wish.days.last} between "
        f"{wish.not_before:%H:%M} and {wish.not_after:%H:%M} ({zone.key}); widen the times or days, or open "
        "the calendar's hours."
    )


def _hold(
    values: Mapping[str, Any], calendar: JsonObject, days: Range, suiting: list[Slot], minutes: int
) -> Course:
    """The first of these times that no other flow of ours is taking; None where there is none."""
    if not suiting:
        return None
    left = yield from seats_left({**(calendar or {}), "id": values["calendarId"]}, days, suiting)
    outcome = yield Hold(what=str(values["calendarId"]), times=left, minutes=minutes)
    kept = set(outcome.value or ())
    return next((slot for slot in suiting if slot.text in kept), None)


def hold_minutes(values: Mapping[str, Any]) -> int:
    """How long a time is held: a few minutes unless told otherwise."""
    given = values.get("hold_minutes")
    try:
        minutes = HOLD_MINUTES if given in (None, "") else int(str(given))
    except ValueError:
        minutes = 0
    if not 1 <= minutes <= LONGEST_HOLD:
        raise MappingFailed(f"A time is held for 1 to {LONGEST_HOLD} minutes, and not for {given}.")
    return minutes


def _wish(values: Mapping[str, Any], zone: Any, now: datetime) -> Wish:
    try:
        first = day_in(values["day"], zone, "day") + timedelta(days=int(values.get("days_after") or 0))
        first = max(first, now.astimezone(zone).date())
        last = first + timedelta(days=max(1, int(values.get("search_days") or 21)) - 1)
    except (ValueError, TypeError, OverflowError):
        raise MappingFailed("“day” must be a date such as 2026-11-20, the numbers of days whole.") from None
    return Wish(
        days=checked(first, last, zone),
        not_before=_clock(values.get("not_before") or "09:00"),
        not_after=_clock(values.get("not_after") or "17:00"),
        weekdays=_weekdays(values.get("weekdays")),
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


HELD_FOR = Field(
    key="hold_minutes",
    label="Minutes to hold it",
    type=FieldType.INTEGER,
    default=HOLD_MINUTES,
    help="So long no other flow of this hub is given the same time, or until it is booked.",
)

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
        Field(
            key="search_days",
            label="Days to search",
            type=FieldType.INTEGER,
            default=21,
            help=f"At most {MOST_DAYS}.",
        ),
        Field(key="userId", label="Team member", reference="users"),
        HELD_FOR,
    ),
    operations=("calendars.get", "calendars.free_slots", "locations.get", "events.list"),
    calls=2,  # the others only without a known zone, and for calendars with several seats
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
