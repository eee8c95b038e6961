"""Reading times that people and apps write, and placing wall clocks in their zone."""

from __future__ import annotations

import difflib
import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from integrations.engine.errors import WrongUse, did_you_mean
from integrations.engine.transforms.base import TransformFailed, as_text, shown

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_MONTH = r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DAY = r"(?P<day>\d{1,2})(st|nd|rd|th)?"
_WEEKDAY = r"((mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE | re.ASCII)
    for pattern in (
        r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})",
        rf"{_WEEKDAY}{_DAY}\s+{_MONTH},?\s+(?P<year>\d{{4}})",
        rf"{_WEEKDAY}{_MONTH}\s+{_DAY},?\s+(?P<year>\d{{4}})",
    )
)
_ORDERS = {
    "DMY": re.compile(r"(?P<day>\d{1,2})[-/.](?P<month>\d{1,2})[-/.](?P<year>\d{4})", re.ASCII),
    "MDY": re.compile(r"(?P<month>\d{1,2})[-/.](?P<day>\d{1,2})[-/.](?P<year>\d{4})", re.ASCII),
}
_TIME = re.compile(
    r"[T\s,]*(at\s+)?(?P<hour>\d{1,2}):(?P<minute>\d{2})(:(?P<second>\d{2})([.,](?P<fraction>\d{1,9}))?)?"
    r"\s*(?P<half>[ap]\.?m\.?)?\s*(?P<offset>Z|UTC|GMT|[+-]\d{2}(:?\d{2})?)?",
    re.IGNORECASE | re.ASCII,
)


def read_moment(value: Any, zone: str, *, order: str = "", time_of_day: str = "") -> datetime:
    """An aware time. An offset in the text counts; without one the text is a wall clock in `zone`.

    A number of 10 digits is seconds since 1970, one of 13 milliseconds. A date alone needs `time_of_day`
    ("HH:MM"). 03/04/2026 is read only with `order` DMY or MDY. Raises TransformFailed; WrongUse for a zone
    or a time of day that is none.
    """
    text = as_text(value).strip()
    if re.fullmatch(r"\d{10}|\d{13}", text, re.ASCII):
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(text.ljust(13, "0")))
    day, rest = _read_date(text, order)
    if not rest:
        if not time_of_day:
            raise TransformFailed(f"{shown(text)} is a date without a time; say with `time` which one.")
        return in_zone(datetime.combine(day, _wall_clock(time_of_day)), zone)
    clock, offset = _read_time(rest, text)
    naive = datetime.combine(day, clock)
    return naive.replace(tzinfo=offset) if offset else in_zone(naive, zone)


def read_day(value: Any, order: str = "") -> date | None:
    """The date, if the text is a date without a time."""
    text = as_text(value).strip()
    if re.fullmatch(r"\d{10}|\d{13}", text, re.ASCII):
        return None
    day, rest = _read_date(text, order)
    return None if rest else day


def in_zone(naive: datetime, zone: str) -> datetime:
    """The moment a wall clock in `zone` shows this time.

    Shown twice (clocks go back): the first. Shown never (clocks go forward): as much later as the gap is
    long, 02:30 becoming 03:30.
    """
    if not zone:
        raise TransformFailed("This time has no offset; say with `zone` in which time zone it is.")
    there = zone_named(zone)
    return naive.replace(tzinfo=there, fold=0).astimezone(UTC).astimezone(there)


def zone_named(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = difflib.get_close_matches(name, _zones(), n=3) or ["Europe/London", "America/New_York", "UTC"]
        raise WrongUse(did_you_mean(name, near, "time zone")) from None


@lru_cache(maxsize=1)
def _zones() -> tuple[str, ...]:
    return tuple(available_timezones())


def _read_date(text: str, order: str) -> tuple[date, str]:
    """The date at the beginning of the text, and what follows it."""
    patterns = (*_DATES, _ORDERS[order]) if order else _DATES
    found = next((match for pattern in patterns if (match := pattern.match(text))), None)
    if found is None:
        if any(pattern.match(text) for pattern in _ORDERS.values()):
            raise TransformFailed(f"{shown(text)}: which is the day? Say with `order` DMY or MDY.")
        raise TransformFailed(f"{shown(text)} cannot be read as a time; 2026-11-20T10:00:00+01:00 can.")
    named = found["month"].lower()
    month = int(named) if named.isdigit() else MONTHS.index(named) + 1
    try:
        return date(int(found["year"]), month, int(found["day"])), text[found.end() :]
    except ValueError:
        raise TransformFailed(f"{shown(text)} is a day that no calendar has; check `order`.") from None


def _read_time(rest: str, text: str) -> tuple[time, timezone | None]:
    found = _TIME.fullmatch(rest)
    if found is None:
        raise TransformFailed(f"{shown(text)}: the part after the date cannot be read as a time of day.")
    hour = int(found["hour"])
    if found["half"]:
        if not 1 <= hour <= 12:
            raise TransformFailed(f"{shown(text)}: an hour before am or pm is 1 to 12.")
        hour = hour % 12 + (12 if found["half"].lower().startswith("p") else 0)
    microsecond = int((found["fraction"] or "").ljust(6, "0")[:6])
    try:
        clock = time(hour, int(found["minute"]), int(found["second"] or 0), microsecond)
        return clock, _read_offset(found["offset"])
    except ValueError:
        raise TransformFailed(f"{shown(text)} has a time of day that no clock shows.") from None


def _read_offset(written: str | None) -> timezone | None:
    if not written:
        return None
    if written[0] not in "+-":
        return UTC
    digits = written[1:].replace(":", "").ljust(4, "0")
    ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(ahead if written[0] == "+" else -ahead)


def _wall_clock(text: str) -> time:
    try:
        return time.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise WrongUse(f"{shown(text)} is not a time of day; write 09:00.") from None
