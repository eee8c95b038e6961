"""When somebody could be booked in the simulated GHL, appointments left aside: as wall-clock times of a zone.

A calendar has weekly open hours, custom dates, or both (`availabilityType` 0, 1, null; a custom date then
takes the place of the week's hours). For a team member with a schedule that is associated with the calendar,
the schedule's rules and zone stand in for the calendar's own hours (how the two go together is not
documented).
A rule for a date takes the place of the weekday's. 0 is read as Sunday.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl import schedules
from integrations.sandbox.ghl.bookings import Span
from integrations.sandbox.ghl.calls import LOCATIONS
from integrations.sandbox.transaction import Tx

DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
CUSTOM_DATES_ONLY, OPEN_HOURS_ONLY = 1, 0

Minutes = tuple[int, int]
Hours = Callable[[date], list[Span]]


def zone_of(tx: Tx, calendar: JsonObject) -> ZoneInfo:
    location = tx.get(LOCATIONS, calendar["locationId"]) or {}
    return ZoneInfo(location["timezone"])


def of_calendar(calendar: JsonObject, zone: ZoneInfo) -> Hours:
    """The calendar's own hours on a day of the location's zone."""
    return lambda day: _spans(day, _calendar_minutes(calendar, day), zone)


def of_member(tx: Tx, calendar: JsonObject, zone: ZoneInfo, user_id: str) -> Hours:
    """A team member's: those of the schedules that count for the calendar, else the calendar's own."""
    found = schedules.of_user(tx, calendar["locationId"], user_id, calendar["id"])
    if not found:
        return of_calendar(calendar, zone)

    def hours(day: date) -> list[Span]:
        return sorted(
            (
                span
                for schedule in found
                for span in _spans(day, _rule_minutes(schedule["rules"], day), ZoneInfo(schedule["timezone"]))
            ),
            key=lambda span: span.start,
        )

    return hours


def _calendar_minutes(calendar: JsonObject, day: date) -> list[Minutes]:
    kind = calendar.get("availabilityType")
    dates = [
        entry
        for entry in calendar.get("availabilities", [])
        if entry["date"][:10] == day.isoformat() and not entry.get("deleted")
    ]
    weekday = day.isoweekday() % 7
    week = [entry for entry in calendar["openHours"] if weekday in entry["daysOfTheWeek"]]
    entries = week if kind == OPEN_HOURS_ONLY else dates if dates or kind == CUSTOM_DATES_ONLY else week
    return [
        (hours["openHour"] * 60 + hours["openMinute"], hours["closeHour"] * 60 + hours["closeMinute"])
        for entry in entries
        for hours in entry["hours"]
    ]


def _rule_minutes(rules: list[JsonObject], day: date) -> list[Minutes]:
    dated = [rule for rule in rules if rule["type"] == "date" and rule["date"] == day.isoformat()]
    weekday = DAYS[day.isoweekday() % 7]
    chosen = dated or [rule for rule in rules if rule["type"] == "wday" and rule["day"] == weekday]
    return [
        (_minutes(interval["from"]), _minutes(interval["to"]))
        for rule in chosen
        for interval in rule["intervals"]
    ]


def _minutes(text: str) -> int:
    hour, _, minute = text.partition(":")
    return int(hour) * 60 + int(minute)


def _spans(day: date, minutes: list[Minutes], zone: ZoneInfo) -> list[Span]:
    return [
        Span(_instant(day, opened, zone), _instant(day, closed, zone)) for opened, closed in sorted(minutes)
    ]


def _instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """A wall-clock time as an instant. Minute 60 of the last hour is how a day's very end can be written."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minutes)
    return wall.replace(tzinfo=zone).astimezone(UTC)
