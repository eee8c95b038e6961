"""Reserving calls: never more than allowed in any window, nearly all of it in the long run."""

from __future__ import annotations

import heapq
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.engine.quota import Lane, Made, Reserved, State, Ticket, reserve, settle, usage
from integrations.engine.spec import Limit, Reading

START = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
TEN = (Limit(count=100, window_s=10),)
DAY = (Limit(count=100, window_s=86_400),)
LIMITS = [
    TEN,
    (Limit(count=25, window_s=10),),
    (Limit(count=5, window_s=1),),
    (Limit(count=1, window_s=2),),
    (Limit(count=200, window_s=30), Limit(count=300, window_s=7_200)),
    (Limit(count=40, window_s=86_400),),
]


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def seconds(moment: datetime) -> float:
    return (moment - START).total_seconds()


def answered(ticket: Ticket, at_s: float, *readings: Reading, pause_s: float | None = None) -> Made:
    return Made(
        ticket=ticket,
        begun_at=ticket.starts_at,
        answered_at=at(at_s),
        readings=readings,
        pause_s=pause_s,
    )


def take(
    state: State, limits: Sequence[Limit], at_s: float, wanted: int, lane: Lane = Lane.REQUEST
) -> Reserved:
    return reserve(state, limits, at(at_s), wanted, lane)


def told(limits: Sequence[Limit], *readings: Reading, state: State | None = None, at_s: float = 0) -> State:
    """The state after one call (a moment ago) whose headers said so."""
    given = take(state or State(), limits, at_s, 1)
    return settle(given.state, limits, [answered(given.tickets[0], at_s, *readings)], at(at_s))


@dataclass
class World:
    """An app that notes when calls land, and callers whose calls take a while."""

    limits: Sequence[Limit]
    state: State = field(default_factory=State)
    landed: list[float] = field(default_factory=list)
    out: list[tuple[float, int, Ticket]] = field(default_factory=list)
    made: int = 0

    def ask(self, now: float, wanted: int, lane: Lane, takes_s: float, ahead_s: float = 0.0) -> Reserved:
        given = reserve(self.state, self.limits, at(now), wanted, lane, ahead_s=ahead_s)
        self.state = State.from_json(json.loads(json.dumps(given.state.to_json())))
        for place, ticket in enumerate(given.tickets):
            self.made += 1
            start = max(seconds(ticket.starts_at), now)
            self.landed.append(start + takes_s * (place % 3) / 2)  # at once, on the way, at the very end
            heapq.heappush(self.out, (start + takes_s, self.made, ticket))
        return given

    def hear(self, now: float) -> None:
        """What was answered by now is settled."""
        while self.out and self.out[0][0] <= now:
            answered_at, _, ticket = heapq.heappop(self.out)
            self.state = settle(self.state, self.limits, [answered(ticket, answered_at)], at(now))

    def fullest(self, window_s: float) -> int:
        """The fullest window: one that begins with a call and ends with the last moment of window_s."""
        landed = sorted(self.landed)
        most, first = 0, 0
        for last, moment in enumerate(landed):
            while moment - landed[first] > window_s:
                first += 1
            most = max(most, last - first + 1)
        return most


@given(
    limits=st.sampled_from(LIMITS),
    steps=st.lists(
        st.tuples(
            st.floats(0, 3),
            st.integers(0, 150),
            st.sampled_from(list(Lane)),
            st.floats(0, 20),
            st.sampled_from([0.0, 1.0, 4.0]),
        ),
        max_size=60,
    ),
    slow=st.sampled_from([1, 5_000]),
)
@settings(max_examples=150, deadline=None)
def test_no_window_anywhere_holds_more_than_the_limit_whenever_calls_land(
    limits: tuple[Limit, ...], steps: list[tuple[float, int, Lane, float, float]], slow: int
) -> None:
    world, now = World(limits), 0.0
    for pause, wanted, lane, takes_s, ahead_s in steps:
        now += pause * slow
        world.hear(now)
        given = world.ask(now, wanted, lane, takes_s, ahead_s)
        assert 0 <= len(given.tickets) <= wanted
        assert all(at(now) <= ticket.starts_at <= at(now + ahead_s + 0.001) for ticket in given.tickets)
        assert (given.ready_at == at(now)) == (len(given.tickets) == wanted)
    for limit in limits:
        assert world.fullest(limit.window_s) <= limit.count


SHORT_AND_LONG = [
    *((limits, lane) for limits in LIMITS[:4] for lane in (Lane.REQUEST, Lane.TRIGGER, Lane.BACKFILL)),
    (LIMITS[5], Lane.REQUEST),  # of a long window a backfill may use only half
]


