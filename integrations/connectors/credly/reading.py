"""What a notice is about: Credly's webhooks name an event, and the event holds the badge or template.

The body of a webhook is `id`, `organization_id`, `event_type`, `occurred_at` and nothing else
(www.credly.com/docs, webhooks; openedx/credentials b6dcad5): only what the fetch returns is believed. The
fetched event holds `badge` or `badge_template` beside these (generalsystemsvehicle/zero-gravitas d842b78,
Events/get.json); where it is one of a deletion it may hold almost nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.connectors.credly import proofs
from integrations.connectors.credly.rows import DELETED, badge_row, template_row
from integrations.engine.errors import NotFound
from integrations.engine.paginate import Asked, ask
from integrations.engine.spec import JsonObject, Script


def badge_of(event: Mapping[str, Any]) -> JsonObject | None:
    """The badge an event tells of, gone when the event says so; None where it names none."""
    badge = event.get("badge")
    if not isinstance(badge, Mapping) or not badge.get("id"):
        return None
    row = badge_row(badge)
    if event.get("event_type") == "badge.deleted":
        row |= {"state": DELETED, "updated_at": event.get("occurred_at")}
    return row


def template_of(event: Mapping[str, Any]) -> JsonObject | None:
    template = event.get("badge_template")
    if not isinstance(template, Mapping) or not template.get("id"):
        return None
    row = template_row(template)
    if event.get("event_type") == "badge_template.deleted":
        row |= {"state": DELETED, "updated_at": event.get("occurred_at")}
    return row


def event(event_id: str) -> Asked:
    """The event, or None: it is not there (any more)."""
    try:
        found = yield from ask("events.get", {"event_id": event_id})
    except NotFound:
        return None
    return found if isinstance(found, dict) else None


def fetch_badge(record: str, known: JsonObject, settings: Mapping[str, Any]) -> Script:
    """The badge that a notice's event names; for a badge that is known already, the badge as it is now."""
    if known.get("event_type"):
        found = yield from event(record)
        return badge_of(found) if found else None
    return (yield from _badge_again(record, known))


def _badge_again(record: str, known: JsonObject) -> Asked:
    """There is no call for one badge: it is looked for among those of its earner and template."""
    try:
        rows = yield from proofs.of_earner(
            known.get("issuer_earner_id"), known.get("recipient_email"), known.get("badge_template_id")
        )
    except NotFound:
        return None
    return next((badge_row(row) for row in rows if row.get("id") == record), None)


def fetch_template(record: str, known: JsonObject, settings: Mapping[str, Any]) -> Script:
    if known.get("event_type"):
        found = yield from event(record)
        return template_of(found) if found else None
    try:
        template = yield from ask("templates.get", {"badge_template_id": record})
    except NotFound:
        return None
    return template_row(template)
