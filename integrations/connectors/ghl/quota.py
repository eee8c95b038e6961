"""The limits of GoHighLevel, and how its headers tell them.

100 calls in ten seconds and 200,000 a day, for each app and location; 25 and 10,000 for sandbox and trial
accounts (official guide). `X-RateLimit-Daily-Reset` is not documented: values seen live (49013000) read as
milliseconds until the day's count begins anew. Whether they are, an operator may know better.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.engine.spec import Account, Field, Limit, Quota, Reading

DAY_S = 86_400.0
RESET_SETTING = "daily_reset_unit"
RESET_UNITS_S = {"milliseconds": 0.001, "seconds": 1.0}

DAILY_RESET = Field(
    key=RESET_SETTING,
    label="X-RateLimit-Daily-Reset is in",
    default="milliseconds",
    choices=(
        ("milliseconds", "milliseconds"),
        ("seconds", "seconds"),
        ("unknown", "something else: ask every hour whether the day's calls are back"),
    ),
    help="GoHighLevel does not document this header; what was seen reads as milliseconds. It tells the hub "
    "when the day's calls begin anew.",
)


def readings(headers: Mapping[str, str], settings: Mapping[str, Any]) -> list[Reading]:
    """The X-RateLimit headers, sent with every answer."""
    found = []
    window_ms = _number(headers, "x-ratelimit-interval-milliseconds") or 10_000
    limit, remaining = _number(headers, "x-ratelimit-max"), _number(headers, "x-ratelimit-remaining")
    if limit is not None or remaining is not None:
        found.append(Reading(window_s=window_ms / 1000, limit=limit, remaining=remaining))
    limit = _number(headers, "x-ratelimit-limit-daily")
    remaining = _number(headers, "x-ratelimit-daily-remaining")
    if limit is not None or remaining is not None:
        resets_in_s = _resets_in_s(headers, settings)
        found.append(Reading(window_s=DAY_S, limit=limit, remaining=remaining, resets_in_s=resets_in_s))
    return found


def _resets_in_s(headers: Mapping[str, str], settings: Mapping[str, Any]) -> float | None:
    reset = _number(headers, "x-ratelimit-daily-reset")
    unit_s = RESET_UNITS_S.get(str(settings.get(RESET_SETTING) or DAILY_RESET.default))
    return None if reset is None or unit_s is None else min(reset * unit_s, DAY_S)


def _number(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() else None


def scope(account: Account) -> str:
    """Limits are per app and location; which app a token is of, only its client id tells."""
    app = account.secrets.get("client_id", "pit")
    return f"{app}:{account.settings.get('location_id') or account.settings.get('company_id', '')}"


QUOTA = Quota(
    limits=(
        Limit(count=100, window_s=10.0, at_first=25),
        Limit(count=200_000, window_s=DAY_S, at_first=10_000),
    ),
    scope=scope,
    read=readings,
    throttled_wait_s=10.0,
    source="official guide: per app and location; the lower pair is that of sandbox and trial accounts",
)