@pytest.mark.parametrize(("limits", "lane"), SHORT_AND_LONG)
def test_in_the_long_run_at_least_95_percent_of_the_rate_is_used(
    limits: tuple[Limit, ...], lane: Lane
) -> None:
    limit = limits[0]
    world, now = World(limits), 0.0
    while now < limit.window_s * 40:
        world.hear(now)
        ready_at = world.ask(now, 50, lane, limit.window_s / 200).ready_at
        next_answer = world.out[0][0] if world.out else seconds(ready_at)
        now = max(min(seconds(ready_at), next_answer), now + 0.001)
    assert len(world.landed) >= 0.95 * limit.count * 40
    assert world.fullest(limit.window_s) <= limit.count


def test_calls_that_are_long_under_way_keep_their_place_so_long() -> None:
    given = take(State(), TEN, 0, 100)
    state = settle(given.state, TEN, [answered(ticket, 5) for ticket in given.tickets], at(5))
    assert take(state, TEN, 15, 1).tickets == ()
    assert seconds(take(state, TEN, 12, 1).ready_at) == pytest.approx(15.05, abs=0.03)
    assert len(take(state, TEN, 15.1, 500).tickets) == 100


def test_a_call_that_was_never_heard_of_again_frees_its_place_at_last() -> None:
    given = reserve(State(), TEN, START, 100, Lane.REQUEST, flight_s=30)
    assert take(given.state, TEN, 39, 1).tickets == ()
    assert len(take(given.state, TEN, 40.1, 500).tickets) == 100


def test_a_ticket_that_was_not_used_is_given_back() -> None:
    limits = (*TEN, Limit(count=100, window_s=86_400))
    given = take(State(), limits, 0, 100)
    unused = [Made(ticket=t, begun_at=START, answered_at=None) for t in given.tickets[:60]]
    state = settle(given.state, limits, unused, at(1))
    assert len(take(state, limits, 1, 500).tickets) == 60


def test_tickets_may_be_taken_for_places_that_become_free_soon() -> None:
    given = take(State(), TEN, 0, 100)
    state = settle(given.state, TEN, [answered(t, 0.1) for t in given.tickets], at(1))
    assert reserve(state, TEN, at(9), 5, Lane.REQUEST, ahead_s=1).tickets == ()
    ahead = reserve(state, TEN, at(9.5), 5, Lane.REQUEST, ahead_s=1)
    assert [seconds(t.starts_at) for t in ahead.tickets] == pytest.approx([10.15] * 5, abs=0.03)
    assert len(take(ahead.state, TEN, 10.2, 500).tickets) == 95
    unused = [Made(ticket=t, begun_at=at(9.6), answered_at=None) for t in ahead.tickets]
    back = settle(ahead.state, TEN, unused, at(9.6))
    assert take(back, TEN, 9.7, 1).tickets == ()
    assert len(take(back, TEN, 10.2, 500).tickets) == 100


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
        given = reserve(state, limits, now, wanted, lane)
        made = [Made(ticket=t, begun_at=now, answered_at=now) for t in given.tickets]
        state = settle(given.state, limits, made, now)
        if len(given.tickets) < wanted:
            now = given.ready_at
            assert len(reserve(state, limits, now, 1, lane).tickets) == 1


def test_while_all_calls_are_under_way_it_is_asked_again_after_a_window() -> None:
    state = take(State(), TEN, 0, 100).state
    assert seconds(take(state, TEN, 2, 1).ready_at) == pytest.approx(12.05, abs=0.03)


# --- lanes ----------------------------------------------------------------------------------------


def test_lower_lanes_are_spread_evenly_and_people_who_wait_are_not() -> None:
    limits = (Limit(count=1_000, window_s=10),)  # a burst of 40
    taken, state = [], State()
    for lane in reversed(Lane):
        given = take(state, limits, 0, 2_000, lane)
        taken.append(len(given.tickets))
        state = given.state
    assert taken == [20, 10, 6, 964]


def test_lower_lanes_leave_some_places_to_those_above() -> None:
    state = State()
    for lane, free in ((Lane.BACKFILL, 3), (Lane.SYNC, 2), (Lane.TRIGGER, 1), (Lane.REQUEST, 0)):
        given = reserve(state, TEN, START, 1_000, lane, ahead_s=10)
        state = given.state
        assert usage(state, TEN, START)[0].left == free


def test_who_waits_gets_the_next_place_though_others_want_it_too() -> None:
    everything = reserve(State(), TEN, START, 1_000, Lane.BACKFILL, ahead_s=10)
    made = [answered(t, seconds(t.starts_at)) for t in everything.tickets]
    state = settle(everything.state, TEN, made, at(10))
    waits = reserve(state, TEN, at(10), 5, Lane.REQUEST, ahead_s=4)
    assert seconds(waits.tickets[-1].starts_at) < 10.2
    assert take(waits.state, TEN, 10.2, 5, Lane.BACKFILL).tickets == ()


