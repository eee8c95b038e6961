"""Notes on contacts: three events with a fixed handful of fields, and `notes.changed`.

The events lack author, title and colour (issue 312 of the docs repository), so the note is read again. There
is no list of all notes of a location, only one of each contact's: so a look reads the notes of the contacts
that the hub has to do with, some at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.connectors.ghl.triggers.told import Told, fields
from integrations.engine.changes import created_changed_gone, events_of
from integrations.engine.errors import NotFound
from integrations.engine.paginate import ask
from integrations.engine.spec import JsonObject, Page, Script, Since, Sweep, Trigger, TriggerKind

SCOPE = "contacts.readonly"
SAMPLE: JsonObject = {
    "id": "nte0000000000000001",
    "locationId": "loc0000000000000001",
    "contactId": "con0000000000000001",
    "body": "Called back: wants the advanced course.",
    "dateAdded": "2026-11-20T10:00:00.000Z",
}
ROW: JsonObject = {
    **{key: value for key, value in SAMPLE.items() if key != "locationId"},
    "userId": "usr0000000000000001",
    "title": "Call",
    "color": "#FFAA00",
    "pinned": False,
}
KEPT = ("id", "contactId", "body", "userId", "title", "color", "pinned")


def fetch(record: str, known: JsonObject, settings: Mapping[str, Any]) -> Script:
    """The note, or None when it, or its contact, is gone."""
    try:
        note = yield from ask("contact_notes.get", {"contactId": known.get("contactId"), "id": record})
    except NotFound:
        return None
    return {**note, "contactId": note.get("contactId") or known.get("contactId")}


def sweep(since: Since) -> Sweep:
    """All notes of the given contacts; a contact that is gone has none."""
    for contact in since.parents:
        try:
            found = yield from ask("contact_notes.list", {"contactId": contact})
        except NotFound:
            found = []
        yield Page([{**row, "contactId": row.get("contactId") or contact} for row in rows(found, "notes")])


def rows(found: Any, key: str) -> list[JsonObject]:
    """The rows of a list, whether or not they lie under their key."""
    listed = found.get(key) if isinstance(found, dict) else found
    return [row for row in listed or [] if isinstance(row, dict)]


def _told(kind: str, title: str, *, complete: bool = True) -> Told:
    return Told(
        type=kind,
        title=title,
        scope=SCOPE,
        fields=fields("id body contactId dateAdded:t locationId"),
        sample=SAMPLE,
        fetch=fetch if complete else None,
        operations=("contact_notes.get",) if complete else (),
    )


TOLD = (
    _told("NoteCreate", "A note is written (NoteCreate)"),
    _told("NoteUpdate", "A note is changed (NoteUpdate)"),
    _told("NoteDelete", "A note is deleted (NoteDelete)", complete=False),
)
CHANGED = Trigger(
    key="notes.changed",
    title="A note on a contact is written, changed or deleted",
    kind=TriggerKind.POLL,
    events=events_of("note", "Note"),
    sample={
        "note.created": ROW,
        "note.updated": {**ROW, "body": "Called back: booked the advanced course."},
        "note.deleted": ROW,
    },
    scopes=(SCOPE,),
    sweep=sweep,
    operations=("contact_notes.list", "contact_notes.get"),
    remember=KEPT,
    happenings=created_changed_gone("note", KEPT),
    fetch=fetch,
    hears=("NoteCreate", "NoteUpdate", "NoteDelete"),
    whole=True,
    made_at="dateAdded",
    parent="contactId",
    parents=("contacts.upsert", "contacts.create", "contacts.update", "contacts.changed"),
    answer=fields("id contactId body userId title color pinned:b dateAdded:t"),
)
TRIGGERS = (CHANGED,)
