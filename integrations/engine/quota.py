"""How many calls an app still allows us, as values: reserve before calling, correct from what it answers.

Short windows (up to an hour) are token buckets: burst + window x rate <= limit, so that no window anywhere
holds more calls than the app allows; the burst is 4 % of the limit (at least one call), the rate 96 %. It is
kept small because calls leave a little after they were reserved, and a big burst would then overlap the next.
Long windows (a day) are counted in 24 parts, the last 24 and the present one together within the limit.

Lanes: what waits least goes first. A lower lane leaves part of every burst and of every day to those above
it, but never so much that nothing is left for itself: a burst of a single call has nothing to leave.

What the headers say lowers what we believe: a lower limit is learned, what others used is counted until the
app's own window ends, and "none left" holds everybody until then.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from integrations.engine.spec import Limit, Reading

LONG_WINDOW_S = 3_600.0
SHARE = 0.96
PARTS = 24
NEARLY = 1e-4  # of a call: times are whole microseconds, and a refill must not fall short by one


class Lane(StrEnum):
    """Who asks, most urgent first."""

    REQUEST = "request"
    TRIGGER = "trigger"
    SYNC = "sync"
    BACKFILL = "backfill"


# The part of a limit that a lane leaves to the lanes above it.
LEAVES = {Lane.REQUEST: 0.0, Lane.TRIGGER: 0.1, Lane.SYNC: 0.25, Lane.BACKFILL: 0.5}


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What is known of one window. Times are seconds since 1970.

    `tokens` (None: full) belong to a bucket; `parts`, part number -> calls, to a long window.
    """

    tokens: float | None = None
    at: float = 0.0
    parts: Mapping[int, int] = field(default_factory=dict)
    learned: int = 0
    foreign: int = 0
    foreign_until: float = 0.0
    hold_until: float = 0.0


@dataclass(frozen=True, slots=True)
class State:
    """All windows of one scope, by window length in seconds. JSON by `to_json`, back by `from_json`."""

    windows: Mapping[float, Used] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            f"{window_s:g}": {
                "tokens": used.tokens,
                "at": used.at,
                "parts": {str(number): count for number, count in used.parts.items()},
                "learned": used.learned,
                "foreign": used.foreign,
                "foreign_until": used.foreign_until,
                "hold_until": used.hold_until,
            }
            for window_s, used in self.windows.items()
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> State:
        windows = {}
        for window_s, row in data.items():
            parts = {int(number): count for number, count in row["parts"].items()}
            windows[float(window_s)] = Used(**{**row, "parts": parts})
        return cls(windows)


def reserve(
    state: State, limits: Sequence[Limit], now: datetime, wanted: int, lane: Lane
) -> tuple[int, State, datetime]:
    """How many of the `wanted` calls may start now, the state after them, and when to ask again.

    The time is `now` when all were granted, else the earliest at which one more can be. It is never before
    `now`. A clock that went back counts as standing still.
    """
    at = now.timestamp()
    windows = [_Window.of(state, limit, at) for limit in limits]
    granted = max(0, min([wanted, *(window.available(lane) for window in windows)]))
    after = dict(state.windows)
    for window in windows:
        after[window.limit.window_s] = window.take(granted)
    state = State(after)
    if granted == wanted:
        return granted, state, now
    ready = max(_Window.of(state, limit, at).ready_at(lane) for limit in limits)
    return granted, state, datetime.fromtimestamp(max(ready, at), UTC)


