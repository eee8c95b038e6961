"""The rhythm of a source: how many events to expect when, and from when on their absence means something.

What is learned are counts per hour. From SURE_AFTER on every hour of the week has an expectation of its own;
before that every hour of the day; before LEARN_FOR nothing is said. The largest count of each is left out, so
that one import teaches nothing. Silence is measured in events that should have come meanwhile: a quiet night
adds almost none. It means something when, with events that come independently of each other, it would happen
once in 10,000 pauses (ln 10,000 expected events), and it is longer by half than the longest this source has
ever made; from SURE_AFTER on the longest but one, so that a breakdown in the past is not taken for a habit.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

HOUR = timedelta(hours=1)
LEARN_FOR = timedelta(days=7)
SURE_AFTER = timedelta(days=21)
KEPT = timedelta(days=56)
LEAST_MISSED = math.log(10_000)
LONGER = 1.5
AHEAD = timedelta(days=14)

Slot = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """What came in the hour that begins `at`, and the longest pause that ended in it (None: unknown)."""

    at: datetime
    count: int
    pause: tuple[datetime, datetime] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """Expected events per hour by (weekday, hour) in the source's zone. `missed` is how many expected events
    have to stay out before silence means something; `weekly`: each weekday has its own expectations."""

    rates: Mapping[Slot, float]
    zone: tzinfo
    weekly: bool
    missed: float

    def rate(self, at: datetime) -> float:
        return self.rates[_slot(at, self.zone)]

    def expected(self, begin: datetime, end: datetime) -> float:
        """How many events are expected between two moments."""
        return sum(self.rate(a) * ((b - a) / HOUR) for a, b in _hours(begin, end))

    def notices_at(self, silent_from: datetime) -> datetime | None:
        """When a silence that begins then means something; None: not within AHEAD, too little comes."""
        left = self.missed
        for a, b in _hours(silent_from, silent_from + AHEAD):
            more = self.rate(a) * ((b - a) / HOUR)
            if more >= left:
                return a + (b - a) * (left / more)
            left -= more
        return None


def learn(hours: Iterable[Hour], since: datetime, until: datetime, zone: tzinfo) -> Rhythm | None:
    """What the hours from `since` on teach (those that are not among them had no events), `until` excluded.

    None as long as it is too early.
    """
    since = _whole(max(since, until - KEPT)) + HOUR
    until = _whole(until)
    if until - since < LEARN_FOR - HOUR:
        return None
    weekly = until - since >= SURE_AFTER - HOUR
    seen = [hour for hour in hours if since <= hour.at < until]
    rates = _rates({hour.at: hour.count for hour in seen}, since, until, zone, weekly=weekly)
    rhythm = Rhythm(rates=rates, zone=zone, weekly=weekly, missed=0.0)
    pauses = sorted((rhythm.expected(*hour.pause) for hour in seen if hour.pause), reverse=True)
    usual = pauses[1 if weekly else 0 :][:1] or [0.0]
    return Rhythm(rates=rates, zone=zone, weekly=weekly, missed=max(LEAST_MISSED, LONGER * usual[0]))


def _rates(
    counts: Mapping[datetime, int], since: datetime, until: datetime, zone: tzinfo, *, weekly: bool
) -> dict[Slot, float]:
    found: dict[Slot, list[int]] = defaultdict(list)
    at = since
    while at < until:
        day, hour = _slot(at, zone)
        found[day if weekly else 0, hour].append(counts.get(at, 0))
        at += HOUR
    return {(day, hour): _usual(found[day if weekly else 0, hour]) for day in range(7) for hour in range(24)}


def _usual(counts: Sequence[int]) -> float:
    """The mean without the largest; of a single one, or of none, nothing is known."""
    kept = sorted(counts)[:-1]
    return sum(kept) / len(kept) if kept else 0.0


def _hours(begin: datetime, end: datetime) -> Iterable[tuple[datetime, datetime]]:
    """A span in pieces that end at whole hours."""
    at = begin
    while at < end:
        following = min(_whole(at) + HOUR, end)
        yield at, following
        at = following


def _whole(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _slot(at: datetime, zone: tzinfo) -> Slot:
    local = at.astimezone(zone)
    return local.weekday(), local.hour
