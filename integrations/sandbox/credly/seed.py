"""What the simulated Credly holds on its first day: an organization, four badge templates, some old
badges."""

from __future__ import annotations

import secrets
import uuid
from datetime import timedelta

from integrations.engine.spec import JsonObject
from integrations.sandbox.credly import badges, keys
from integrations.sandbox.credly.badges import TEMPLATES
from integrations.sandbox.credly.events import EVENTS, ORGANIZATIONS, stamp
from integrations.sandbox.simulation import own_credentials, steady_id
from integrations.sandbox.transaction import Tx

# Name, state, whether a second badge of it may be issued.
COURSES = (
    ("First Aid", "active", False),
    ("Workplace Safety", "active", False),
    ("Volunteer", "active", True),
    ("First Aid 2019", "archived", False),
)
# Name, place of the template, issued so many days ago, state.
EARNERS = (
    ("Ada Moreno", 0, 84, "accepted"),
    ("Ben Okafor", 0, 61, "accepted"),
    ("Chiara Lund", 1, 45, "pending"),
    ("Dmitri Falk", 1, 38, "rejected"),
)


def new_credentials() -> dict[str, str]:
    return {"token": secrets.token_urlsafe(27), "organization_id": str(uuid.uuid4())}


def seed(tx: Tx) -> None:
    organization = own_credentials(tx)["organization_id"]
    keys.ensure_row(tx)
    tx.put(
        ORGANIZATIONS,
        organization,
        {
            "id": organization,
            "name": "Harbour Academy",
            "website_url": "https://academy.example.com",
            "webhook_url": None,
            "contact_email": "badges@example.com",
            "vanity_slug": "harbour-academy",
            "workforce_enabled": True,
            "verified": True,
            "created_at": stamp(tx),
            "updated_at": stamp(tx),
        },
    )
    templates = [
        template(tx, steady_uuid(tx, f"template:{place}"), *COURSES[place]) for place in range(len(COURSES))
    ]
    for name, place, days_ago, state in EARNERS:
        _old_badge(tx, name, templates[place], days_ago, state)
    for event in tx.all(EVENTS):
        tx.delete(EVENTS, event["id"])


def template(tx: Tx, id: str, name: str, state: str = "active", duplicates: bool = False) -> JsonObject:
    slug = name.lower().replace(" ", "-")
    made = {
        "id": id,
        "name": name,
        "description": f"Awarded by Harbour Academy: {name}.",
        "state": state,
        "allow_duplicate_badges": duplicates,
        "public": True,
        "url": f"https://www.credly.com/org/harbour-academy/badge/{slug}",
        "image_url": f"https://images.example.com/{slug}.png",
        "created_at": stamp(tx),
        "updated_at": stamp(tx),
        "state_updated_at": None,
    }
    tx.put(TEMPLATES, id, made)
    return made


def steady_uuid(tx: Tx, name: str) -> str:
    """The same after every reset of this sandbox file."""
    return str(uuid.UUID(hex=steady_id(tx, name, 32)))


def _old_badge(tx: Tx, name: str, of: JsonObject, days_ago: int, state: str) -> None:
    then = tx.now - timedelta(days=days_ago)
    first, last = name.split()
    made = badges.issue(
        tx,
        {
            "recipient_email": f"{first.lower()}.{last.lower()}@example.com",
            "issued_to_first_name": first,
            "issued_to_last_name": last,
            "badge_template_id": of["id"],
            "issued_at": then.isoformat(),
        },
    )
    moment = then.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    now = badges.put_state(tx, made, state) if state != "pending" else made
    badges.keep(tx, {**now, "created_at": moment, "updated_at": moment, "state_updated_at": None})