def correct(state: State, limits: Sequence[Limit], readings: Sequence[Reading], now: datetime) -> State:
    """The state after an answer's headers. Readings of windows that are not in `limits` are left out."""
    at = now.timestamp()
    after = dict(state.windows)
    for reading in readings:
        for limit in limits:
            if limit.window_s == reading.window_s:
                after[limit.window_s] = _Window.of(State(after), limit, at).corrected(reading)
    return State(after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """How one window stands. `share` (0 to 1) is what is used of what could be sent at once, or of a long
    window's count; `spent` is None for short windows; `held_until`: the app said that none is left."""

    window_s: float
    count: int
    spent: int | None
    share: float
    held_until: datetime | None


def usage(state: State, limits: Sequence[Limit], now: datetime) -> list[Usage]:
    """How each window stands at this moment, for people to see."""
    return [_Window.of(state, limit, now.timestamp()).usage() for limit in limits]


@dataclass(frozen=True, slots=True)
class _Window:
    """One limit at one moment, with the tokens it has by then and the parts that still count."""

    limit: Limit
    used: Used
    at: float

    @classmethod
    def of(cls, state: State, limit: Limit, at: float) -> _Window:
        used = state.windows.get(limit.window_s, Used(at=at))
        at = max(at, used.at)
        window = cls(limit, used, at)
        if window.long:
            first = window.part - PARTS
            parts = {number: count for number, count in used.parts.items() if number >= first}
            return replace(window, used=replace(used, parts=parts, at=at))
        have = window.burst if used.tokens is None else used.tokens + (at - used.at) * window.rate
        return replace(window, used=replace(used, tokens=min(window.burst, have), at=at))

    @property
    def long(self) -> bool:
        return self.limit.window_s > LONG_WINDOW_S

    @property
    def count(self) -> int:
        """The limit obeyed: never more than declared, less where the app said so or none has spoken yet."""
        return min(self.limit.count, self.used.learned or self.limit.at_first or self.limit.count)

    @property
    def burst(self) -> float:
        return max(1.0, self.count * (1 - SHARE))

    @property
    def rate(self) -> float:
        return self.count * SHARE / self.limit.window_s

    @property
    def part_s(self) -> float:
        return self.limit.window_s / PARTS

    @property
    def part(self) -> int:
        return int(self.at // self.part_s)

    @property
    def foreign(self) -> int:
        return self.used.foreign if self.at < self.used.foreign_until else 0

    @property
    def spent(self) -> int:
        return sum(self.used.parts.values())

    def leaves(self, lane: Lane) -> float:
        full = float(self.count) if self.long else self.burst
        return min(full * LEAVES[lane], full - 1)

    def available(self, lane: Lane) -> int:
        if self.at < self.used.hold_until:
            return 0
        have = self.count - self.spent - self.foreign if self.long else self.used.tokens or 0.0
        return math.floor(have - self.leaves(lane) + NEARLY)

    def take(self, calls: int) -> Used:
        if self.long:
            parts = dict(self.used.parts)
            if calls:
                parts[self.part] = parts.get(self.part, 0) + calls
            return replace(self.used, parts=parts)
        return replace(self.used, tokens=(self.used.tokens or 0.0) - calls)

    def ready_at(self, lane: Lane) -> float:
        if self.available(lane) >= 1:
            return self.at
        return max(self.used.hold_until, self._refilled_at(lane))

    def _refilled_at(self, lane: Lane) -> float:
        if not self.long:
            lacking = self.leaves(lane) + 1 - (self.used.tokens or 0.0)
            return self.at + max(lacking, 0.0) / self.rate
        over = self.spent + self.foreign + self.leaves(lane) + 1 - self.count
        leaving = [((number + PARTS + 1) * self.part_s, calls) for number, calls in self.used.parts.items()]
        for leaves_at, calls in sorted([*leaving, (self.used.foreign_until, self.foreign)]):
            over -= calls
            if over <= 0:
                return leaves_at
        return self.at

    def usage(self) -> Usage:
        spent = self.spent + self.foreign
        share = spent / self.count if self.long else 1 - (self.used.tokens or 0.0) / self.burst
        held = self.at < self.used.hold_until
        return Usage(
            window_s=self.limit.window_s,
            count=self.count,
            spent=spent if self.long else None,
            share=min(1.0, max(0.0, share)),
            held_until=datetime.fromtimestamp(self.used.hold_until, UTC) if held else None,
        )

    def corrected(self, reading: Reading) -> Used:
        used = self.used
        resets_at = self.at + (reading.window_s if reading.resets_in_s is None else reading.resets_in_s)
        if reading.limit is not None and reading.limit > 0:
            used = replace(used, learned=reading.limit)
        if reading.remaining is None:
            return used
        if reading.remaining <= 0:
            used = replace(used, hold_until=max(used.hold_until, resets_at))
        if not self.long:
            return replace(used, tokens=min(used.tokens or 0.0, float(max(reading.remaining, 0))))
        limit = replace(self, used=used).count if reading.limit is None else reading.limit
        others = max(0, limit - reading.remaining - self.spent)
        return replace(used, foreign=others, foreign_until=resets_at)
