"""Notes of appointments in the simulated GHL (official OpenAPI, calendars): at most 20 in a page."""

from __future__ import annotations

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl.answers import shown
from integrations.sandbox.ghl.bookings import APPOINTMENTS
from integrations.sandbox.ghl.calls import USERS, Call, Handlers, stamp
from integrations.sandbox.ghl.refusals import not_found
from integrations.sandbox.simulation import fresh_id
from integrations.sandbox.transaction import Tx

NOTES = "appointment_notes"


def list_notes(call: Call) -> JsonObject:
    rows = call.tx.by_key(NOTES, _appointment(call)["id"])
    start, end = int(call.query["offset"]), int(call.query["offset"] + call.query["limit"])
    return {"notes": [_shown(row) for row in rows[start:end]], "hasMore": end < len(rows)}


def create_note(call: Call) -> JsonObject:
    appointment = _appointment(call)
    user_id = call.body.get("userId") or call.token["user_id"]
    user = call.tx.get(USERS, user_id) or {}
    note = {
        "id": fresh_id(),
        "body": call.body["body"],
        "userId": user_id,
        "dateAdded": stamp(call.tx.now),
        "contactId": appointment["contactId"],
        "createdBy": {"id": user_id, "name": user.get("name", "")},
        "appointmentId": appointment["id"],
    }
    return _keep(call.tx, note)


def update_note(call: Call) -> JsonObject:
    return _keep(call.tx, {**_found(call), **call.body})


def delete_note(call: Call) -> JsonObject:
    call.tx.delete(NOTES, _found(call)["id"])
    return {"success": True}


def _appointment(call: Call) -> JsonObject:
    return call.found(APPOINTMENTS, call.path["appointmentId"], "Appointment")


def _found(call: Call) -> JsonObject:
    note = call.tx.get(NOTES, call.path["noteId"])
    if note is None or note["appointmentId"] != _appointment(call)["id"]:
        raise not_found("Note not found")
    return note


def _keep(tx: Tx, note: JsonObject) -> JsonObject:
    tx.put(NOTES, note["id"], note, [note["appointmentId"]])
    return {"note": _shown(note)}


def _shown(note: JsonObject) -> JsonObject:
    return shown("appointment_notes.create", "note", note)


HANDLERS: Handlers = {
    "appointment_notes.list": list_notes,
    "appointment_notes.create": create_note,
    "appointment_notes.update": update_note,
    "appointment_notes.delete": delete_note,
}
