"""GoHighLevel (also HighLevel, LeadConnector): contacts, calendars and appointments of one location."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.connectors.ghl.errors import refusal
from integrations.connectors.ghl.operations import OPERATIONS
from integrations.connectors.ghl.reminders import ENSURE_REMINDER
from integrations.connectors.ghl.signin import OAUTH, PIT
from integrations.connectors.ghl.slots import FIND_SLOT
from integrations.engine.spec import Account, Connector, Field, Limit, Quota, Reading, Reference, Verify

DAY_S = 86_400.0


def readings(headers: Mapping[str, str]) -> list[Reading]:
    """The documented X-RateLimit headers, sent with every answer.

    `X-RateLimit-Daily-Reset` is not documented; values seen live read as milliseconds, and are taken so.
    """
    found = []
    window_ms = _number(headers, "x-ratelimit-interval-milliseconds") or 10_000
    limit, remaining = _number(headers, "x-ratelimit-max"), _number(headers, "x-ratelimit-remaining")
    if limit is not None or remaining is not None:
        found.append(Reading(window_s=window_ms / 1000, limit=limit, remaining=remaining))
    limit = _number(headers, "x-ratelimit-limit-daily")
    remaining = _number(headers, "x-ratelimit-daily-remaining")
    if limit is not None or remaining is not None:
        reset_ms = _number(headers, "x-ratelimit-daily-reset")
        resets_in_s = None if reset_ms is None else min(reset_ms / 1000, DAY_S)
        found.append(Reading(window_s=DAY_S, limit=limit, remaining=remaining, resets_in_s=resets_in_s))
    return found


def _number(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() else None


def scope(account: Account) -> str:
    """Limits are per app and location; which app a token is of, only its client id tells."""
    app = account.secrets.get("client_id", "pit")
    return f"{app}:{account.settings.get('location_id', '')}"


def learn(location: Any) -> dict[str, Any]:
    """What a verified location tells of itself: its zone, which times without an offset are read in."""
    row = location if isinstance(location, dict) else {}
    known = {"timezone": row.get("timezone"), "company_id": row.get("companyId")}
    return {key: value for key, value in known.items() if value}


def say(location: Any) -> str:
    location = location if isinstance(location, dict) else {}
    name = location.get("name") or "a location without a name"
    return (
        f"Connected to {name} (location {location.get('id', 'unknown')}, "
        f"time zone {location.get('timezone') or 'unknown'})."
    )


CONNECTOR = Connector(
    slug="ghl",
    title="GoHighLevel",
    summary="Contacts, calendars and appointments of one sub-account (location).",
    hosts={"": "https://services.leadconnectorhq.com"},
    auths=(OAUTH, PIT),
    verify=Verify(operation="locations.get", say=say, learn=learn),
    refusal=refusal,
    quota=Quota(
        limits=(
            Limit(count=100, window_s=10.0, at_first=25),
            Limit(count=200_000, window_s=DAY_S, at_first=10_000),
        ),
        scope=scope,
        read=readings,
        throttled_wait_s=10.0,
        source="official guide: per app and location; the lower pair is that of sandbox and trial accounts",
    ),
    operations=OPERATIONS,
    procedures={procedure.key: procedure for procedure in (FIND_SLOT, ENSURE_REMINDER)},
    references={
        "calendars": Reference(key="calendars", title="Calendars", operation="calendars.list", rows="@"),
        "users": Reference(key="users", title="Users", operation="users.list", rows="@"),
    },
    settings=(
        Field(
            key="location_id",
            label="Location id",
            help="With a Private Integration Token, enter it; OAuth fills it in.",
        ),
        Field(key="company_id", label="Company (agency) id", help="Only needed to search users."),
        Field(key="timezone", label="Time zone", help="Empty: read from the location when it is needed."),
    ),
)
