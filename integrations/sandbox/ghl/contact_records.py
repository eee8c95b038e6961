"""Contacts of the simulated GHL as records: found, cleaned, kept, and their changes told.

The webhooks carry a fixed list of fields (official docs). Which changes fire ContactUpdate is published only
as "specific fields": here any field of its payload; a change of the tags fires ContactTagUpdate, one of
do-not-disturb ContactDndUpdate.
"""

from __future__ import annotations

from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl import fields
from integrations.sandbox.ghl.calls import CONTACTS, stamp
from integrations.sandbox.ghl.changes import changed
from integrations.sandbox.ghl.checks import EMAIL
from integrations.sandbox.ghl.refusals import Refusal, bad_request, invalid
from integrations.sandbox.simulation import fresh_id
from integrations.sandbox.transaction import Tx

COUNTRY_CODES = {"US": "+1", "DE": "+49"}
NOT_KEPT = ("gender", "createNewIfDuplicateAllowed", "locationId")
HIDDEN = ("campaignIds", "workflowIds")
DETAILS = (
    "address1", "city", "state", "companyName", "country", "source", "dateOfBirth", "email", "name",
    "firstName", "lastName", "phone", "postalCode", "website", "assignedTo", "customFields", "timezone",
)  # fmt: skip
TOLD = ("id", "locationId", "dateAdded", "dnd", "tags", *(name for name in DETAILS if name != "timezone"))


def find_twin(tx: Tx, location_id: str, given: JsonObject) -> JsonObject | None:
    """The contact with this e-mail; else the one with this phone (the vendor's default order)."""
    for name in ("email", "phone"):
        if given.get(name):
            found = tx.by_key(CONTACTS, _key(location_id, name, given[name]))
            if found:
                return found[0]
    return None


def other(tx: Tx, contact: JsonObject, given: JsonObject) -> JsonObject | None:
    """Another contact than this one that has the e-mail or the phone."""
    for name in ("email", "phone"):
        found = find_twin(tx, contact["locationId"], {name: given.get(name)})
        if found is not None and found["id"] != contact["id"]:
            return found
    return None


def duplicate(twin: JsonObject, given: JsonObject) -> Refusal:
    """Measured: 400 with the contact that is in the way."""
    same_email = (given.get("email") or "").lower() == twin["emailLowerCase"] != ""
    meta = {
        "contactId": twin["id"],
        "contactName": twin["name"],
        "matchingField": "email" if same_email else "phone",
    }
    return bad_request("This location does not allow duplicated contacts.", meta=meta)


def add(tx: Tx, location_id: str, given: JsonObject) -> JsonObject:
    """A new contact with what was cleaned."""
    bare = {
        "id": fresh_id(),
        "locationId": location_id,
        "tags": [],
        "type": "lead",
        "dnd": False,
        "customFields": [],
        "dateAdded": stamp(tx.now),
    }
    contact = _keep(tx, bare, given)
    changed(tx, "ContactCreate", location_id, told(contact))
    return contact


def save(tx: Tx, contact: JsonObject, given: JsonObject) -> JsonObject:
    """Change a contact and keep it, with what GHL derives from the names and the e-mail."""
    known = _keep(tx, contact, given)
    _tell(tx, contact, known)
    return known


def remove(tx: Tx, contact: JsonObject) -> None:
    tx.delete(CONTACTS, contact["id"])
    changed(tx, "ContactDelete", contact["locationId"], told(contact))


def told(contact: JsonObject) -> JsonObject:
    """A contact as its webhooks show it. The attachments are never filled (issue 324)."""
    return {"attachments": [], **{name: contact[name] for name in TOLD if contact.get(name) is not None}}


def shown(contact: JsonObject) -> JsonObject:
    """A contact as answers show it: without its campaigns and workflows."""
    return {name: value for name, value in contact.items() if name not in HIDDEN}


def clean(tx: Tx, body: JsonObject, location: JsonObject) -> JsonObject:
    """What was sent, in the form GHL keeps it."""
    given: dict[str, Any] = {name: value for name, value in body.items() if name not in NOT_KEPT}
    if given.get("email"):
        given["email"] = given["email"].strip()
        if not EMAIL.fullmatch(given["email"]):
            raise invalid("email must be an email")
    if given.get("phone"):
        given["phone"] = e164(given["phone"], location)
    if given.get("name") and not given.get("firstName") and not given.get("lastName"):
        first, _, last = given["name"].strip().partition(" ")
        given |= {"firstName": first, "lastName": last}
    if "customFields" in given:
        given["customFields"] = fields.values(tx, location["id"], "contact", given["customFields"])
    return given


def e164(phone: str, location: JsonObject) -> str:
    digits = "".join(character for character in phone if character.isdigit())
    if len(digits) < 5:
        raise invalid("phone must be a valid phone number")
    if phone.strip().startswith("+"):
        return f"+{digits}"
    return COUNTRY_CODES.get(location.get("country", ""), "+") + digits.removeprefix("0")


def _keep(tx: Tx, contact: JsonObject, given: JsonObject) -> JsonObject:
    known = {
        **contact,
        **given,
        "customFields": fields.merged(contact["customFields"], given.get("customFields", [])),
    }
    names = [known.get("firstName"), known.get("lastName")]
    known["name"] = " ".join(name for name in names if name)
    known["firstNameLowerCase"] = (known.get("firstName") or "").lower()
    known["lastNameLowerCase"] = (known.get("lastName") or "").lower()
    known["fullNameLowerCase"] = known["name"].lower()
    known["emailLowerCase"] = (known.get("email") or "").lower()
    known["dateUpdated"] = stamp(tx.now)
    location_id = known["locationId"]
    keys = [_key(location_id, name, known[name]) for name in ("email", "phone") if known.get(name)]
    if known.get("businessId"):
        keys.append(_key(location_id, "business", known["businessId"]))
    tx.put(CONTACTS, known["id"], known, [*keys, f"{location_id}:all"])
    return known


def _tell(tx: Tx, before: JsonObject, now: JsonObject) -> None:
    payload = told(now)
    if any(before.get(name) != now.get(name) for name in DETAILS):
        changed(tx, "ContactUpdate", now["locationId"], payload)
    if before["tags"] != now["tags"]:
        changed(tx, "ContactTagUpdate", now["locationId"], payload)
    if any(before.get(name) != now.get(name) for name in ("dnd", "dndSettings")):
        settings = now.get("dndSettings", {})
        changed(tx, "ContactDndUpdate", now["locationId"], {**payload, "dndSettings": settings})


def of_business(tx: Tx, location_id: str, business_id: str) -> list[JsonObject]:
    return tx.by_key(CONTACTS, _key(location_id, "business", business_id))


def all_of(tx: Tx, location_id: str) -> list[JsonObject]:
    return tx.by_key(CONTACTS, f"{location_id}:all")


def _key(location_id: str, name: str, value: str) -> str:
    return f"{location_id}:{name}:{value.lower()}"
