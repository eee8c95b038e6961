"""How many calls an app still allows us, as values: reserve before calling, settle what was made of it.

Short windows (up to an hour) have as many places as the app allows calls. A call takes a place before it
starts, and the place is free again a whole window after its answer came; so no window anywhere holds more
calls than there are places, however long each call is under way (`places`). Long windows (a day) are counted
in parts (`parts`). A call may be reserved a little ahead of the moment it may start: so one look at the
budget serves many calls, and a place that becomes free is used at once.

Lanes: what waits least goes first. Lower lanes are spread evenly over a window and leave some places and
part of every day to those above them, but never so much that nothing is left for themselves.

What the headers say lowers what we believe: a lower limit is learned, what others used is counted, "none
left" holds everybody. When the app refuses a call as one too many all the same, everybody pauses, longer each
time it happens again, and goes on with half of what was allowed, which grows back within minutes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from integrations.engine.lanes import Lane
from integrations.engine.parts import Parts, PartsUsed
from integrations.engine.places import Places, PlacesUsed
from integrations.engine.spec import Limit, Reading

__all__ = ["Lane", "Made", "Reserved", "State", "Ticket", "Usage", "reserve", "settle", "usage"]

LONG_WINDOW_S = 3_600.0
LONGEST_PAUSE_S = 900.0
LEAST_SHARE = 0.125
RECOVERY_S = 120.0
FLIGHT_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """Leave to make one call, not before `starts_at`. `places`: what it takes of each window."""

    starts_at: datetime
    places: tuple[tuple[float, int], ...]
    lane: Lane


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What became of a ticket: the call began and was answered (None: it was never sent), what its headers
    said, and for how long the app wants to be left alone (None: it took the call)."""

    ticket: Ticket
    begun_at: datetime
    answered_at: datetime | None
    readings: Sequence[Reading] = ()
    pause_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """The app said "too many": nothing starts before `until`. `times` in a row; `share` of the limits after
    it. Times are seconds since 1970."""

    until: float = 0.0
    times: int = 0
    share: float = 1.0

    def share_at(self, at: float) -> float:
        return min(1.0, self.share + max(0.0, at - self.until) / RECOVERY_S)

    def longer(self, begun_at: float, at: float, pause_s: float) -> Pause:
        """One more call was refused. What had its ticket before the pause says nothing new of it."""
        if begun_at < self.until:
            return replace(self, until=max(self.until, at + pause_s))
        length_s = max(pause_s, min(pause_s * 2**self.times, LONGEST_PAUSE_S))
        share = max(LEAST_SHARE, self.share_at(at) / 2)
        return Pause(until=at + length_s, times=self.times + 1, share=share)


