"""Times that somebody is busy, read from another app: a list of them, or one by its clock and its minutes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from integrations.engine.errors import MappingFailed
from integrations.engine.spec import JsonObject
from integrations.engine.transforms.moments import read_day, read_moment


@dataclass(frozen=True, slots=True)
class Window:
    """A busy time, both ends aware and in the zone it was asked in."""

    start: datetime
    end: datetime

    def meets(self, start: datetime, end: datetime) -> bool:
        return self.start < end and start < self.end

    def told(self) -> JsonObject:
        """For the next steps. `key` is the same for the same time, whatever zone it was written in."""
        return {"key": key_of(self), "startTime": self.start.isoformat(), "endTime": self.end.isoformat()}


def key_of(window: Window) -> str:
    return "/".join(f"{moment.astimezone(UTC):%Y%m%dT%H%MZ}" for moment in (window.start, window.end))


def windows_of(values: Mapping[str, Any], zone: ZoneInfo) -> list[Window]:
    """Sorted, those that touch made one. Raises MappingFailed for a time that cannot be read.

    A clock time alone ("10:00") is one of the day given.
    """
    return list(_merged(sorted(_read(values, zone), key=lambda window: (window.start, window.end))))


def _read(values: Mapping[str, Any], zone: ZoneInfo) -> Iterator[Window]:
    day = str(values.get("day") or "").strip()
    for row in values.get("busy") or []:
        if not isinstance(row, Mapping):
            raise MappingFailed("Each busy time has a “start” and an “end”.")
        start, end = (_moment(row.get(key), day, zone) for key in ("start", "end"))
        yield _checked(start, end)
    if values.get("time"):
        start = _moment(values["time"], day, zone)
        yield _checked(start, start + timedelta(minutes=_minutes(values.get("minutes"))))


def _moment(value: Any, day: str, zone: ZoneInfo) -> datetime:
    text = str(value or "").strip()
    if not text:
        raise MappingFailed("Each busy time has a “start” and an “end”.")
    alone = ":" in text and len(text) <= len("10:00:00 AM")
    moment = read_moment(f"{day} {text}" if alone and day else text, zone.key)
    return moment.astimezone(zone)


def _minutes(value: Any) -> int:
    try:
        minutes = int(float(str(value)))
    except (TypeError, ValueError):
        minutes = 0
    if minutes <= 0:
        raise MappingFailed("A busy time that has no end needs its minutes, a whole number above 0.")
    return minutes


def _checked(start: datetime, end: datetime) -> Window:
    if end <= start:
        raise MappingFailed(
            f"A busy time ends at {end.isoformat()}, before it begins at {start.isoformat()}."
        )
    return Window(start, end)


def _merged(windows: list[Window]) -> Iterator[Window]:
    held: Window | None = None
    for window in windows:
        if held is not None and window.start <= held.end:
            held = Window(held.start, max(held.end, window.end))
            continue
        if held is not None:
            yield held
        held = window
    if held is not None:
        yield held


def days_of(values: Mapping[str, Any], windows: list[Window], zone: ZoneInfo) -> list[str]:
    """The local days that the news is about: the one given, and those that the windows touch."""
    given = read_day(values["day"]) if values.get("day") else None
    days = {given.isoformat()} if given else set()
    for window in windows:
        day, last = window.start.date(), (window.end - timedelta(microseconds=1)).date()
        while day <= last:
            days.add(day.isoformat())
            day += timedelta(days=1)
    return sorted(days)
