"""How long a number of calls will take, and what they leave of the day: a forecast, not a promise.

It goes on from how the windows stand now, takes the lane's share of every window, and supposes that nobody
else asks for calls meanwhile.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from integrations.engine import parts, places
from integrations.engine.quota import Lane, State, Usage, usage
from integrations.engine.spec import Limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """`ends_at`: when the last call is made. `free` of the long window's calls are left to this lane now.

    `leaves` is the part (0 to 1) of the long window that is left in the end, None where there is no such
    window. `windows` is in how many of them the calls are made: more than one when the first has too few.
    """

    calls: int
    ends_at: datetime
    leaves: float | None = None
    free: int | None = None
    windows: int = 1


def outlook(state: State, limits: Sequence[Limit], now: datetime, calls: int, lane: Lane) -> Outlook:
    shown = usage(state, limits, now)
    seconds = max([0.0, *(_paced_s(window, calls, lane) for window in shown if not window.long)])
    begins_at = max([now, *(window.held_until for window in shown if window.held_until and not window.long)])
    ends_at = begins_at + timedelta(seconds=seconds)
    long = next((window for window in shown if window.long), None)
    if long is None:
        return Outlook(calls=calls, ends_at=ends_at)
    each = max(1, math.floor(long.count * (1 - parts.LEAVES[lane])))
    free = 0 if long.held_until else max(0, each - long.spent)
    if calls <= free:
        leaves = (long.count - long.spent - calls) / long.count
        return Outlook(calls=calls, ends_at=ends_at, leaves=leaves, free=free)
    more = math.ceil((calls - free) / each)  # windows after the present one
    last = calls - free - (more - 1) * each
    anew_at = long.held_until or long.resets_at or now + timedelta(seconds=long.window_s)
    paced_s = max([0.0, *(_paced_s(window, last, lane) for window in shown if not window.long)])
    return Outlook(
        calls=calls,
        ends_at=anew_at + timedelta(seconds=(more - 1) * long.window_s + paced_s),
        leaves=(long.count - last) / long.count,
        free=free,
        windows=more + (free > 0),
    )


def _paced_s(window: Usage, calls: int, lane: Lane) -> float:
    """Seconds that so many calls take: those that fit at once, then as places become free."""
    rate = (window.count - int(window.count * places.LEAVES[lane])) / window.window_s
    at_once = window.left if lane is Lane.REQUEST else 0
    return max(0, calls - at_once) / rate
