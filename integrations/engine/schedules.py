"""When a schedule strikes: every so many minutes, daily or weekly at a time of day in a zone.

A time of day that a clock change leaves out is struck at the change; one that comes twice, the first time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from integrations.engine.errors import WrongUse

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LATE = timedelta(minutes=5)  # a stroke that is noticed later than this was missed


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """`minutes` > 0: every so many, counted from the epoch. Else at `at` on `days` (none: every day).

    `catch_up`: of strokes that were missed, the last is made good; else none is.
    """

    zone: ZoneInfo
    minutes: int = 0
    at: time = time(9)
    days: frozenset[int] = frozenset(range(7))
    catch_up: bool = False

    def after(self, moment: datetime) -> datetime:
        """The first stroke after the moment, in UTC."""
        if self.minutes:
            width = timedelta(minutes=self.minutes)
            epoch = datetime.fromtimestamp(0, UTC)
            return epoch + ((moment - epoch) // width + 1) * width
        day = moment.astimezone(self.zone).date()
        while True:
            stroke = self._on(day)
            if day.weekday() in self.days and stroke > moment:
                return stroke
            day += timedelta(days=1)

    def due(self, since: datetime, now: datetime) -> datetime | None:
        """The stroke to make now, of those after `since`: the last there was, unless it was missed."""
        last, stroke = None, self.after(max(since, now - timedelta(days=15)))
        while stroke <= now:
            last, stroke = stroke, self.after(stroke)
        return last if last is not None and (self.catch_up or now - last <= LATE) else None

    def _on(self, day: date) -> datetime:
        there = datetime.combine(day, self.at, self.zone).astimezone(UTC)
        if there.astimezone(self.zone).time() == self.at:
            return there
        return there - self._jump(there)  # the clocks went over it: at the change

    def _jump(self, there: datetime) -> timedelta:
        """How far behind the change the moment lies, as which a time of day left out is read."""
        before = there - timedelta(hours=3)
        offset = before.astimezone(self.zone).utcoffset()
        low, high = before, there
        while high - low > timedelta(milliseconds=100):
            middle = low + (high - low) / 2
            if middle.astimezone(self.zone).utcoffset() == offset:
                low = middle
            else:
                high = middle
        return there - high.replace(microsecond=0)


def schedule_of(settings: Mapping[str, Any]) -> Schedule:
    """The schedule that an operator chose. Raises WrongUse for one that cannot be kept."""
    how = settings.get("how") or "daily"
    missed = settings.get("missed") == "once"
    try:
        zone = ZoneInfo(str(settings.get("zone") or "UTC"))
    except (KeyError, ValueError, OSError):
        raise WrongUse(
            f"There is no time zone “{settings.get('zone')}”; write one such as Europe/Berlin."
        ) from None
    if how == "minutes":
        minutes = int(settings.get("minutes") or 0)
        if not 1 <= minutes <= 1440:
            raise WrongUse("Say every how many minutes it begins, from 1 to 1440.")
        return Schedule(zone=zone, minutes=minutes, catch_up=missed)
    days = frozenset(DAYS.index(day) for day in settings.get("days") or () if day in DAYS)
    if how == "weekly" and not days:
        raise WrongUse("Choose the days of the week on which it begins.")
    at = _time(str(settings.get("at") or "09:00"))
    return Schedule(zone=zone, at=at, days=days if how == "weekly" else frozenset(range(7)), catch_up=missed)


def _time(text: str) -> time:
    if not re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", text.strip()):
        raise WrongUse(f"“{text}” is no time of day; write it as 09:00.")
    hour, minute = text.strip().split(":")
    return time(int(hour), int(minute))
