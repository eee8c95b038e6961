"""Contacts of the simulated ActiveCampaign, with their tags, lists, fields and automations."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import httpx

from integrations.engine.spec import JsonObject
from integrations.sandbox.activecampaign.refusals import Refusal, bare, invalid
from integrations.sandbox.activecampaign.rows import (
    AUTOMATIONS,
    CONTACT_AUTOMATIONS,
    CONTACT_LISTS,
    CONTACT_TAGS,
    CONTACTS,
    FIELD_VALUES,
    FIELDS,
    LISTS,
    NOTES,
    TAGS,
    add,
    asked,
    find,
    inside,
    page,
    require,
    stamp,
    text,
)
from integrations.sandbox.activecampaign.telling import API, contact_block, tell
from integrations.sandbox.transaction import Tx

PLAIN = ("firstName", "lastName", "phone")
SUBSCRIBED, UNSUBSCRIBED = "1", "2"


def by_email(tx: Tx, email: str) -> JsonObject | None:
    return next(iter(tx.by_key(CONTACTS, f"email:{email.strip().lower()}")), None)


def sync(tx: Tx, request: httpx.Request) -> JsonObject:
    """Create or update, by e-mail only."""
    given = inside(request, "contact")
    known = by_email(tx, _email(given))
    return _full(tx, _change(tx, known, given, API) if known else make(tx, given, API))


def create(tx: Tx, request: httpx.Request) -> JsonObject:
    given = inside(request, "contact")
    if by_email(tx, _email(given)):
        raise invalid("Email address already exists in the system", "duplicate", "email")
    return _full(tx, make(tx, given, API))


def read(tx: Tx, record_id: str) -> JsonObject:
    return _full(tx, find(tx, CONTACTS, record_id, "Subscriber"))


def update(tx: Tx, request: httpx.Request, record_id: str) -> JsonObject:
    known, given = find(tx, CONTACTS, record_id, "Subscriber"), inside(request, "contact")
    if "email" in given:
        other = by_email(tx, _email(given))
        if other and other["id"] != record_id:
            raise invalid("Email address already exists in the system", "duplicate", "email")
    return _full(tx, _change(tx, known, given, API))


def delete(tx: Tx, record_id: str) -> JsonObject:
    find(tx, CONTACTS, record_id, "Subscriber")
    tx.delete(CONTACTS, record_id)
    for collection in (CONTACT_TAGS, CONTACT_LISTS, FIELD_VALUES, CONTACT_AUTOMATIONS):
        for row in tx.by_key(collection, f"contact:{record_id}"):
            tx.delete(collection, row["id"])
    return {}


def listed(tx: Tx, request: httpx.Request) -> JsonObject:
    """Without their own fields. There is no order by the time of change."""
    rows = [by_email(tx, asked(request, "email"))] if asked(request, "email") else tx.all(CONTACTS)
    found = [row for row in rows if row and _fits(tx, row, request)]
    found.sort(key=lambda row: int(row["id"]), reverse=asked(request, "orders[id]").upper() == "DESC")
    return page(request, "contacts", found)


def _fits(tx: Tx, row: JsonObject, request: httpx.Request) -> bool:
    after, tag, listing = asked(request, "id_greater"), asked(request, "tagid"), asked(request, "listid")
    words = asked(request, "search").lower()
    return (
        (not after or int(row["id"]) > int(after))
        and _later(row["udate"], asked(request, "filters[updated_after]"))
        and _later(row["cdate"], asked(request, "filters[created_after]"))
        and (not tag or any(one["tag"] == tag for one in tx.by_key(CONTACT_TAGS, f"contact:{row['id']}")))
        and (not listing or place_in(tx, row["id"], listing) is not None)
        and (not words or words in f"{row['email']} {row['firstName']} {row['lastName']}".lower())
    )


def _later(moment: str, asked_for: str) -> bool:
    if not asked_for:
        return True
    try:
        return datetime.fromisoformat(moment) >= datetime.fromisoformat(asked_for.replace(" ", "+"))
    except (ValueError, TypeError):
        raise bare() from None


def part(tx: Tx, record_id: str, collection: str) -> JsonObject:
    """What belongs to one contact: tags, lists, automations, notes. All of it, without pages."""
    find(tx, CONTACTS, record_id, "Subscriber")
    if collection == NOTES:
        rows = [r for r in tx.all(NOTES) if r["relid"] == record_id and r["reltype"] == "Subscriber"]
        return {NOTES: rows}
    rows = tx.by_key(collection, f"contact:{record_id}")
    if collection == CONTACT_TAGS:  # the contact's own list hides those whose tag was deleted
        rows = [row for row in rows if tx.get(TAGS, row["tag"])]
    return {collection: rows}


# --- making and changing --------------------------------------------------------------------------


def make(tx: Tx, given: JsonObject, source: str, record_id: str = "") -> JsonObject:
    """A contact on no list fires no webhook."""
    email = _email(given)
    row = {"email": email, **{key: text(given.get(key)) for key in PLAIN}, "orgname": ""}
    row |= {"cdate": stamp(tx), "udate": stamp(tx)}
    made = add(tx, CONTACTS, row, [f"email:{email.lower()}"], record_id)
    _fill(tx, made["id"], given.get("fieldValues"))
    return made


def _change(tx: Tx, known: JsonObject, given: JsonObject, source: str) -> JsonObject:
    row = {**known, **{key: text(given[key]) for key in PLAIN if key in given}, "udate": stamp(tx)}
    if "email" in given:
        row["email"] = _email(given)
    tx.put(CONTACTS, row["id"], row, [f"email:{row['email'].lower()}"])
    _fill(tx, row["id"], given.get("fieldValues"))
    tell(tx, "update", source, contact=contact_block(tx, row))
    return row


change = _change


def _email(given: JsonObject) -> str:
    email = text(given.get("email")).strip()
    if "@" not in email:
        raise invalid("Contact Email Address is not valid.", "email_invalid", "email")
    return email


def _fill(tx: Tx, contact: str, values: Any) -> None:
    for value in values if isinstance(values, list) else ():
        fill(tx, contact, text(value.get("field")), text(value.get("value")))


def fill(tx: Tx, contact: str, field: str, value: str) -> JsonObject:
    if tx.get(FIELDS, field) is None:
        raise Refusal(404, {"message": f"No Result found for Field with id {field}"})
    keys = [f"contact:{contact}", f"value:{contact}:{field}"]
    known = next(iter(tx.by_key(FIELD_VALUES, keys[1])), None)
    if known:
        row = {**known, "value": value, "udate": stamp(tx)}
        tx.put(FIELD_VALUES, known["id"], row, keys)
        return row
    given = {"contact": contact, "field": field, "value": value, "cdate": stamp(tx), "udate": stamp(tx)}
    return add(tx, FIELD_VALUES, given, keys)


def set_value(tx: Tx, request: httpx.Request) -> JsonObject:
    given = inside(request, "fieldValue")
    require(given, "fieldValue", "contact", "field")
    contact = find(tx, CONTACTS, given["contact"], "Subscriber")
    return {"fieldValue": fill(tx, contact["id"], text(given["field"]), text(given.get("value")))}


def _full(tx: Tx, contact: JsonObject) -> JsonObject:
    return {"contact": contact, "fieldValues": tx.by_key(FIELD_VALUES, f"contact:{contact['id']}")}


# --- tags -----------------------------------------------------------------------------------------


def tag(tx: Tx, request: httpx.Request) -> JsonObject:
    given = inside(request, "contactTag")
    require(given, "contactTag", "contact", "tag")
    contact = find(tx, CONTACTS, given["contact"], "Subscriber")
    return {"contactTag": give_tag(tx, contact, find(tx, TAGS, given["tag"], "Tag"), API)}


def give_tag(tx: Tx, contact: JsonObject, tag: JsonObject, source: str, record_id: str = "") -> JsonObject:
    """Given twice it is the same row, and nobody is told."""
    for row in tx.by_key(CONTACT_TAGS, f"contact:{contact['id']}"):
        if row["tag"] == tag["id"]:
            return row
    given = {"contact": contact["id"], "tag": tag["id"], "cdate": stamp(tx)}
    keys = [f"contact:{contact['id']}", f"tag:{tag['id']}"]
    row = add(tx, CONTACT_TAGS, given, keys, record_id)
    _touch(tx, contact)
    tell(tx, "contact_tag_added", source, contact=contact_block(tx, contact), tag=tag["tag"])
    return row


def untag(tx: Tx, association: str, source: str = API) -> JsonObject:
    row = find(tx, CONTACT_TAGS, association, "ContactTag")
    tx.delete(CONTACT_TAGS, association)
    contact, tag = tx.get(CONTACTS, row["contact"]), tx.get(TAGS, row["tag"])
    if contact and tag:
        _touch(tx, contact)
        tell(tx, "contact_tag_removed", source, contact=contact_block(tx, contact), tag=tag["tag"])
    return {}


def associations(tx: Tx, request: httpx.Request) -> JsonObject:
    """All of the account's, also of deleted tags; a filter that is misspelt is passed over."""
    tag, contact = asked(request, "filters[tagid]"), asked(request, "filters[subscriberid]")
    rows = [
        row
        for row in tx.all(CONTACT_TAGS)
        if (not tag or row["tag"] == tag) and (not contact or row["contact"] == contact)
    ]
    order = asked(request, "orders[cdate]").lower()
    if order:
        rows.sort(key=lambda row: (row["cdate"], int(row["id"])), reverse=order == "desc")
    return page(request, "contactTags", rows)


