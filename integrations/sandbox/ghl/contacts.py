"""Contacts of the simulated GHL (official OpenAPI, contacts 2021-07-28).

Tags given to an update or an upsert replace all tags. An upsert whose e-mail is one contact's and whose phone
is another's updates the first and ignores the phone, silently (official text, issue 37 of the documentation
repository). `gender` is taken and not kept by create and upsert (issue 313), and refused by update, as its
declaration has it.
"""

from __future__ import annotations

from datetime import datetime

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl import contact_records as records
from integrations.sandbox.ghl.answers import shown
from integrations.sandbox.ghl.calls import Call, Handlers
from integrations.sandbox.ghl.contact_notes import drop_notes
from integrations.sandbox.ghl.contact_tasks import drop_tasks
from integrations.sandbox.ghl.refusals import invalid
from integrations.sandbox.ghl.rows import number, page
from integrations.sandbox.transaction import Tx

MOST = 100


def get_contact(call: Call) -> JsonObject:
    return {"contact": records.shown(call.contact(call.path["contactId"]))}


def create_contact(call: Call) -> JsonObject:
    location = call.enter(call.body["locationId"])
    given = records.clean(call.tx, call.body, location)
    if not location["settings"]["allowDuplicateContact"]:
        twin = records.find_twin(call.tx, location["id"], given)
        if twin is not None:
            raise records.duplicate(twin, given)
    return {"contact": records.shown(records.add(call.tx, location["id"], given))}


def upsert_contact(call: Call) -> JsonObject:
    location = call.enter(call.body["locationId"])
    given = records.clean(call.tx, call.body, location)
    if not given.get("email") and not given.get("phone"):
        # That one of them is needed is official; the sentence is ours.
        raise invalid("email or phone should not be empty")
    wants_another = (
        call.body.get("createNewIfDuplicateAllowed") and location["settings"]["allowDuplicateContact"]
    )
    known = None if wants_another else records.find_twin(call.tx, location["id"], given)
    if known is None:
        return {"new": True, "contact": records.shown(records.add(call.tx, location["id"], given))}
    taken = [
        name
        for name in ("email", "phone")
        if given.get(name) and records.other(call.tx, known, {name: given[name]}) is not None
    ]
    kept = {name: value for name, value in given.items() if name not in taken}
    return {"new": False, "contact": records.shown(records.save(call.tx, known, kept))}


def update_contact(call: Call) -> JsonObject:
    contact = call.contact(call.path["contactId"])
    location = call.enter(contact["locationId"])
    given = records.clean(call.tx, call.body, location)
    other = records.other(call.tx, contact, given)
    if other is not None and not location["settings"]["allowDuplicateContact"]:
        raise records.duplicate(other, given)
    return {"succeded": True, "contact": records.shown(records.save(call.tx, contact, given))}


def delete_contact(call: Call) -> JsonObject:
    contact = call.contact(call.path["contactId"])
    delete(call.tx, contact)
    return {"succeded": True}


def delete(tx: Tx, contact: JsonObject) -> None:
    """The contact with its notes and tasks; its appointments stay (what becomes of them is not known)."""
    drop_notes(tx, contact["id"])
    drop_tasks(tx, contact["id"])
    records.remove(tx, contact)


def list_contacts(call: Call) -> JsonObject:
    """Deprecated by the vendor. Newest first; `startAfter` and `startAfterId` are the last row's."""
    call.enter(call.query["locationId"])
    limit = number(call, "limit", 20)
    if limit > MOST:
        raise invalid(f"limit must not be greater than {MOST}")
    wanted = call.query.get("query", "").lower()
    rows = [
        row
        for row in records.all_of(call.tx, call.query["locationId"])
        if wanted in f"{row['fullNameLowerCase']} {row['emailLowerCase']} {row.get('phone') or ''}"
    ]
    rows.sort(key=_position, reverse=True)
    after = (call.query.get("startAfter"), call.query.get("startAfterId", ""))
    later = rows if after[0] is None else [row for row in rows if _position(row) < after]
    part = later[:limit]
    meta: JsonObject = {"total": len(rows)}
    if part and len(later) > limit:
        meta |= dict(zip(("startAfter", "startAfterId"), _position(part[-1]), strict=True))
    return {**_listed(call, part, len(rows)), "meta": meta}


def list_by_business(call: Call) -> JsonObject:
    call.enter(call.query["locationId"])
    rows = records.of_business(call.tx, call.query["locationId"], call.path["businessId"])
    wanted = call.query.get("query", "").lower()
    rows = [row for row in rows if wanted in f"{row['fullNameLowerCase']} {row['emailLowerCase']}"]
    return _listed(call, page(call, rows, 25), len(rows))


def _listed(call: Call, rows: list[JsonObject], count: int) -> JsonObject:
    named = ("firstName", "lastName", "name", "phone", "dateUpdated")
    found = [
        {
            **shown(call.contract.key, "contacts", row),
            **{name: row.get(name) for name in named if row.get(name)},
        }
        for row in rows
    ]
    return {"contacts": found, "count": count}


def _position(contact: JsonObject) -> tuple[int, str]:
    return int(datetime.fromisoformat(contact["dateAdded"]).timestamp() * 1000), str(contact["id"])


HANDLERS: Handlers = {
    "contacts.list": list_contacts,
    "contacts.list_by_business": list_by_business,
    "contacts.upsert": upsert_contact,
    "contacts.create": create_contact,
    "contacts.get": get_contact,
    "contacts.update": update_contact,
    "contacts.delete": delete_contact,
}
