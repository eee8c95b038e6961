"""Tasks and notes of contacts, and the location's tasks."""

from __future__ import annotations

from integrations.connectors.ghl.words.base import MOMENT, Area, named, picked
from integrations.engine.spec import Kind

TASK = {
    "body": {"label": "Text"},
    "dueDate": {**MOMENT, "label": "Due"},
    "completed": {"label": "Completed"},
}
NEW_TASK = {**TASK, "completed": {"label": "Completed", "default": False}}
NOTE = {
    "id": {"label": "Note id"},
    "body": {"label": "Text"},
    "color": {"label": "Colour", "help": "Such as #FFAA00."},
    "pinned": {"label": "Pinned"},
}
RECURRING = {"id": {"label": "Recurring task id"}, "owners": picked("Owners", "users"),
             "contactIds": {"label": "Contact ids"}}  # fmt: skip

AREA = Area(
    fields={"taskId": {"label": "Task id"}, "dateAdded": MOMENT},
    calls=(
        named("contact_tasks.list", "List the tasks of a contact", "GET /contacts/{contactId}/tasks",
              fields=TASK),
        named("contact_tasks.create", "Add a task to a contact", "POST /contacts/{contactId}/tasks",
              fields=NEW_TASK),
        named("contact_tasks.get", "Read a task", "GET /contacts/{contactId}/tasks/{taskId}", fields=TASK),
        named("contact_tasks.update", "Update a task", "PUT /contacts/{contactId}/tasks/{taskId}",
              fields=TASK),
        named("contact_tasks.complete", "Complete or reopen a task",
              "PUT /contacts/{contactId}/tasks/{taskId}/completed", fields=TASK),
        named("contact_tasks.delete", "Delete a task", "DELETE /contacts/{contactId}/tasks/{taskId}"),
        named("contact_notes.list", "List the notes of a contact", "GET /contacts/{contactId}/notes",
              fields=NOTE),
        named("contact_notes.create", "Add a note to a contact", "POST /contacts/{contactId}/notes",
              fields=NOTE),
        named("contact_notes.get", "Read a note", "GET /contacts/{contactId}/notes/{id}", fields=NOTE),
        named("contact_notes.update", "Update a note", "PUT /contacts/{contactId}/notes/{id}", fields=NOTE),
        named("contact_notes.delete", "Delete a note", "DELETE /contacts/{contactId}/notes/{id}",
              fields=NOTE),
        named("tasks.search", "Search the tasks of the location", "POST /locations/{locationId}/tasks/search",
              kind=Kind.READ, fields={**TASK, "contactId": {"label": "Contact ids"}}),
        named("recurring_tasks.create", "Create a recurring task",
              "POST /locations/{locationId}/recurring-tasks", fields=RECURRING),
        named("recurring_tasks.get", "Read a recurring task",
              "GET /locations/{locationId}/recurring-tasks/{id}", fields=RECURRING),
        named("recurring_tasks.update", "Update a recurring task",
              "PUT /locations/{locationId}/recurring-tasks/{id}", fields=RECURRING),
        named("recurring_tasks.delete", "Delete a recurring task",
              "DELETE /locations/{locationId}/recurring-tasks/{id}", fields=RECURRING),
    ),
)  # fmt: skip
