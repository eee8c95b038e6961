"""Five requests a second for the whole account, its other tools included (official rate-limit notes).

The answers carry `RateLimit-Limit` and `RateLimit-Remaining`, a 429 `Retry-After` in seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from integrations.engine.spec import Account, Limit, Quota, Reading

SECOND_S = 1.0


def readings(headers: Mapping[str, str], settings: Mapping[str, Any]) -> list[Reading]:
    limit, remaining = (_number(headers, f"ratelimit-{name}") for name in ("limit", "remaining"))
    if limit is None and remaining is None:
        return []
    return [Reading(window_s=SECOND_S, limit=limit, remaining=remaining)]


def _number(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() else None


def scope(account: Account) -> str:
    return f"account:{(urlsplit(account.base_url).hostname or '').lower()}"


QUOTA = Quota(
    limits=(Limit(count=5, window_s=SECOND_S),),
    scope=scope,
    read=readings,
    throttled_wait_s=1.0,
    source="official rate-limit notes: 5 requests per second and account",
)
