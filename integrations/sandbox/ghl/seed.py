"""What the simulated GHL holds on its first day: an agency, two locations in two zones, and what stands in
them. Nobody is told of any of it."""

from __future__ import annotations

import secrets
import uuid
from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl import calendars, furnishing, tokens, webhooks
from integrations.sandbox.ghl.calls import LOCATIONS, USERS, stamp
from integrations.sandbox.ghl.locations import COMPANIES, SETTINGS
from integrations.sandbox.ghl.refusals import PIT_CLIENT
from integrations.sandbox.simulation import fresh_id, own_credentials, steady_id
from integrations.sandbox.transaction import Tx

WEEKDAYS = (1, 2, 3, 4, 5)
NINE_TO_FIVE = {"openHour": 9, "openMinute": 0, "closeHour": 17, "closeMinute": 0}
OPEN_HOURS = [{"daysOfTheWeek": [day], "hours": [NINE_TO_FIVE]} for day in WEEKDAYS]

PLACES = (
    ("Harbour Academy New York", "America/New_York", "US", "New York", "+12125550100"),
    ("Hafenakademie Berlin", "Europe/Berlin", "DE", "Berlin", "+493055500100"),
)
PEOPLE = (("Nora", "Quist", "nora.quist@example.com"), ("Emil", "Baum", "emil.baum@example.com"))


def new_credentials() -> dict[str, str]:
    """What only this sandbox file knows. A client id is the app's id, a dash and eight characters."""
    return {
        "client_id": f"{fresh_id(24)}-{fresh_id(8)}",
        "client_secret": secrets.token_hex(18),
        "private_integration_token": _private_token(),
        "agency_integration_token": _private_token(),
        "company_id": fresh_id(),
        "location_id": fresh_id(),
        "second_location_id": fresh_id(),
        webhooks.KEY: webhooks.new_key(),
    }


def _private_token() -> str:
    return f"pit-{uuid.UUID(bytes=secrets.token_bytes(16), version=4)}"


def seed(tx: Tx) -> None:
    known = own_credentials(tx)
    tokens.keep_private_token(tx, known["private_integration_token"])
    _agency(tx, known)
    location_ids = [known["location_id"], known["second_location_id"]]
    user_ids = [_user(tx, place, known["company_id"], location_ids) for place in range(len(PEOPLE))]
    for place, location_id in enumerate(location_ids):
        _location(tx, place, location_id, known["company_id"])
        _calendars(tx, place, location_id, user_ids)
        furnishing.furnish(tx, place, location_id, PLACES[place][1], user_ids)


def _agency(tx: Tx, known: dict[str, str]) -> None:
    """The agency, and its own private integration token."""
    company_id = known["company_id"]
    body: JsonObject = {
        "id": company_id,
        "name": "Harbour Agency",
        "email": "agency@example.com",
        "timezone": PLACES[0][1],
        "country": "US",
        "status": "active_account",
        "locationCount": len(PLACES),
        "isSandboxAccount": True,
    }
    tx.put(COMPANIES, company_id, body)
    owner: JsonObject = {
        "client_id": PIT_CLIENT,
        "location_id": "",
        "company_id": company_id,
        "user_type": "Company",
        "user_id": "",
        "scope": None,
        "expires_at": "",
    }
    tx.put(tokens.TOKENS, tokens.digest(known["agency_integration_token"]), owner)


def _location(tx: Tx, place: int, location_id: str, company_id: str) -> None:
    name, zone, country, city, phone = PLACES[place]
    body: JsonObject = {
        "id": location_id,
        "companyId": company_id,
        "name": name,
        "timezone": zone,
        "country": country,
        "city": city,
        "phone": phone,
        "email": f"office{place + 1}@example.com",
        "address": "1 Quay Street",
        "settings": dict(SETTINGS),
    }
    tx.put(LOCATIONS, location_id, body)


def _user(tx: Tx, place: int, company_id: str, location_ids: list[str]) -> str:
    first, last, email = PEOPLE[place]
    user_id = steady_id(tx, f"user:{place}")
    body: JsonObject = {
        "id": user_id,
        "name": f"{first} {last}",
        "firstName": first,
        "lastName": last,
        "email": email,
        "phone": f"+1212555010{place + 1}",
        "roles": {
            "type": "account",
            "role": "admin" if place == 0 else "user",
            "locationIds": location_ids,
            "restrictSubAccount": False,
        },
        "deleted": False,
        "companyId": company_id,
        "dateAdded": stamp(tx.now),
    }
    tx.put(USERS, user_id, body)
    return user_id


def _calendars(tx: Tx, place: int, location_id: str, user_ids: list[str]) -> None:
    common: dict[str, Any] = {"locationId": location_id, "openHours": OPEN_HOURS, "slotDuration": 30}
    review = {
        **common,
        "name": "Certificate review",
        "calendarType": "event",
        "description": "Half an hour to go through a new certificate.",
    }
    calendars.add(tx, steady_id(tx, f"calendar:review:{place}"), review)
    calls = {
        **common,
        "name": "Advice call",
        "calendarType": "round_robin",
        "description": "A call with whoever of the team is free.",
        "teamMembers": [{"userId": user_id, "isPrimary": False} for user_id in user_ids],
    }
    calendars.add(tx, steady_id(tx, f"calendar:calls:{place}"), calls)
    course = {
        **common,
        "name": "First aid course",
        "calendarType": "class_booking",
        "description": "Eight seats at a time.",
        "slotDuration": 60,
        "slotInterval": 60,
        "appoinmentPerSlot": 8,
        "groupId": steady_id(tx, f"group:courses:{place}"),
        "teamMembers": [{"userId": user_ids[0], "isPrimary": True}],
    }
    calendars.add(tx, steady_id(tx, f"calendar:course:{place}"), course)
