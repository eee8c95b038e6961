"""Contacts of the simulated GHL (official OpenAPI, contacts 2021-07-28).

Tags given to an update or an upsert replace all tags. An upsert whose e-mail is one contact's and whose phone
is another's updates the first and ignores the phone, silently (official text, issue 37 of the documentation
repository). `gender` is taken and not kept (issue 313).
"""

from __future__ import annotations

from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl.calls import CONTACTS, Call, Route, stamp
from integrations.sandbox.ghl.checks import EMAIL, invalid
from integrations.sandbox.ghl.refusals import Refusal, bad_request
from integrations.sandbox.ghl.shapes import CONTACT_CREATE, CONTACT_UPDATE, CONTACT_UPSERT, TAGS
from integrations.sandbox.simulation import fresh_id
from integrations.sandbox.transaction import Tx

COUNTRY_CODES = {"US": "+1", "DE": "+49"}
NOT_KEPT = ("gender", "createNewIfDuplicateAllowed", "locationId")


def get_contact(call: Call) -> JsonObject:
    return {"contact": call.contact(call.path["contactId"])}


def create_contact(call: Call) -> JsonObject:
    location = call.enter(call.body["locationId"])
    given = _clean(call.body, location)
    if not location["settings"]["allowDuplicateContact"]:
        _refuse_duplicate(call.tx, location["id"], given)
    return {"contact": save(call.tx, new(call.tx, location["id"]), given)}


def upsert_contact(call: Call) -> JsonObject:
    location = call.enter(call.body["locationId"])
    given = _clean(call.body, location)
    if not given.get("email") and not given.get("phone"):
        # That one of them is needed is official; the sentence is ours.
        raise invalid("email or phone should not be empty")
    wants_another = (
        call.body.get("createNewIfDuplicateAllowed") and location["settings"]["allowDuplicateContact"]
    )
    known = None if wants_another else find_twin(call.tx, location["id"], given)
    if known is None:
        return {"new": True, "contact": save(call.tx, new(call.tx, location["id"]), given)}
    taken = [
        name
        for name in ("email", "phone")
        if given.get(name) and _other(call.tx, known, {name: given[name]}) is not None
    ]
    kept = {name: value for name, value in given.items() if name not in taken}
    return {"new": False, "contact": save(call.tx, known, kept)}


def update_contact(call: Call) -> JsonObject:
    contact = call.contact(call.path["contactId"])
    location = call.enter(contact["locationId"])
    given = _clean(call.body, location)
    other = _other(call.tx, contact, given)
    if other is not None and not location["settings"]["allowDuplicateContact"]:
        raise _duplicate(other, given)
    return {"succeded": True, "contact": save(call.tx, contact, given)}


def delete_contact(call: Call) -> JsonObject:
    contact = call.contact(call.path["contactId"])
    call.tx.delete(CONTACTS, contact["id"])
    return {"succeded": True}


def add_tags(call: Call) -> JsonObject:
    contact = call.contact(call.path["contactId"])
    added = [tag for tag in dict.fromkeys(call.body["tags"]) if tag not in contact["tags"]]
    save(call.tx, contact, {"tags": contact["tags"] + added})
    return {"tags": contact["tags"] + added, "tagsAdded": added}


def find_twin(tx: Tx, location_id: str, given: JsonObject) -> JsonObject | None:
    """The contact with this e-mail; else the one with this phone (the vendor's default order)."""
    for name in ("email", "phone"):
        if given.get(name):
            found = tx.by_key(CONTACTS, _key(location_id, name, given[name]))
            if found:
                return found[0]
    return None


