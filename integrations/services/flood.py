"""How many deliveries an address takes in a minute: enough for any app, too few to fill a disk with."""

from __future__ import annotations

from datetime import datetime

from django.core.cache import cache

MOST = 600
WINDOW_S = 60


def wait_s(connection: int, now: datetime) -> int:
    """Count one more at this connection's address; 0: it may come in, else how many seconds to wait."""
    moment = int(now.timestamp())
    key = f"flood:{connection}:{moment // WINDOW_S}"
    cache.add(key, 0, timeout=2 * WINDOW_S)
    try:
        came = cache.incr(key)
    except ValueError:  # it was dropped from the cache this moment
        return 0
    return WINDOW_S - moment % WINDOW_S if came > MOST else 0
