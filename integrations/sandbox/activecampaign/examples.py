"""The records of the simulated ActiveCampaign that docs/examples/ speaks of, under ids that stand there.

What is there already stays as it is, so the action can be done again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.connectors.activecampaign.calendar_object import SCHEMA
from integrations.engine.spec import JsonObject
from integrations.sandbox.activecampaign import contacts, objects, others, seed
from integrations.sandbox.activecampaign.rows import CONTACT_TAGS, CONTACTS, SCHEMAS
from integrations.sandbox.activecampaign.telling import ADMIN
from integrations.sandbox.transaction import Tx

CONTACT = "9001"
TAGGED = "9003"
OBJECT = "e0000000-0000-4000-8000-000000000001"


def put_examples(tx: Tx, values: Mapping[str, Any]) -> JsonObject:
    """Ada Lovelace, who wants times, and the custom object for GoHighLevel's calendars."""
    made = []
    if tx.get(CONTACTS, CONTACT) is None:
        ada = {"email": "ada@example.org", "firstName": "Ada", "lastName": "Lovelace"}
        contacts.make(tx, ada, ADMIN, CONTACT)
        made.append(CONTACT)
    tag = others.tag_named(tx, seed.ASKING) or others.make_tag(tx, seed.ASKING)
    ada = tx.get(CONTACTS, CONTACT) or {}
    if tx.get(CONTACT_TAGS, TAGGED) is None:
        contacts.give_tag(tx, ada, tag, ADMIN, TAGGED)
        made.append(TAGGED)
    if not tx.by_key(SCHEMAS, f"slug:{SCHEMA['slug']}"):
        objects.make_schema(tx, SCHEMA, OBJECT)
        made.append(OBJECT)
    return {"made": made}
