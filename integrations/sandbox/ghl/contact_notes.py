"""Notes of contacts in the simulated GHL (official OpenAPI, contacts). They take no `locationId`."""

from __future__ import annotations

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl.answers import shown
from integrations.sandbox.ghl.calls import Call, Handlers, stamp
from integrations.sandbox.ghl.changes import changed
from integrations.sandbox.ghl.refusals import not_found
from integrations.sandbox.simulation import fresh_id
from integrations.sandbox.transaction import Tx

NOTES = "contact_notes"
TOLD = ("id", "body", "contactId", "dateAdded", "locationId")


def list_notes(call: Call) -> JsonObject:
    contact = call.contact(call.path["contactId"])
    return {"notes": [shown(call.contract.key, "notes", row) for row in call.tx.by_key(NOTES, contact["id"])]}


def get_note(call: Call) -> JsonObject:
    return _one(call, _found(call))


def create_note(call: Call) -> JsonObject:
    contact = call.contact(call.path["contactId"])
    given = {"userId": call.token["user_id"], **call.body}
    return _one(call, add(call.tx, contact, given))


def update_note(call: Call) -> JsonObject:
    return _one(call, change(call.tx, _found(call), call.body))


def delete_note(call: Call) -> JsonObject:
    remove(call.tx, _found(call))
    return {"succeded": True}


def add(tx: Tx, contact: JsonObject, given: JsonObject) -> JsonObject:
    note = {
        "id": fresh_id(),
        "title": "",
        "pinned": False,
        **given,
        "contactId": contact["id"],
        "locationId": contact["locationId"],
        "dateAdded": stamp(tx.now),
    }
    return _keep(tx, "NoteCreate", note)


def change(tx: Tx, note: JsonObject, given: JsonObject) -> JsonObject:
    return _keep(tx, "NoteUpdate", {**note, **given})


def remove(tx: Tx, note: JsonObject) -> None:
    tx.delete(NOTES, note["id"])
    _tell(tx, "NoteDelete", note)


def drop_notes(tx: Tx, contact_id: str) -> None:
    """With its contact a note goes silently: whether that fires a webhook is not known."""
    for note in tx.by_key(NOTES, contact_id):
        tx.delete(NOTES, note["id"])


def _found(call: Call) -> JsonObject:
    contact = call.contact(call.path["contactId"])
    note = call.tx.get(NOTES, call.path["id"])
    if note is None or note["contactId"] != contact["id"]:
        raise not_found("Note not found")
    return note


def _one(call: Call, note: JsonObject) -> JsonObject:
    return {"note": shown(call.contract.key, "note", note)}


def _keep(tx: Tx, event: str, note: JsonObject) -> JsonObject:
    tx.put(NOTES, note["id"], note, [note["contactId"]])
    _tell(tx, event, note)
    return note


def _tell(tx: Tx, event: str, note: JsonObject) -> None:
    """A fixed list of fields, without user and title (issue 312)."""
    changed(tx, event, note["locationId"], {name: note[name] for name in TOLD})


HANDLERS: Handlers = {
    "contact_notes.list": list_notes,
    "contact_notes.create": create_note,
    "contact_notes.get": get_note,
    "contact_notes.update": update_note,
    "contact_notes.delete": delete_note,
}