def save(tx: Tx, contact: JsonObject, given: JsonObject) -> JsonObject:
    """Change a contact and keep it, with what GHL derives from the names and the e-mail."""
    known = {
        **contact,
        **given,
        "customFields": _merged(contact["customFields"], given.get("customFields", [])),
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
    tx.put(CONTACTS, known["id"], known, [*keys, f"{location_id}:all"])
    return known


def new(tx: Tx, location_id: str) -> JsonObject:
    return {
        "id": fresh_id(),
        "locationId": location_id,
        "tags": [],
        "type": "lead",
        "dnd": False,
        "customFields": [],
        "dateAdded": stamp(tx.now),
    }


def _clean(body: JsonObject, location: JsonObject) -> JsonObject:
    """What was sent, in the form GHL keeps it."""
    given: dict[str, Any] = {name: value for name, value in body.items() if name not in NOT_KEPT}
    if given.get("email"):
        given["email"] = given["email"].strip()
        if not EMAIL.fullmatch(given["email"]):
            raise invalid("email must be an email")
    if given.get("phone"):
        given["phone"] = _e164(given["phone"], location)
    if given.get("name") and not given.get("firstName") and not given.get("lastName"):
        first, _, last = given["name"].strip().partition(" ")
        given |= {"firstName": first, "lastName": last}
    if "customFields" in given:
        given["customFields"] = [
            _custom_field(place, item) for place, item in enumerate(given["customFields"])
        ]
    return given


def _custom_field(place: int, item: JsonObject) -> JsonObject:
    """Written as `field_value`, read as `value`, by id only."""
    known_as = item.get("id") or item.get("key")
    if not known_as:
        raise invalid(f"customFields.{place}.id should not be empty")
    return {"id": known_as, "value": item.get("field_value")}


def _merged(known: list[JsonObject], given: list[JsonObject]) -> list[JsonObject]:
    by_id = {item["id"]: item for item in [*known, *given]}
    return list(by_id.values())


def _e164(phone: str, location: JsonObject) -> str:
    digits = "".join(character for character in phone if character.isdigit())
    if len(digits) < 5:
        raise invalid("phone must be a valid phone number")
    if phone.strip().startswith("+"):
        return f"+{digits}"
    return COUNTRY_CODES.get(location["country"], "+") + digits.removeprefix("0")


def _other(tx: Tx, contact: JsonObject, given: JsonObject) -> JsonObject | None:
    for name in ("email", "phone"):
        found = find_twin(tx, contact["locationId"], {name: given.get(name)})
        if found is not None and found["id"] != contact["id"]:
            return found
    return None


def _refuse_duplicate(tx: Tx, location_id: str, given: JsonObject) -> None:
    twin = find_twin(tx, location_id, given)
    if twin is not None:
        raise _duplicate(twin, given)


def _duplicate(twin: JsonObject, given: JsonObject) -> Refusal:
    """Measured: 400 with the contact that is in the way."""
    same_email = (given.get("email") or "").lower() == twin["emailLowerCase"] != ""
    meta = {
        "contactId": twin["id"],
        "contactName": twin["name"],
        "matchingField": "email" if same_email else "phone",
    }
    return bad_request("This location does not allow duplicated contacts.", meta=meta)


def _key(location_id: str, name: str, value: str) -> str:
    return f"{location_id}:{name}:{value.lower()}"


ROUTES = (
    Route(
        method="POST",
        path="/contacts/upsert",
        scope="contacts.write",
        run=upsert_contact,
        body=CONTACT_UPSERT,
    ),
    Route(
        method="POST",
        path="/contacts/",
        scope="contacts.write",
        run=create_contact,
        body=CONTACT_CREATE,
        success=201,
    ),
    Route(method="GET", path="/contacts/{contactId}", scope="contacts.readonly", run=get_contact),
    Route(
        method="PUT",
        path="/contacts/{contactId}",
        scope="contacts.write",
        run=update_contact,
        body=CONTACT_UPDATE,
    ),
    Route(method="DELETE", path="/contacts/{contactId}", scope="contacts.write", run=delete_contact),
    Route(
        method="POST",
        path="/contacts/{contactId}/tags",
        scope="contacts.write",
        run=add_tags,
        body=TAGS,
        success=201,
    ),
)
