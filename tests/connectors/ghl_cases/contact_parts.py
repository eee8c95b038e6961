"""What hangs on a contact: tasks and notes."""

from __future__ import annotations

from tests.connectors.ghl_cases.case import Cases, Script
from tests.connectors.ghl_cases.world import World

CASES = Cases()

DUE = "2026-12-01T10:00:00Z"


@CASES.of("contact_tasks.create")
def a_task_for_a_contact(world: World) -> Script:
    contact = world.contact()
    made = yield {
        "contactId": contact,
        "title": "Send the badge",
        "body": "With the frame.",
        "dueDate": DUE,
        "completed": False,
        "assignedTo": world.user,
    }
    task = world.call("contact_tasks.get", contactId=contact, taskId=made.record_id)
    assert (task["title"], task["completed"], task["assignedTo"]) == ("Send the badge", False, world.user)


@CASES.of("contact_tasks.list")
def all_tasks_of_a_contact(world: World) -> Script:
    contact = world.contact()
    tasks = {world.task(contact, title="First"), world.task(contact, title="Second")}
    found = yield {"contactId": contact}
    assert {task["id"] for task in found.value} == tasks


@CASES.of("contact_tasks.get")
def one_task(world: World) -> Script:
    contact = world.contact()
    task = world.task(contact, title="Call back")
    found = yield {"contactId": contact, "taskId": task}
    assert (found.value["id"], found.value["title"]) == (task, "Call back")


@CASES.of("contact_tasks.update")
def another_title_for_a_task(world: World) -> Script:
    contact = world.contact()
    task = world.task(contact, title="Call back")
    yield {"contactId": contact, "taskId": task, "title": "Write back"}
    assert world.call("contact_tasks.get", contactId=contact, taskId=task)["title"] == "Write back"


@CASES.of("contact_tasks.complete")
def a_task_that_is_done(world: World) -> Script:
    contact = world.contact()
    task = world.task(contact)
    yield {"contactId": contact, "taskId": task, "completed": True}
    assert world.call("contact_tasks.get", contactId=contact, taskId=task)["completed"] is True


@CASES.of("contact_tasks.complete")
def a_task_that_is_opened_again(world: World) -> Script:
    contact = world.contact()
    task = world.task(contact, completed=True)
    yield {"contactId": contact, "taskId": task, "completed": False}
    assert world.call("contact_tasks.get", contactId=contact, taskId=task)["completed"] is False


@CASES.of("contact_tasks.delete")
def a_task_that_nobody_needs(world: World) -> Script:
    contact = world.contact()
    task = world.task(contact)
    yield {"contactId": contact, "taskId": task}
    assert world.call("contact_tasks.list", contactId=contact) == []


@CASES.of("contact_notes.create")
def a_note_on_a_contact(world: World) -> Script:
    contact = world.contact()
    made = yield {
        "contactId": contact,
        "body": "Passed with honours.",
        "title": "Examination",
        "color": "#FFAA00",
        "pinned": True,
        "userId": world.user,
    }
    note = world.call("contact_notes.get", contactId=contact, id=made.record_id)
    assert note["body"].startswith("Passed with honours.")
    assert (note["title"], note["pinned"]) == ("Examination", True)


@CASES.of("contact_notes.list")
def all_notes_on_a_contact(world: World) -> Script:
    contact = world.contact()
    notes = {world.note(contact, body="One"), world.note(contact, body="Two")}
    found = yield {"contactId": contact}
    assert {note["id"] for note in found.value} == notes


@CASES.of("contact_notes.get")
def one_note(world: World) -> Script:
    contact = world.contact()
    note = world.note(contact, body="Likes mornings.")
    found = yield {"contactId": contact, "id": note}
    assert (found.value["id"], found.value["body"]) == (note, "Likes mornings.")


@CASES.of("contact_notes.update")
def other_words_in_a_note(world: World) -> Script:
    contact = world.contact()
    note = world.note(contact, body="Likes mornings.")
    yield {"contactId": contact, "id": note, "body": "Likes evenings."}
    assert world.call("contact_notes.get", contactId=contact, id=note)["body"] == "Likes evenings."


@CASES.of("contact_notes.delete")
def a_note_that_is_wrong(world: World) -> Script:
    contact = world.contact()
    note = world.note(contact)
    yield {"contactId": contact, "id": note}
    assert world.call("contact_notes.list", contactId=contact) == []
