"""What the simulated Active Knocker holds on its first day: statuses, tags, reps, a team and old visits."""

from __future__ import annotations

import secrets
from datetime import timedelta

from integrations.engine.spec import JsonObject
from integrations.sandbox.active_knocker import visits
from integrations.sandbox.active_knocker.telling import TEAMS
from integrations.sandbox.active_knocker.visits import STATUSES, TAGS
from integrations.sandbox.transaction import Tx

REPS = "reps"
NOT_HOME, BOOKED, NOT_INTERESTED, CANCELLED, SOLD = 1, 2, 3, 4, 5
MEANINGS = (
    (NOT_HOME, "Not Home"),
    (BOOKED, "Appointment Set"),
    (NOT_INTERESTED, "Not Interested"),
    (CANCELLED, "Appointment Cancelled"),
    (SOLD, "Sold"),
)
CAPTIONS = ((11, "Roof"), (12, "Evening courses"))
PEOPLE = ((7, "Nora Quist", "nora.quist@example.com"), (9, "Emil Baum", "emil.baum@example.com"))
# Name, phone, status, so many days ago.
OLD = (
    ("Grace Moss", "(212) 555-0161", BOOKED, 21),
    ("Hank Oduya", "(212) 555-0162", NOT_HOME, 14),
    ("Ines Falk", "(212) 555-0163", CANCELLED, 12),
    ("Jo Marin", "(212) 555-0164", SOLD, 9),
    ("Kit Vance", "(212) 555-0165", NOT_INTERESTED, 8),
)


def new_credentials() -> dict[str, str]:
    return {"api_key": secrets.token_hex(16)}


def seed(tx: Tx) -> None:
    for number, meaning in MEANINGS:
        tx.put(STATUSES, str(number), {"id": number, "meaning": meaning})
    for number, caption in CAPTIONS:
        tx.put(TAGS, str(number), {"id": number, "tag_caption_name": caption})
    for number, name, email in PEOPLE:
        tx.put(REPS, str(number), {"id": number, "name": name, "email": email, "busy": []})
    team: JsonObject = {
        "team_id": "T-1",
        "name": "Harbour side",
        "slug": "harbour-side",
        "active": True,
        "member_ids": ["7", "9"],
        "permissions": ["book"],
    }
    tx.put(TEAMS, "T-1", team)
    for place, (name, phone, status, days) in enumerate(OLD):
        old_visit(tx, place, name, phone, status, days)


def old_visit(tx: Tx, place: int, name: str, phone: str, status: int, days: int) -> JsonObject:
    given: JsonObject = {
        "pin_id": status,
        "name": name,
        "email": f"{name.lower().replace(' ', '.')}@example.com",
        "phone": phone,
        "address": {"street": f"{place + 1} Quay Street", "city": "New York", "state": "New York"},
        "latitude": 40.7 + place % 1000 / 10_000,
        "longitude": -74.0,
        "created_user_id": PEOPLE[place % 2][0],
    }
    return visits.add(tx, given, tx.now - timedelta(days=days))
