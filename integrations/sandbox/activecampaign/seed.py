"""What the simulated ActiveCampaign holds on its first day: more tags than one page, and of two types."""

from __future__ import annotations

import secrets

from integrations.engine.spec import JsonObject
from integrations.sandbox.activecampaign import contacts, others
from integrations.sandbox.activecampaign.rows import (
    AUTOMATIONS,
    FIELD_RELS,
    LISTS,
    TASK_TYPES,
    USERS,
    add,
    find,
    stamp,
)
from integrations.sandbox.activecampaign.telling import ADMIN
from integrations.sandbox.simulation import fresh_id
from integrations.sandbox.transaction import Tx

PEOPLE = (
    ("Ada", "Moreno", "ada.moreno@example.com", "America/New_York"),
    ("Ben", "Okafor", "ben.okafor@example.com", "Europe/Berlin"),
    ("Chiara", "Lund", "chiara.lund@example.com", ""),
)
TEMPLATE_TAGS, OLD_TAGS = 15, 110
ASKING = "wants times"
NEWS, PARTNERS = "Course news", "Partners"
OFFER, WELCOME = "Offer times", "After booking"


def new_credentials() -> dict[str, str]:
    """A key of 72 hexadecimal digits, as public clients expect it, and what event tracking has beside it."""
    return {"api_key": secrets.token_hex(36), "event_key": secrets.token_hex(20), "event_actid": fresh_id(9)}


def seed(tx: Tx) -> None:
    user: JsonObject = {"username": "nora", "email": "nora@example.com"}
    add(tx, USERS, {**user, "firstName": "Nora", "lastName": "Quist"}, record_id="1")
    _rows(tx, TASK_TYPES, "title", ("Call", "Email", "Meeting"))
    _rows(tx, LISTS, "name", (NEWS, PARTNERS))
    _rows(tx, AUTOMATIONS, "name", (OFFER, WELCOME))
    _tags(tx)
    zone = others.make_field(tx, "Time zone", "text", "TIME_ZONE", record_id="1")
    add(tx, FIELD_RELS, {"field": zone["id"], "relid": "0", "cdate": stamp(tx)}, record_id="1")
    for number, (first, last, email, where) in enumerate(PEOPLE, 1):
        given: JsonObject = {"email": email, "firstName": first, "lastName": last}
        if where:
            given["fieldValues"] = [{"field": zone["id"], "value": where}]
        left = contacts.make(tx, given, ADMIN, str(number))
    contacts.put_in_list(tx, left, find(tx, LISTS, "1", "List"), contacts.UNSUBSCRIBED, ADMIN)


def _rows(tx: Tx, collection: str, key: str, names: tuple[str, ...]) -> None:
    for number, name in enumerate(names, 1):
        add(tx, collection, {key: name, "status": "1", "cdate": stamp(tx)}, record_id=str(number))


def _tags(tx: Tx) -> None:
    """Those of templates come first, and the one that matters stands on the second page of a hundred."""
    names = [(f"template {number + 1}", "template") for number in range(TEMPLATE_TAGS)]
    names += [(f"course {2000 + number}", "contact") for number in range(OLD_TAGS)]
    names += [(ASKING, "contact"), (f"{ASKING} later", "contact")]
    for number, (name, kind) in enumerate(names, 1):
        others.make_tag(tx, name, kind=kind, record_id=str(number))
