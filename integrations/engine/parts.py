"""A long window of a quota (a day), counted in 24 parts: the last 24 and the present one together are within
the limit, wherever the app begins its own day. Where it tells when that is, the count begins anew with it.

A lower lane leaves part of every day to the lanes above it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from integrations.engine.lanes import Lane
from integrations.engine.spec import Limit, Reading

PARTS = 24
LEAVES = {Lane.REQUEST: 0.0, Lane.TRIGGER: 0.1, Lane.SYNC: 0.25, Lane.BACKFILL: 0.5}


@dataclass(frozen=True, slots=True, kw_only=True)
class PartsUsed:
    """What is known of a long window. `parts`: part number -> lane -> calls. `others` are calls that the app
    counts and that are not ours. Times are seconds since 1970, 0 where they are not known."""

    parts: Mapping[int, Mapping[str, int]] = field(default_factory=dict)
    learned: int = 0
    others: int = 0
    others_until: float = 0.0
    held_until: float = 0.0
    resets_at: float = 0.0
    at: float = 0.0

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> PartsUsed:
        return cls(**{**row, "parts": {int(part): lanes for part, lanes in row["parts"].items()}})


class Parts:
    """One long window at one moment."""

    def __init__(self, limit: Limit, used: PartsUsed, at: float) -> None:
        self.limit = limit
        self._at = at
        self._part_s = limit.window_s / PARTS
        self._learned = used.learned
        self.held_until = used.held_until
        self._others, self._others_until = used.others, used.others_until
        anew = 0.0 < used.resets_at <= at
        self.resets_at = 0.0 if anew else used.resets_at
        first = self._part - PARTS
        self._parts = {part: dict(lanes) for part, lanes in used.parts.items() if part >= first and not anew}

    def used(self) -> PartsUsed:
        return PartsUsed(
            parts=self._parts,
            learned=self._learned,
            others=self._others,
            others_until=self._others_until,
            held_until=self.held_until,
            resets_at=self.resets_at,
            at=self._at,
        )

    @property
    def count(self) -> int:
        """The limit obeyed: never more than declared, less where the app said so or none has spoken yet."""
        return min(self.limit.count, self._learned or self.limit.at_first or self.limit.count)

    @property
    def lanes(self) -> Mapping[str, int]:
        found: Counter[str] = Counter()
        for lanes in self._parts.values():
            found.update(lanes)
        return dict(found)

    @property
    def others(self) -> int:
        return self._others if self._at < self._others_until else 0

    @property
    def spent(self) -> int:
        return sum(self.lanes.values()) + self.others

    def next_start(self, lane: Lane) -> float:
        """The earliest moment at which one more call of this lane may start."""
        leaves = min(self.count * LEAVES[lane], self.count - 1)
        over = self.spent + leaves + 1 - self.count
        refilled_at = self._at if over <= 0 else self._refilled_at(over)
        return max(refilled_at, self.held_until)

    def ask_again_at(self, lane: Lane) -> float:
        return self.next_start(lane)

    def take(self, start: float, lane: Lane, flight_s: float) -> int:
        """Count one call, in the part in which it can land at the latest; the number of that part."""
        number = int((start + flight_s) // self._part_s)
        part = self._parts.setdefault(number, {})
        part[lane.value] = part.get(lane.value, 0) + 1
        return number

    def settle(self, place: int, start: float, answered_at: float | None, lane: Lane) -> None:
        """A call that was never sent is given back."""
        part = self._parts.get(place, {})
        if answered_at is None and part.get(lane.value, 0) > 0:
            part[lane.value] -= 1

    def correct(self, reading: Reading, begun_at: float, answered_at: float) -> None:
        if reading.limit is not None and reading.limit > 0:
            self._learned = reading.limit
        told = reading.resets_in_s is not None
        if reading.resets_in_s is not None:
            self.resets_at = answered_at + reading.resets_in_s
        if reading.remaining is None:
            return
        if reading.remaining <= 0:  # an app that does not say until when is asked again every part
            over_at = self.resets_at if told else answered_at + self._part_s
            self.held_until = max(self.held_until, over_at)
        limit = reading.limit or self.count
        self._others = max(0, limit - reading.remaining - sum(self.lanes.values()))
        self._others_until = self.resets_at if told else answered_at + self.limit.window_s

    @property
    def _part(self) -> int:
        return int(self._at // self._part_s)

    def _refilled_at(self, over: float) -> float:
        leaving = [((part + PARTS + 1) * self._part_s, sum(n.values())) for part, n in self._parts.items()]
        refilled_at = self._at
        for leaves_at, calls in sorted([*leaving, (self._others_until, self.others)]):
            over -= calls
            refilled_at = leaves_at
            if over <= 0:
                break
        return min(refilled_at, self.resets_at) if self.resets_at > self._at else refilled_at
