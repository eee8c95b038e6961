"""A badge and a template in the one form that the hub's triggers and procedures hand on.

Lists, events and the bulk search show a badge in more or less detail (recorded answers in
generalsystemsvehicle/zero-gravitas d842b78, tests/Fixtures/Badges and Events). `url` is where its earner
goes: the page to accept it as long as it is pending, after that the badge itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from integrations.engine.spec import JsonObject

PENDING, ACCEPTED, REJECTED, REVOKED = "pending", "accepted", "rejected", "revoked"
DELETED = "deleted"  # ours: Credly has no such state, its event says so
OVER = (REVOKED, DELETED)

BADGE_KEYS = (
    "id", "state", "recipient_email", "issuer_earner_id", "issued_to", "issued_to_first_name",
    "issued_to_last_name", "public", "issued_at", "expires_at", "accept_badge_url", "badge_url",
    "replacement_badge_id", "replaces_badge_id", "revocation_reason", "created_at", "updated_at",
    "state_updated_at",
)  # fmt: skip
TEMPLATE_KEYS = (
    "id",
    "name",
    "state",
    "description",
    "allow_duplicate_badges",
    "url",
    "image_url",
    "updated_at",
)


def badge_row(badge: Mapping[str, Any]) -> JsonObject:
    template = badge.get("badge_template")
    known: Mapping[str, Any] = template if isinstance(template, Mapping) else {}
    row = {key: badge.get(key) for key in BADGE_KEYS}
    row["id"] = str(badge.get("id") or "")
    row["badge_template_id"] = known.get("id") or badge.get("badge_template_id")
    row["badge_template_name"] = known.get("name") or badge.get("badge_template_name")
    row["url"] = badge.get("badge_url") or badge.get("accept_badge_url") or badge.get("url")
    row["issued_on"] = badge.get("issued_at_date") or _day(badge.get("issued_at"))
    row["expires_on"] = badge.get("expires_at_date") or _day(badge.get("expires_at"))
    row["evidence"] = badge.get("evidence") or []
    return row


def _day(moment: Any) -> str | None:
    return moment[:10] if isinstance(moment, str) else None


def template_row(template: Mapping[str, Any]) -> JsonObject:
    return {**{key: template.get(key) for key in TEMPLATE_KEYS}, "id": str(template.get("id") or "")}


def stands(row: Mapping[str, Any]) -> bool:
    """Whether a further badge of its template would be a second one. A rejected badge stands: its earner does
    not want it, and to issue it again would only pester them."""
    return row.get("state") not in OVER


def written(moment: datetime) -> str:
    """A time as Credly's documents write it: 2026-02-03 14:05:00 -0500."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.strftime("%Y-%m-%d %H:%M:%S %z")


TEMPLATE: JsonObject = {
    "id": "66c1cf3f-5b98-4f90-a83c-eac0c2e5809c",
    "name": "First Aid",
    "description": "Two days of first aid, with an exam.",
    "state": "active",
    "allow_duplicate_badges": False,
    "public": True,
    "url": "https://www.credly.com/org/riverside/badge/first-aid",
    "image_url": "https://images.example.com/first-aid.png",
    "updated_at": "2026-11-01T10:00:00.000Z",
}
BADGE: JsonObject = {
    "id": "f77311e5-9d8c-4c4f-a5e7-089ae2f0b85b",
    "issued_to": "Rosa Diaz",
    "issued_to_first_name": "Rosa",
    "issued_to_last_name": "Diaz",
    "issuer_earner_id": "con0000000000000001",
    "locale": "en",
    "public": True,
    "recipient_email": "rosa@example.com",
    "replacement_badge_id": None,
    "replaces_badge_id": None,
    "revocation_reason": None,
    "state": PENDING,
    "suppress_badge_notification_email": False,
    "created_at": "2026-11-20T10:00:00.000Z",
    "updated_at": "2026-11-20T10:00:00.000Z",
    "expires_at": None,
    "issued_at": "2026-11-20T10:00:00.000Z",
    "issued_at_date": "2026-11-20",
    "state_updated_at": None,
    "evidence": [],
    "badge_template": TEMPLATE,
    "accept_badge_url": "https://www.credly.com/badges/f77311e5-9d8c-4c4f-a5e7-089ae2f0b85b/accept",
}
PAGE: JsonObject = {
    "count": 1,
    "current_page": 1,
    "total_count": 1,
    "total_pages": 1,
    "per": 50,
    "previous_page_url": None,
    "next_page_url": None,
}