def test_a_backfill_cannot_use_up_the_day() -> None:
    given = take(State(), DAY, 0, 100, Lane.BACKFILL)
    assert len(given.tickets) == 50
    assert given.ready_at > at(80_000)
    assert len(take(given.state, DAY, 0, 100).tickets) == 50


def test_it_is_told_by_which_lanes_a_day_was_used() -> None:
    state = take(State(), DAY, 0, 3, Lane.SYNC).state
    state = take(state, DAY, 1, 2).state
    (shown,) = usage(state, DAY, at(2))
    assert (shown.spent, shown.count, shown.left) == (5, 100, 95)
    assert shown.lanes == {"sync": 3, "request": 2}


# --- days -----------------------------------------------------------------------------------------


def test_a_day_is_over_only_when_the_whole_of_it_has_passed() -> None:
    limits = (Limit(count=10, window_s=86_400),)
    last_second_of_an_hour = 3_500
    given = take(State(), limits, last_second_of_an_hour, 99)
    assert len(given.tickets) == 10
    for hours in range(1, 25):
        assert take(given.state, limits, hours * 3_600, 99).tickets == ()
    assert seconds(given.ready_at) - last_second_of_an_hour >= 86_400
    assert len(reserve(given.state, limits, given.ready_at, 99, Lane.REQUEST).tickets) == 10


def test_the_count_begins_anew_when_the_app_says_its_day_does() -> None:
    given = take(State(), DAY, 0, 100)
    reading = Reading(window_s=86_400, limit=100, remaining=0, resets_in_s=600)
    state = settle(given.state, DAY, [answered(given.tickets[0], 1, reading)], at(1))
    waits = take(state, DAY, 2, 1)
    assert (waits.tickets, waits.ready_at) == ((), at(601))
    (shown,) = usage(state, DAY, at(2))
    assert (shown.held_until, shown.resets_at, shown.spent) == (at(601), at(601), 100)
    assert len(take(state, DAY, 601, 500).tickets) == 100


def test_a_day_without_a_reset_time_is_asked_for_again_every_hour() -> None:
    state = told(DAY, Reading(window_s=86_400, remaining=0))
    assert take(state, DAY, 1, 1).ready_at >= at(3_600)


def test_an_answer_that_comes_after_the_reset_holds_nobody() -> None:
    reading = Reading(window_s=86_400, limit=100, remaining=0, resets_in_s=2)
    given = take(State(), DAY, 0, 1)
    state = settle(given.state, DAY, [answered(given.tickets[0], 1, reading)], at(5))
    assert len(take(state, DAY, 5, 500).tickets) == 100


def test_what_others_used_of_the_day_counts_until_the_apps_day_ends() -> None:
    reading = Reading(window_s=86_400, limit=100, remaining=40, resets_in_s=600)
    state = told(DAY, reading, state=take(State(), DAY, 0, 9).state)
    (shown,) = usage(state, DAY, START)
    assert (shown.others, shown.spent) == (50, 60)
    given = take(state, DAY, 0, 100)
    assert len(given.tickets) == 40
    assert given.ready_at == at(600)
    assert len(take(given.state, DAY, 600, 500).tickets) == 100


# --- what headers say -----------------------------------------------------------------------------


def test_the_lowest_known_limit_holds_until_the_app_has_told_the_real_one() -> None:
    limits = (Limit(count=100, window_s=10, at_first=25),)
    assert len(take(State(), limits, 0, 500).tickets) == 25
    state = told(limits, Reading(window_s=10, limit=100))
    assert len(take(state, limits, 0, 500).tickets) == 99


@pytest.mark.parametrize(("said", "used"), [(30, 29), (5_000, 99)])
def test_headers_lower_a_limit_and_never_raise_it(said: int, used: int) -> None:
    assert len(take(told(DAY, Reading(window_s=86_400, limit=said)), DAY, 0, 999).tickets) == used
    assert len(take(told(TEN, Reading(window_s=10, limit=said)), TEN, 0, 999).tickets) == used


def test_what_others_used_of_a_short_window_takes_places_as_long_as_the_window() -> None:
    state = told(TEN, Reading(window_s=10, limit=100, remaining=30))
    given = take(state, TEN, 0, 500)
    assert len(given.tickets) == 30
    assert len(take(given.state, TEN, 10.1, 500).tickets) == 70


def test_none_left_holds_nobody_when_it_was_we_who_took_all() -> None:
    given = take(State(), TEN, 0, 100)
    full = Reading(window_s=10, limit=100, remaining=0)
    made = [answered(t, 0.2, full) for t in given.tickets]
    assert len(take(settle(given.state, TEN, made, at(1)), TEN, 10.3, 500).tickets) == 100


