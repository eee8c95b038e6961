"""What a person does with contacts inside the simulated GHL."""

from __future__ import annotations

from integrations.engine.spec import FieldType, JsonObject
from integrations.sandbox.ghl import contact_notes, contact_records, contact_tasks, contacts
from integrations.sandbox.ghl.calls import CONTACTS, LOCATIONS, stamp
from integrations.sandbox.ghl.doing import (
    CONTACT,
    LOCATION,
    Values,
    actions,
    given,
    may,
    need,
    record,
    words,
    yes,
)
from integrations.sandbox.transaction import Tx

DETAILS = (
    "firstName",
    "lastName",
    "email",
    "phone",
    "companyName",
    "city",
    "country",
    "source",
    "assignedTo",
)
NOTE, TASK = need("note", "Note id"), need("task", "Task id")
PERSON = (
    may("firstName", "First name"),
    may("lastName", "Last name"),
    may("email", "E-mail", type=FieldType.EMAIL),
    may("phone", "Phone", type=FieldType.PHONE),
    may("companyName", "Company"),
    may("city", "City"),
)


def create_contact(tx: Tx, values: Values) -> JsonObject:
    location = record(tx, LOCATIONS, values["location"], "location")
    details = contact_records.clean(tx, given(values, *DETAILS), location)
    twin = contact_records.find_twin(tx, location["id"], details)
    if twin is not None and not location["settings"]["allowDuplicateContact"]:
        raise contact_records.duplicate(twin, details)
    return contact_records.add(tx, location["id"], {**details, "tags": words(values.get("tags"))})


def change_contact(tx: Tx, values: Values) -> JsonObject:
    contact = _contact(tx, values)
    location = record(tx, LOCATIONS, contact["locationId"], "location")
    return contact_records.save(tx, contact, contact_records.clean(tx, given(values, *DETAILS), location))


def delete_contact(tx: Tx, values: Values) -> JsonObject:
    contact = _contact(tx, values)
    contacts.delete(tx, contact)
    return contact


def add_tags(tx: Tx, values: Values) -> JsonObject:
    contact = _contact(tx, values)
    tags = list(dict.fromkeys([*contact["tags"], *words(values["tags"])]))
    return contact_records.save(tx, contact, {"tags": tags})


def remove_tags(tx: Tx, values: Values) -> JsonObject:
    contact = _contact(tx, values)
    gone = words(values["tags"])
    return contact_records.save(tx, contact, {"tags": [tag for tag in contact["tags"] if tag not in gone]})


def set_dnd(tx: Tx, values: Values) -> JsonObject:
    return contact_records.save(tx, _contact(tx, values), {"dnd": bool(values.get("dnd"))})


def create_note(tx: Tx, values: Values) -> JsonObject:
    return contact_notes.add(tx, _contact(tx, values), given(values, "body", "title"))


def change_note(tx: Tx, values: Values) -> JsonObject:
    note = record(tx, contact_notes.NOTES, values["note"], "note")
    return contact_notes.change(tx, note, given(values, "body", "title"))


def delete_note(tx: Tx, values: Values) -> JsonObject:
    note = record(tx, contact_notes.NOTES, values["note"], "note")
    contact_notes.remove(tx, note)
    return note


def create_task(tx: Tx, values: Values) -> JsonObject:
    details = {"dueDate": stamp(tx.now), "completed": False} | given(values, "title", "body", "assignedTo")
    return contact_tasks.add(
        tx, _contact(tx, values), details | contact_tasks.checked(given(values, "dueDate"))
    )


def change_task(tx: Tx, values: Values) -> JsonObject:
    """No webhook tells of it: only a poll finds it."""
    details = contact_tasks.checked(given(values, "title", "body", "dueDate", "assignedTo"))
    return contact_tasks.change(tx, _task(tx, values), details)


def complete_task(tx: Tx, values: Values) -> JsonObject:
    return contact_tasks.change(tx, _task(tx, values), {"completed": bool(values.get("completed"))})


def delete_task(tx: Tx, values: Values) -> JsonObject:
    task = _task(tx, values)
    contact_tasks.remove(tx, task)
    return task


def _contact(tx: Tx, values: Values) -> JsonObject:
    return record(tx, CONTACTS, values["contact"], "contact")


def _task(tx: Tx, values: Values) -> JsonObject:
    return record(tx, contact_tasks.TASKS, values["task"], "task")


TAGS = need("tags", "Tags", type=FieldType.LIST, help="With commas between them.")
DUE = may("dueDate", "Due, with offset", type=FieldType.DATETIME)
TITLE, BODY = may("title", "Title"), may("body", "Text")

ACTIONS = (
    *actions(
        "Contacts",
        ("create_contact", "Create a contact", create_contact, (LOCATION, *PERSON, may("tags", "Tags"))),
        ("change_contact", "Change a contact", change_contact, (CONTACT, *PERSON)),
        ("delete_contact", "Delete a contact", delete_contact, (CONTACT,)),
        ("add_tags", "Add tags to a contact", add_tags, (CONTACT, TAGS)),
        ("remove_tags", "Take tags off a contact", remove_tags, (CONTACT, TAGS)),
        (
            "set_dnd",
            "Ask not to be disturbed, or take it back",
            set_dnd,
            (CONTACT, yes("dnd", "Do not disturb")),
        ),
    ),
    *actions(
        "Notes and tasks",
        ("create_note", "Write a note", create_note, (CONTACT, need("body", "Text"), TITLE)),
        ("change_note", "Change a note", change_note, (NOTE, BODY, TITLE)),
        ("delete_note", "Delete a note", delete_note, (NOTE,)),
        ("create_task", "Set a task", create_task, (CONTACT, need("title", "Title"), BODY, DUE)),
        ("change_task", "Change a task", change_task, (TASK, TITLE, BODY, DUE)),
        (
            "complete_task",
            "Complete a task, or open it again",
            complete_task,
            (TASK, yes("completed", "Completed", default=True)),
        ),
        ("delete_task", "Delete a task", delete_task, (TASK,)),
    ),
)