def _touch(tx: Tx, contact: JsonObject) -> None:
    tx.put(CONTACTS, contact["id"], {**contact, "udate": stamp(tx)}, [f"email:{contact['email'].lower()}"])


# --- lists and automations ------------------------------------------------------------------------


def place_in(tx: Tx, contact: str, listing: str) -> JsonObject | None:
    rows = tx.by_key(CONTACT_LISTS, f"contact:{contact}")
    return next((row for row in rows if row["list"] == listing), None)


def set_list(tx: Tx, request: httpx.Request) -> JsonObject:
    given = inside(request, "contactList")
    require(given, "contactList", "contact", "list", "status")
    if text(given["status"]) not in (SUBSCRIBED, UNSUBSCRIBED):
        raise invalid("The status is not valid.", pointer="status")
    contact = find(tx, CONTACTS, given["contact"], "Subscriber")
    listing = find(tx, LISTS, given["list"], "List")
    return {"contactList": put_in_list(tx, contact, listing, text(given["status"]), API)}


def put_in_list(tx: Tx, contact: JsonObject, listing: JsonObject, status: str, source: str) -> JsonObject:
    known = place_in(tx, contact["id"], listing["id"])
    keys = [f"contact:{contact['id']}"]
    if known and known["status"] == status:
        return known
    if known:
        row = {**known, "status": status, "udate": stamp(tx)}
        tx.put(CONTACT_LISTS, known["id"], row, keys)
    else:
        given = {"contact": contact["id"], "list": listing["id"], "status": status, "cdate": stamp(tx)}
        row = add(tx, CONTACT_LISTS, given, keys)
    kind = "subscribe" if status == SUBSCRIBED else "unsubscribe"
    tell(tx, kind, source, contact=contact_block(tx, contact), list=listing["id"])
    return row


def automate(tx: Tx, request: httpx.Request) -> JsonObject:
    given = inside(request, "contactAutomation")
    require(given, "contactAutomation", "contact", "automation")
    contact = find(tx, CONTACTS, given["contact"], "Subscriber")
    automation = find(tx, AUTOMATIONS, given["automation"], "Automation")
    row = {"contact": contact["id"], "automation": automation["id"], "seriesid": automation["id"]}
    row |= {"adddate": stamp(tx), "status": "1"}
    return {"contactAutomation": add(tx, CONTACT_AUTOMATIONS, row, [f"contact:{contact['id']}"])}
