"""What so many calls would take, and leave of the day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from integrations.engine.outlook import outlook
from integrations.engine.quota import Lane, Made, State, reserve, settle
from integrations.engine.spec import Limit, Reading

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
LIMITS = (Limit(count=100, window_s=10), Limit(count=10_000, window_s=86_400))


def spent(calls: int, *readings: Reading) -> State:
    given = reserve(State(), LIMITS, NOW, calls, Lane.REQUEST)
    made = [Made(ticket=t, begun_at=NOW, answered_at=NOW, readings=readings) for t in given.tickets]
    return settle(given.state, LIMITS, made, NOW)


@pytest.mark.parametrize(
    ("calls", "lane", "seconds", "leaves"),
    [
        (0, Lane.TRIGGER, 0, 1.0),
        (600, Lane.TRIGGER, 600 / 9.9, 0.94),
        (50, Lane.REQUEST, 0, 0.995),
        (600, Lane.REQUEST, 50, 0.94),
        (5_000, Lane.BACKFILL, 5_000 / 9.7, 0.5),
    ],
)
def test_what_fits_into_the_day_ends_at_the_pace_of_the_short_window(
    calls: int, lane: Lane, seconds: float, leaves: float
) -> None:
    found = outlook(State(), LIMITS, NOW, calls, lane)
    assert (found.ends_at - NOW).total_seconds() == pytest.approx(seconds, abs=0.01)
    assert (found.leaves, found.windows) == (pytest.approx(leaves), 1)


def test_what_was_used_already_is_not_there_any_more() -> None:
    found = outlook(spent(90), LIMITS, NOW, 10, Lane.TRIGGER)
    assert (found.free, found.leaves) == (8_910, 0.99)


def test_what_the_day_has_not_left_is_made_in_the_next_ones() -> None:
    state = spent(1, Reading(window_s=86_400, limit=10_000, remaining=9_999, resets_in_s=7_200))
    found = outlook(state, LIMITS, NOW, 19_000, Lane.BACKFILL)
    assert (found.free, found.windows) == (4_999, 4)
    fourth_day = NOW + timedelta(seconds=7_200, days=2)
    assert (found.ends_at - fourth_day).total_seconds() == pytest.approx(4_001 / 9.7)


def test_a_day_that_is_used_up_begins_with_its_reset() -> None:
    state = spent(1, Reading(window_s=86_400, limit=10_000, remaining=0, resets_in_s=7_200))
    found = outlook(state, LIMITS, NOW, 99, Lane.TRIGGER)
    assert found.free == 0
    assert (found.ends_at - NOW).total_seconds() == pytest.approx(7_210, abs=0.1)


def test_a_pause_is_waited_out() -> None:
    given = reserve(State(), LIMITS, NOW, 1, Lane.REQUEST)
    made = Made(ticket=given.tickets[0], begun_at=NOW, answered_at=NOW, pause_s=30)
    state = settle(given.state, LIMITS, [made], NOW)
    assert outlook(state, LIMITS, NOW, 1, Lane.REQUEST).ends_at >= NOW + timedelta(seconds=30)


def test_an_app_without_a_daily_limit_leaves_no_part_of_a_day() -> None:
    assert outlook(State(), LIMITS[:1], NOW, 10, Lane.SYNC).leaves is None