def test_none_left_holds_everybody_until_the_reset_when_it_was_others() -> None:
    state = told(TEN, Reading(window_s=10, limit=100, remaining=0, resets_in_s=4))
    for lane in Lane:
        given = take(state, TEN, 1, 1, lane)
        assert given.tickets == ()
        assert seconds(given.ready_at) == pytest.approx(4, abs=0.1)
    assert len(take(state, TEN, 4.1, 1).tickets) == 1


def test_readings_of_an_undeclared_window_are_left_out() -> None:
    state = told(TEN, Reading(window_s=60, remaining=0))
    assert len(take(state, TEN, 0, 500).tickets) == 99


# --- too many all the same ------------------------------------------------------------------------


def complained(state: State, at_s: float, pause_s: float = 10) -> State:
    given = take(state, TEN, at_s, 1)
    return settle(given.state, TEN, [answered(given.tickets[0], at_s + 0.1, pause_s=pause_s)], at(at_s + 0.2))


def test_a_complaint_stops_everybody_for_as_long_as_was_asked() -> None:
    state = complained(State(), 0, pause_s=3)
    for lane in Lane:
        given = take(state, TEN, 1, 1, lane)
        assert (given.tickets, given.ready_at) == ((), at(3.1))
    assert usage(state, TEN, at(1))[0].held_until == at(3.1)


def test_every_complaint_in_a_row_doubles_the_pause_up_to_a_quarter_of_an_hour() -> None:
    state, pauses = State(), []
    begun = 0.0
    for _ in range(9):
        state = complained(state, begun)
        until = seconds(take(state, TEN, begun + 0.3, 1).ready_at)
        pauses.append(round(until - begun - 0.1))
        begun = until + 0.001
    assert pauses == [10, 20, 40, 80, 160, 320, 640, 900, 900]


def test_complaints_about_calls_that_were_under_way_do_not_double_it() -> None:
    given = take(State(), TEN, 0, 50)
    made = [answered(t, 0.1 + n / 100, pause_s=10) for n, t in enumerate(given.tickets)]
    state = settle(given.state, TEN, made, at(1))
    assert seconds(take(state, TEN, 1, 1).ready_at) == pytest.approx(10.59)


def test_after_a_complaint_half_is_used_and_it_grows_back() -> None:
    state = complained(State(), 0)
    allowed = [len(take(state, TEN, s, 500).tickets) for s in (10.2, 40, 72)]
    assert allowed == [50, 74, 100]
    assert usage(state, TEN, at(40))[0].share_allowed == pytest.approx(0.75, abs=0.01)


def test_after_a_success_the_next_complaint_pauses_as_briefly_as_the_first() -> None:
    state = complained(complained(State(), 0), 11)
    given = take(state, TEN, 40, 1)
    state = settle(given.state, TEN, [answered(given.tickets[0], 40.1)], at(41))
    state = complained(state, 60)
    assert seconds(take(state, TEN, 61, 1).ready_at) == pytest.approx(70.1)


def test_a_day_that_is_over_is_no_complaint_about_the_pace() -> None:
    limits = (*TEN, *DAY)
    over = Reading(window_s=86_400, limit=100, remaining=0, resets_in_s=600)
    given = take(State(), limits, 0, 1)
    state = settle(given.state, limits, [answered(given.tickets[0], 1, over, pause_s=600)], at(1))
    ten, day = usage(state, limits, at(2))
    assert (ten.held_until, ten.share_allowed) == (None, 1.0)
    assert day.held_until == at(601)


# --- clocks ---------------------------------------------------------------------------------------


def test_a_clock_that_goes_back_gives_nothing_away() -> None:
    state = take(State(), TEN, 100, 100).state
    given = take(state, TEN, 0, 100)
    assert given.tickets == ()
    assert given.ready_at > START
    assert given.behind_s == 100
    assert take(state, TEN, 100, 100).tickets == ()


def test_answers_by_a_clock_that_went_back_keep_their_places() -> None:
    given = take(State(), TEN, 100, 100)
    made = [answered(t, 0.5) for t in given.tickets]
    state = settle(given.state, TEN, made, at(1))
    assert take(state, TEN, 1, 1).tickets == ()
    assert len(take(state, TEN, 110.1, 500).tickets) == 100


def test_a_clock_that_goes_back_takes_nothing_away_either() -> None:
    state = take(State(), TEN, 100, 1).state
    given = take(state, TEN, 0, 100)
    assert len(given.tickets) == 99
    assert given.tickets[0].starts_at == START


def test_nothing_wanted_is_granted_at_once() -> None:
    given = take(State(), TEN, 0, 0, Lane.BACKFILL)
    assert (given.tickets, given.ready_at) == ((), START)


def test_what_an_older_hub_had_counted_is_forgotten() -> None:
    old = {"10": {"tokens": 3.5, "at": 1.0, "parts": {}, "learned": 25}}
    assert State.from_json(old) == State()
