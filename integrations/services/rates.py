"""How often somebody without a sign-in may come. Counted in the cache that all processes share, so that two
who come at the same moment may count as one: it keeps floods out, and is no promise."""

from __future__ import annotations

import time
from hashlib import sha256

from django.core.cache import cache

MINUTE_S = 60


def wait_s(what: str, most: int) -> int:
    """Count one more of `what`: 0 where it may come in, else the seconds until the next minute."""
    now = int(time.time())
    name = f"rate:{sha256(what.encode()).hexdigest()[:32]}:{now // MINUTE_S}"
    cache.add(name, 0, 2 * MINUTE_S)
    try:
        count = cache.incr(name)
    except ValueError:  # it was pruned in between
        count = 1
    return 0 if count <= most else MINUTE_S - now % MINUTE_S