@dataclass(frozen=True, slots=True)
class State:
    """All windows of one scope, by window length in seconds. JSON by `to_json`, back by `from_json`."""

    windows: Mapping[float, PlacesUsed | PartsUsed] = field(default_factory=dict)
    pause: Pause = Pause()

    def to_json(self) -> dict[str, Any]:
        windows = {f"{window_s:g}": asdict(used) for window_s, used in self.windows.items()}
        return {"windows": windows, "pause": asdict(self.pause)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> State:
        """What an older hub had counted in another shape is forgotten: it starts from the lowest limit."""
        if "windows" not in data:
            return cls()
        windows = {
            float(window_s): (PartsUsed if float(window_s) > LONG_WINDOW_S else PlacesUsed).from_json(row)
            for window_s, row in data["windows"].items()
        }
        return cls(windows, Pause(**data["pause"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """The tickets that were given, and when to ask for the rest (`now` when none is wanting).

    `window_s` is the length of the window that is full (0: the app asked for a pause). `held_until`: what was
    given earlier for a moment before that is void, the app having said that it takes no more. `behind_s`: so
    far the caller's clock is behind that of whoever reserved last; for so long nothing is counted as over.
    """

    tickets: tuple[Ticket, ...]
    state: State
    ready_at: datetime
    window_s: float = 0.0
    held_until: datetime | None = None
    behind_s: float = 0.0


def reserve(
    state: State,
    limits: Sequence[Limit],
    now: datetime,
    wanted: int,
    lane: Lane,
    *,
    ahead_s: float = 0.0,
    flight_s: float = FLIGHT_S,
) -> Reserved:
    """Tickets for up to `wanted` calls that may start within `ahead_s` seconds, earliest first.

    `flight_s`: a call lands at most so long after its start, or never. `ready_at` is never before `now`; it
    takes for granted that calls under way are answered. A clock that went back counts as standing still.
    """
    desk = _Desk.open(state, limits, now)
    tickets: list[Ticket] = []
    start = desk.next_start(lane)
    while len(tickets) < wanted and start <= desk.at + ahead_s + NEARLY_S:
        tickets.append(desk.take(start, lane, flight_s, now))
        start = desk.next_start(lane)
    again_at, window_s = desk.ask_again_at(lane)
    return Reserved(
        tickets=tuple(tickets),
        state=desk.state(),
        ready_at=now if len(tickets) == wanted else max(now, _moment(again_at)),
        window_s=window_s,
        held_until=_moment(desk.held_until) if desk.held_until > desk.at else None,
        behind_s=max(0.0, desk.at - now.timestamp()),
    )


def settle(state: State, limits: Sequence[Limit], made: Iterable[Made], now: datetime) -> State:
    """The state after these calls. Readings of windows that are not in `limits` are left out."""
    desk = _Desk.open(state, limits, now)
    for call in sorted(made, key=lambda call: call.answered_at or call.begun_at):
        desk.settle(call, now)
    return desk.state()


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """How one window stands. `spent` counts what is used of `count` now, `share` is that from 0 to 1.

    `lanes` (of a long window) says by whom; `others` is what the app counts beyond our own calls.
    `held_until`: nothing starts before. `resets_at`: when the app begins a new count, where it says so.
    `declared` is the limit that the app's documents name; `share_allowed` what of the limit is used after
    the app had complained.
    """

    window_s: float
    count: int
    declared: int
    spent: int
    share: float
    lanes: Mapping[str, int]
    others: int
    held_until: datetime | None
    resets_at: datetime | None
    share_allowed: float

    @property
    def long(self) -> bool:
        return self.window_s > LONG_WINDOW_S

    @property
    def left(self) -> int:
        return max(0, self.count - self.spent)


def usage(state: State, limits: Sequence[Limit], now: datetime) -> list[Usage]:
    """How each window stands at this moment, for people to see."""
    desk = _Desk.open(state, limits, now)
    return [desk.usage(window) for window in desk.windows]


NEARLY_S = 2e-6  # times are whole microseconds


class _Desk:
    """All windows at one moment, while tickets are given out or settled."""

    def __init__(self, windows: list[Places | Parts], state: State, at: float) -> None:
        self.windows = windows
        self.at = at
        self._before = state
        self._pause = state.pause

    @classmethod
    def open(cls, state: State, limits: Sequence[Limit], now: datetime) -> _Desk:
        at = max([now.timestamp(), *(used.at for used in state.windows.values())])
        share = state.pause.share_at(at)
        windows: list[Places | Parts] = []
        for limit in limits:
            used = state.windows.get(limit.window_s)
            if limit.window_s > LONG_WINDOW_S:
                windows.append(Parts(limit, used if isinstance(used, PartsUsed) else PartsUsed(), at))
            else:
                kept = used if isinstance(used, PlacesUsed) else PlacesUsed()
                windows.append(Places(limit, kept, at, share))
        return cls(windows, state, at)

    def state(self) -> State:
        after = dict(self._before.windows)
        after.update({window.limit.window_s: window.used() for window in self.windows})
        return State(after, self._pause)

    @property
    def held_until(self) -> float:
        return max([self._pause.until, *(window.held_until for window in self.windows)])

    def next_start(self, lane: Lane) -> float:
        return max([self.at, self._pause.until, *(window.next_start(lane) for window in self.windows)])

    def ask_again_at(self, lane: Lane) -> tuple[float, float]:
        """When, and the length of the window that is full till then (0: the app asked for a pause)."""
        again_at = [(window.ask_again_at(lane), window.limit.window_s) for window in self.windows]
        return max([(self.at, 0.0), (self._pause.until, 0.0), *again_at])

    def take(self, start: float, lane: Lane, flight_s: float, now: datetime) -> Ticket:
        places = tuple((w.limit.window_s, w.take(start, lane, flight_s)) for w in self.windows)
        # While a clock stands still, what lies ahead of it lies as far ahead of the caller's own.
        starts_at = _moment(now.timestamp() + start - self.at)
        return Ticket(starts_at=max(now, starts_at), places=places, lane=lane)

    def settle(self, call: Made, now: datetime) -> None:
        ahead = self.at - now.timestamp()
        begun_at = call.begun_at.timestamp() + ahead
        answered_at = call.answered_at.timestamp() + ahead if call.answered_at else None
        windows = {window.limit.window_s: window for window in self.windows}
        for window_s, place in call.ticket.places:
            if window_s in windows:
                windows[window_s].settle(
                    place, call.ticket.starts_at.timestamp() + ahead, answered_at, call.ticket.lane
                )
        if answered_at is None:
            return
        for reading in call.readings:
            if reading.window_s in windows:
                windows[reading.window_s].correct(reading, begun_at, answered_at)
        self._complained(call, begun_at, answered_at)

    def _complained(self, call: Made, begun_at: float, answered_at: float) -> None:
        day_is_over = any(r.remaining == 0 and r.window_s > LONG_WINDOW_S for r in call.readings)
        if call.pause_s is not None and not day_is_over:
            self._pause = self._pause.longer(begun_at, answered_at, call.pause_s)
        elif call.pause_s is None and self._pause.times and begun_at >= self._pause.until:
            self._pause = replace(self._pause, times=0)

    def usage(self, window: Places | Parts) -> Usage:
        hold = max(self._pause.until, window.held_until)
        spent = window.spent
        return Usage(
            window_s=window.limit.window_s,
            count=window.count,
            declared=window.limit.count,
            spent=spent,
            share=min(1.0, spent / window.count),
            lanes=window.lanes,
            others=window.others,
            held_until=_moment(hold) if hold > self.at else None,
            resets_at=_moment(window.resets_at) if window.resets_at > self.at else None,
            share_allowed=self._pause.share_at(self.at) if isinstance(window, Places) else 1.0,
        )


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
