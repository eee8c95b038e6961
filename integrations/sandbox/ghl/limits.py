"""Limits of the simulated GHL: 100 calls in 10 seconds, 200,000 a day, per app and location (official
docs).

Headers are on every answer (measured). The settings `burst_limit` and `daily_limit` lower or raise them.
How the vendor's windows roll is not published, so the strictest reading is simulated: any 10 seconds, and a
UTC day.
"""

from __future__ import annotations

from datetime import timedelta

from integrations.sandbox import rates
from integrations.sandbox.transaction import Tx

WINDOW_S = 10
BURST_LIMIT = 100
DAILY_LIMIT = 200_000
ROOMY = {"burst_limit": 10_000, "daily_limit": 20_000_000}


def spend(tx: Tx, budget: str) -> bool:
    """Count one call against a budget; False, and nothing counted, when there is nothing left."""
    if _left_in_window(tx, budget) <= 0 or _left_today(tx, budget) <= 0:
        return False
    rates.spend(tx, budget, WINDOW_S)
    tx.next_number(_today(tx, budget))
    return True


def headers(tx: Tx, budget: str) -> dict[str, str]:
    tomorrow = (tx.now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "X-RateLimit-Limit-Daily": str(_daily_limit(tx)),
        "X-RateLimit-Daily-Remaining": str(max(0, _left_today(tx, budget))),
        "X-RateLimit-Interval-Milliseconds": str(WINDOW_S * 1000),
        "X-RateLimit-Max": str(_burst_limit(tx)),
        "X-RateLimit-Remaining": str(max(0, _left_in_window(tx, budget))),
        # Not documented; seen on live answers, read here as milliseconds.
        "X-RateLimit-Daily-Reset": str(int((tomorrow - tx.now).total_seconds() * 1000)),
    }


def _burst_limit(tx: Tx) -> int:
    return int(tx.setting("burst_limit", BURST_LIMIT))


def _daily_limit(tx: Tx) -> int:
    return int(tx.setting("daily_limit", DAILY_LIMIT))


def _left_in_window(tx: Tx, budget: str) -> int:
    return _burst_limit(tx) - rates.spent(tx, budget, WINDOW_S)


def _left_today(tx: Tx, budget: str) -> int:
    return _daily_limit(tx) - tx.count(_today(tx, budget))


def _today(tx: Tx, budget: str) -> str:
    return f"day:{budget}:{tx.now.date()}"
