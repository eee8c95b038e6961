"""What a source's past says of its silence. The sources here are made up, their chance is seeded."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from integrations.engine.rhythm import HOUR, Hour, Rhythm, learn

MONDAY = datetime(2026, 9, 7, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")
WEEK = timedelta(days=7)

Rate = Callable[[datetime], float]


def steady(at: datetime) -> float:
    return 50.0


def office(at: datetime) -> float:
    """From nine to five on weekdays, in New York."""
    local = at.astimezone(NEW_YORK)
    return 50.0 if local.weekday() < 5 and 9 <= local.hour < 17 else 0.0


def night(at: datetime) -> float:
    """Busy by day, every day, and all but still at night."""
    return 60.0 if 7 <= at.hour < 22 else 0.3


def happenings(rate: Rate, since: datetime, until: datetime, seed: int) -> list[datetime]:
    """Moments of independent events (thinning of the fastest rate that there is)."""
    chance, at, found = random.Random(seed), since, []
    while (at := at + timedelta(hours=chance.expovariate(100.0))) < until:
        if chance.random() < rate(at) / 100.0:
            found.append(at)
    return found


def hours_of(moments: list[datetime]) -> Iterator[Hour]:
    by_hour: dict[datetime, list[tuple[datetime, datetime]]] = {}
    for before, at in pairwise(moments):
        by_hour.setdefault(at.replace(minute=0, second=0, microsecond=0), []).append((before, at))
    for hour, pauses in by_hour.items():
        yield Hour(at=hour, count=len(pauses), pause=max(pauses, key=lambda p: p[1] - p[0]))


def learned(
    rate: Rate, weeks: float, *, seed: int = 1, zone: tzinfo = UTC, until: datetime | None = None
) -> tuple[Rhythm | None, list[datetime]]:
    end = until or MONDAY + weeks * WEEK
    moments = happenings(rate, end - weeks * WEEK, end, seed)
    return learn(hours_of(moments), end - weeks * WEEK, end, zone), moments


def known(rate: Rate, weeks: float, **more: object) -> Rhythm:
    rhythm, _ = learned(rate, weeks, **more)  # type: ignore[arg-type]
    assert rhythm is not None
    return rhythm


@pytest.mark.parametrize("seed", range(3))
def test_a_source_of_50_an_hour_that_stops_is_noticed_within_half_an_hour(seed: int) -> None:
    rhythm = known(steady, 8, seed=seed)
    stopped = MONDAY + 8 * WEEK

    noticed = rhythm.notices_at(stopped)

    assert noticed is not None
    assert timedelta(minutes=11) <= noticed - stopped <= timedelta(minutes=30)


@pytest.mark.parametrize("rate", [steady, office, night])
@pytest.mark.parametrize("seed", range(2))
def test_a_week_as_usual_raises_no_alarm(rate: Rate, seed: int) -> None:
    """Learned from six weeks; every pause of the seventh is shorter than what would mean something."""
    rhythm = known(rate, 6, seed=seed, zone=NEW_YORK)
    begin = MONDAY + 6 * WEEK
    moments = happenings(rate, begin, begin + WEEK, seed + 100)

    early = [(a, b) for a, b in pairwise(moments) if (at := rhythm.notices_at(a)) and at <= b]

    assert early == []
    assert len(moments) > 1000


@pytest.mark.parametrize("weeks", [1.1, 2, 2.9])
@pytest.mark.parametrize("rate", [steady, office, night])
def test_what_is_young_is_careful(rate: Rate, weeks: float) -> None:
    """Before every weekday was seen three times, the longest pause there was is taken for a habit."""
    rhythm = known(rate, weeks, zone=NEW_YORK)
    begin = MONDAY + weeks * WEEK
    moments = happenings(rate, begin, begin + WEEK, 7)

    assert not rhythm.weekly
    assert [a for a, b in pairwise(moments) if (at := rhythm.notices_at(a)) and at <= b] == []


@pytest.mark.parametrize("days", [0, 1, 3, 6.8])
def test_a_new_source_learns_first(days: float) -> None:
    assert learned(steady, days / 7)[0] is None


def test_a_quiet_night_is_passed_over_and_the_morning_counts() -> None:
    """It stops on a Monday evening after work; on Tuesday it is noticed within the first hour of work."""
    rhythm = known(office, 6, zone=NEW_YORK)
    stopped = (MONDAY + 6 * WEEK).replace(tzinfo=NEW_YORK) + timedelta(hours=16, minutes=59)

    noticed = rhythm.notices_at(stopped)

    assert noticed is not None
    local = noticed.astimezone(NEW_YORK)
    assert (local.date() - stopped.date(), local.hour) == (timedelta(days=1), 9)


def test_an_hour_keeps_its_place_when_the_clocks_change() -> None:
    """New York goes back on 1 Nov 2026: nine in the morning is 13:00 UTC before, 14:00 UTC after."""
    rhythm = known(office, 6, zone=NEW_YORK, until=datetime(2026, 10, 31, tzinfo=UTC))

    assert rhythm.rate(datetime(2026, 11, 2, 13, 30, tzinfo=UTC)) < 1
    assert rhythm.rate(datetime(2026, 11, 2, 14, 30, tzinfo=UTC)) > 40


def test_one_import_teaches_nothing() -> None:
    rhythm, moments = learned(steady, 6)
    assert rhythm is not None
    hours = [
        Hour(at=h.at, count=9000 if h.at == MONDAY + WEEK else h.count, pause=h.pause)
        for h in hours_of(moments)
    ]

    again = learn(hours, MONDAY, MONDAY + 6 * WEEK, UTC)

    assert again is not None
    assert again.rate(MONDAY) == pytest.approx(rhythm.rate(MONDAY), rel=0.2)


def test_one_breakdown_in_the_past_is_not_taken_for_a_habit() -> None:
    rhythm, moments = learned(steady, 6)
    assert rhythm is not None
    away = (MONDAY + 2 * WEEK, MONDAY + 2 * WEEK + timedelta(days=2))
    kept = [at for at in moments if not away[0] <= at < away[1]]

    again = learn(hours_of(kept), MONDAY, MONDAY + 6 * WEEK, UTC)

    assert again is not None
    assert again.missed == pytest.approx(rhythm.missed, rel=0.2)


def test_a_source_that_sends_in_bursts_is_given_the_time_between_them() -> None:
    """Fifty at the full hour, every hour: no hour is without, and each has a pause of an hour."""
    moments = [
        MONDAY + n * HOUR + timedelta(seconds=second) for n in range(6 * 7 * 24) for second in range(50)
    ]

    rhythm = learn(hours_of(moments), MONDAY, MONDAY + 6 * WEEK, UTC)

    assert rhythm is not None
    noticed = rhythm.notices_at(moments[-1])
    assert noticed is not None
    assert timedelta(hours=1, minutes=15) < noticed - moments[-1] < timedelta(hours=2)


def test_where_too_little_comes_it_says_that_it_cannot_tell() -> None:
    rhythm = known(lambda at: 0.01, 8)

    assert rhythm.notices_at(MONDAY + 8 * WEEK) is None


def test_what_is_expected_adds_up_over_parts_of_hours() -> None:
    rates = {(day, hour): float(hour) for day in range(7) for hour in range(24)}
    rhythm = Rhythm(rates=rates, zone=UTC, weekly=True, missed=1)

    assert rhythm.expected(MONDAY + 1.5 * HOUR, MONDAY + 3.25 * HOUR) == pytest.approx(0.5 + 2 + 0.75)
