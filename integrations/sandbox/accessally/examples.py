"""What the examples of the recipes are about, under ids that they can name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.accessally.operations import CONTACTS, TEAMS
from integrations.sandbox.accessally.records import OFFERINGS, member, offering, team
from integrations.sandbox.transaction import Tx

OFFERING_ID, TEAM_ID, CONTACT_ID = "900421", "900031", "900007"

OFFERING = offering(
    OFFERING_ID,
    {
        "calendar_name": "Coaching evenings",
        "time_zone": "America/New_York",
        "color": "#2E7D32",
        "reminders": ["1440 email", "60 sms"],
        "description": "Ten evenings on asking good questions.",
        "team_id": TEAM_ID,
    },
)
TEAM = team(
    TEAM_ID,
    {
        "name": "Harbour coaches",
        "status": "active",
        "leader_email": "lena@example.org",
        "member_emails": ["omar@example.org"],
    },
)
MEMBER = member(
    CONTACT_ID,
    {"email": "ada@example.org", "first_name": "Ada", "last_name": "Lovelace", "tags": ["student"]},
)


def put(tx: Tx, values: Mapping[str, Any]) -> JsonObject:
    """Put in, not done by anybody: nothing is told of it."""
    tx.put(OFFERINGS, OFFERING_ID, OFFERING)
    tx.put(TEAMS, TEAM_ID, TEAM)
    tx.put(CONTACTS, CONTACT_ID, MEMBER)
    return {"offering": OFFERING_ID, "team": TEAM_ID, "contact": CONTACT_ID}
