"""A short window of a quota: as many places as calls are allowed in it.

A place is taken from before a call starts until a window after its answer came. Whenever within that time
the app counted the call, the next one on the same place is counted more than a window later: so no window
anywhere holds two calls of one place, nor more calls than there are places. Of a call that was never heard
of again it is assumed that it landed as late as it could.

People who wait (lane `request`) get any free place. The others are spread evenly over the window, but for a
small burst, and leave a few places free.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from integrations.engine.lanes import Lane
from integrations.engine.spec import Limit, Reading

# Times are kept in slices, each counted as its end: 20 ms of ten seconds.
SLICES = 500
# Clocks differ a little, and an app may count a window's both ends.
ALLOWANCE = 0.003
# A place that others took is remembered a little longer than it counts, for headers that come late.
KEPT = 0.5
BURST = 0.04

# The part of all places, and of a burst, that a lane leaves to the lanes above it.
LEAVES = {Lane.REQUEST: 0.0, Lane.TRIGGER: 0.01, Lane.SYNC: 0.02, Lane.BACKFILL: 0.03}
LEAVES_OF_BURST = {Lane.REQUEST: 0.0, Lane.TRIGGER: 0.1, Lane.SYNC: 0.25, Lane.BACKFILL: 0.5}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacesUsed:
    """What is known of a short window. `taken`: slice -> how many places are taken until its end.

    `paced_to` is how far evenly spread calls have come; `learned` the limit that the app told.
    """

    taken: Mapping[int, int] = field(default_factory=dict)
    paced_to: float = 0.0
    learned: int = 0
    at: float = 0.0

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> PlacesUsed:
        taken = {int(slice_): count for slice_, count in row["taken"].items()}
        return cls(**{**row, "taken": taken})


class Places:
    """One short window at one moment. `share` is the part of the limit that is used at present."""

    held_until = 0.0
    resets_at = 0.0
    others = 0
    lanes: Mapping[str, int] = {}

    def __init__(self, limit: Limit, used: PlacesUsed, at: float, share: float) -> None:
        self.limit = limit
        self._at = at
        self._share = share
        self._learned = used.learned
        self._paced_to = used.paced_to
        self._slice_s = limit.window_s / SLICES
        kept_from = at - KEPT * limit.window_s
        self._taken = {s: count for s, count in used.taken.items() if self._end(s) > kept_from}
        self.spent = self._taken_at(at)

    def used(self) -> PlacesUsed:
        return PlacesUsed(taken=self._taken, paced_to=self._paced_to, learned=self._learned, at=self._at)

    @property
    def count(self) -> int:
        """The limit obeyed: never more than declared, less where the app said so or none has spoken yet."""
        known = min(self.limit.count, self._learned or self.limit.at_first or self.limit.count)
        return max(1, int(known * self._share))

    def next_start(self, lane: Lane) -> float:
        """The earliest moment at which one more call of this lane may start."""
        start = self._free_at(int(self.count * LEAVES[lane]) + 1)
        if lane is Lane.REQUEST:
            return start
        burst = max(1.0, self.count * BURST * (1 - LEAVES_OF_BURST[lane]))
        return max(start, self._paced_to - (burst - 1) * self._interval_s)

    def ask_again_at(self, lane: Lane) -> float:
        """The same, if all calls under way are answered at once: their places are free a window later."""
        return min(self.next_start(lane), self._at + self._kept_s + self._slice_s)

    def take(self, start: float, lane: Lane, flight_s: float) -> int:
        """Take a place from `start` on; the slice it is taken until, for as long as no answer came."""
        soon = [s for s in self._taken if self._at < self._end(s) <= start] if start > self._at else []
        if soon:  # the place that becomes free last before it is the one: the others stay for other lanes
            self._leave(max(soon))
        self._paced_to = max(start, self._paced_to) + self._interval_s
        return self._keep(start + flight_s + self._kept_s)

    def settle(self, place: int, start: float, answered_at: float | None, lane: Lane) -> None:
        """The call of that place was answered, or was never sent (None)."""
        self._leave(place)
        if answered_at is not None:
            self._keep(answered_at + self._kept_s)
        elif start > self._at:
            self._keep(start)

    def correct(self, reading: Reading, begun_at: float, answered_at: float) -> None:
        """What the app counts beyond our own calls is somebody else's, and takes places too."""
        if reading.limit is not None and reading.limit > 0:
            self._learned = reading.limit
        if reading.remaining is None or self._at - begun_at > KEPT * self.limit.window_s:
            return
        limit = reading.limit or min(self.limit.count, self._learned or self.limit.count)
        others = limit - max(0, reading.remaining) - self._taken_at(begun_at)
        if others > 0:
            over_in_s = self.limit.window_s if reading.resets_in_s is None else reading.resets_in_s
            self._keep(answered_at + over_in_s, others)

    @property
    def _interval_s(self) -> float:
        return self.limit.window_s / self.count

    @property
    def _kept_s(self) -> float:
        return self.limit.window_s * (1 + ALLOWANCE)

    def _end(self, slice_: int) -> float:
        return (slice_ + 1) * self._slice_s

    def _taken_at(self, moment: float) -> int:
        return sum(count for s, count in self._taken.items() if self._end(s) > moment)

    def _free_at(self, places: int) -> float:
        """When so many places are free at once."""
        free = self.count - self.spent
        if free >= places:
            return self._at
        for s in sorted(s for s in self._taken if self._end(s) > self._at):
            free += self._taken[s]
            if free >= places:
                return self._end(s)
        return self._at

    def _keep(self, until: float, places: int = 1) -> int:
        """So many more places are taken until then; the slice they are noted under."""
        slice_ = math.floor(until / self._slice_s)
        self._taken[slice_] = self._taken.get(slice_, 0) + places
        self.spent += places if self._end(slice_) > self._at else 0
        return slice_

    def _leave(self, slice_: int) -> None:
        """One place less is taken until then."""
        if slice_ not in self._taken:
            return
        self._taken[slice_] -= 1
        self.spent -= 1 if self._end(slice_) > self._at else 0
        if not self._taken[slice_]:
            del self._taken[slice_]
