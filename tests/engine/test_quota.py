"""Reserving calls: never more than allowed in any window, nearly all of it in the long run."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.engine.quota import Lane, State, correct, reserve
from integrations.engine.spec import Limit, Reading

START = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
LIMITS = [
    (Limit(count=100, window_s=10),),
    (Limit(count=25, window_s=10),),
    (Limit(count=5, window_s=1),),
    (Limit(count=1, window_s=2),),
    (Limit(count=200, window_s=30), Limit(count=300, window_s=7_200)),
    (Limit(count=40, window_s=86_400),),
]


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def most_in_any_window(grants: list[tuple[float, int]], window_s: float) -> int:
    """The fullest window: one that begins with a grant and ends just before window_s has passed."""
    return max(
        (sum(n for t, n in grants if begin <= t < begin + window_s) for begin, _ in grants),
        default=0,
    )


@given(
    limits=st.sampled_from(LIMITS),
    steps=st.lists(st.tuples(st.floats(0, 3), st.integers(0, 150), st.sampled_from(list(Lane))), max_size=60),
    slow=st.sampled_from([1, 5_000]),
)
@settings(max_examples=150, deadline=None)
def test_no_window_anywhere_holds_more_than_the_limit(
    limits: tuple[Limit, ...], steps: list[tuple[float, int, Lane]], slow: int
) -> None:
    state, now, grants = State(), 0.0, []
    for pause, wanted, lane in steps:
        now += pause * slow
        granted, state, ready_at = reserve(state, limits, at(now), wanted, lane)
        assert 0 <= granted <= wanted
        assert ready_at == at(now) if granted == wanted else ready_at > at(now)
        state = State.from_json(json.loads(json.dumps(state.to_json())))
        grants.append((now, granted))
    for limit in limits:
        assert most_in_any_window(grants, limit.window_s) <= limit.count


SHORT_AND_LONG = [
    *((limits, lane) for limits in LIMITS[:4] for lane in (Lane.REQUEST, Lane.BACKFILL)),
    (LIMITS[5], Lane.REQUEST),  # of a long window a backfill may use only half
]


@pytest.mark.parametrize(("limits", "lane"), SHORT_AND_LONG)
def test_in_the_long_run_at_least_95_percent_of_the_rate_is_used(
    limits: tuple[Limit, ...], lane: Lane
) -> None:
    limit = limits[0]
    state, now, grants = State(), START, []
    end = START + timedelta(seconds=limit.window_s * 40)
    while now < end:
        granted, state, ready_at = reserve(state, limits, now, 50, lane)
        grants.append(((now - START).total_seconds(), granted))
        now = max(ready_at, now + timedelta(milliseconds=1))
    assert sum(n for _, n in grants) >= 0.95 * limit.count * 40
    assert most_in_any_window(grants, limit.window_s) <= limit.count


@given(
    limits=st.sampled_from(LIMITS),
    microseconds=st.integers(0, 10**9),
    wishes=st.lists(st.tuples(st.integers(1, 60), st.sampled_from(list(Lane))), max_size=30),
)
@settings(max_examples=60, deadline=None)
def test_asking_again_when_told_to_gets_at_least_one(
    limits: tuple[Limit, ...], microseconds: int, wishes: list[tuple[int, Lane]]
) -> None:
    state, now = State(), START + timedelta(microseconds=microseconds)
    for wanted, lane in wishes:
        granted, state, ready_at = reserve(state, limits, now, wanted, lane)
        if granted < wanted:
            again, state, _ = reserve(state, limits, ready_at, 1, lane)
            assert again == 1
            now = ready_at


def test_lower_lanes_leave_some_to_those_above() -> None:
    limits = (Limit(count=1_000, window_s=10),)  # a burst of 40
    taken = []
    state = State()
    for lane in reversed(Lane):
        granted, state, _ = reserve(state, limits, START, 100, lane)
        taken.append(granted)
    assert taken == [20, 10, 6, 4]


def test_a_backfill_cannot_use_up_the_day() -> None:
    limits = (Limit(count=100, window_s=86_400),)
    granted, state, ready_at = reserve(State(), limits, START, 100, Lane.BACKFILL)
    assert granted == 50
    assert ready_at > at(80_000)
    assert reserve(state, limits, START, 100, Lane.REQUEST)[0] == 50


def test_a_day_is_over_only_when_the_whole_of_it_has_passed() -> None:
    limits = (Limit(count=10, window_s=86_400),)
    last_second_of_an_hour = at(3_599)
    granted, state, ready_at = reserve(State(), limits, last_second_of_an_hour, 99, Lane.REQUEST)
    assert granted == 10
    for hours in range(1, 24):
        assert reserve(state, limits, at(hours * 3_600), 99, Lane.REQUEST)[0] == 0
    assert reserve(state, limits, at(24 * 3_600), 99, Lane.REQUEST)[0] == 0
    assert ready_at - last_second_of_an_hour >= timedelta(days=1)
    assert reserve(state, limits, ready_at, 99, Lane.REQUEST)[0] == 10


def test_the_lowest_known_limit_holds_until_the_app_has_told_the_real_one() -> None:
    limits = (Limit(count=100, window_s=10, at_first=25),)
    _, state, ready_at = reserve(State(), limits, START, 100, Lane.REQUEST)
    assert ready_at - START == pytest.approx(timedelta(seconds=10 / 24), abs=timedelta(milliseconds=1))
    state = correct(state, limits, [Reading(window_s=10, limit=100)], START)
    _, _, ready_at = reserve(state, limits, START, 100, Lane.REQUEST)
    assert ready_at - START == pytest.approx(timedelta(seconds=10 / 96), abs=timedelta(milliseconds=1))


@pytest.mark.parametrize(("told", "used"), [(30, 30), (5_000, 100)])
def test_headers_lower_a_limit_and_never_raise_it(told: int, used: int) -> None:
    limits = (Limit(count=100, window_s=86_400),)
    state = correct(State(), limits, [Reading(window_s=86_400, limit=told)], START)
    assert reserve(state, limits, START, 999, Lane.REQUEST)[0] == used


def test_what_others_used_of_the_day_counts_until_the_apps_day_ends() -> None:
    limits = (Limit(count=100, window_s=86_400),)
    reading = Reading(window_s=86_400, limit=100, remaining=40, resets_in_s=600)
    granted, state, _ = reserve(State(), limits, START, 10, Lane.REQUEST)
    state = correct(state, limits, [reading], START)
    granted, state, ready_at = reserve(state, limits, START, 100, Lane.REQUEST)
    assert granted == 40
    assert ready_at == at(600)
    assert reserve(state, limits, at(600), 100, Lane.REQUEST)[0] == 50


def test_none_left_holds_everybody_until_the_reset() -> None:
    reading = Reading(window_s=10, limit=100, remaining=0, resets_in_s=4)
    state = correct(State(), LIMITS[0], [reading], START)
    for lane in Lane:
        granted, _, ready_at = reserve(state, LIMITS[0], at(1), 1, lane)
        assert (granted, ready_at) == (0, at(4))
    assert reserve(state, LIMITS[0], at(4), 1, Lane.REQUEST)[0] == 1


def test_few_left_shrink_the_bucket_but_many_do_not_fill_it() -> None:
    _, state, _ = reserve(State(), LIMITS[0], START, 3, Lane.REQUEST)
    full = correct(state, LIMITS[0], [Reading(window_s=10, limit=100, remaining=97)], START)
    assert reserve(full, LIMITS[0], START, 9, Lane.REQUEST)[0] == 1
    few = correct(State(), LIMITS[0], [Reading(window_s=10, limit=100, remaining=2)], START)
    assert reserve(few, LIMITS[0], START, 9, Lane.REQUEST)[0] == 2


def test_readings_of_an_undeclared_window_are_left_out() -> None:
    assert correct(State(), LIMITS[0], [Reading(window_s=60, remaining=0)], START) == State()


def test_a_clock_that_goes_back_gives_nothing_away() -> None:
    _, state, _ = reserve(State(), LIMITS[0], at(100), 100, Lane.REQUEST)
    granted, state, ready_at = reserve(state, LIMITS[0], START, 100, Lane.REQUEST)
    assert granted == 0
    assert ready_at > START
    assert reserve(state, LIMITS[0], at(100), 100, Lane.REQUEST)[0] == 0


def test_a_clock_that_goes_back_takes_nothing_away_either() -> None:
    _, state, _ = reserve(State(), LIMITS[0], at(100), 1, Lane.REQUEST)
    assert reserve(state, LIMITS[0], START, 100, Lane.REQUEST)[0] == 3


def test_nothing_wanted_is_granted_at_once() -> None:
    assert reserve(State(), LIMITS[0], START, 0, Lane.BACKFILL)[0::2] == (0, START)
