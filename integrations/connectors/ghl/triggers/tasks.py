"""Tasks of contacts: three events, none of them for an edit, and `tasks.changed`, which finds edits too.

A live TaskCreate has been seen without `contactId` and body (issue 332 of the docs repository); the task is
then looked for among the location's. What a row of tasks/search looks like is not documented, hence `plain`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from integrations.connectors.ghl.triggers.notes import rows
from integrations.connectors.ghl.triggers.told import Told, fields
from integrations.engine.changes import created_changed_gone, events_of
from integrations.engine.errors import NotFound, VendorTrouble
from integrations.engine.paginate import Asked, ask, by_skip
from integrations.engine.spec import (
    Field,
    FieldType,
    Happening,
    JsonObject,
    Page,
    Script,
    Since,
    Sweep,
    Trigger,
    TriggerKind,
)

SCOPE = "contacts.readonly"
SEARCH_SCOPE = "locations/tasks.readonly"
PAGE_SIZE = 100
PAGES = 10  # how far a task without a contact is looked for

SAMPLE: JsonObject = {
    "id": "tsk0000000000000001",
    "locationId": "loc0000000000000001",
    "contactId": "con0000000000000001",
    "title": "Send the course material",
    "body": "By post.",
    "assignedTo": "usr0000000000000001",
    "dateAdded": "2026-11-20T10:00:00.000Z",
    "dueDate": "2026-11-27T10:00:00.000Z",
}
KEPT = ("id", "contactId", "title", "body", "assignedTo", "dueDate", "completed")
ROW: JsonObject = {**{key: SAMPLE.get(key) for key in KEPT}, "completed": False}


def fetch(record: str, known: JsonObject, settings: Mapping[str, Any]) -> Script:
    """The task, or None when it is gone. Whose it is, is looked up where a notice did not say."""
    contact = known.get("contactId") or (yield from _whose(record, known))
    if not contact:
        return None
    try:
        task = yield from ask("contact_tasks.get", {"contactId": contact, "taskId": record})
    except NotFound:
        return None
    return plain({**task, "contactId": task.get("contactId") or contact})


def _whose(record: str, known: JsonObject) -> Asked:
    """The contact of a task: among those with its title first, then among all. None: there is no such task.

    Raises VendorTrouble when there are more tasks than are looked through.
    """
    title = known.get("title")
    for wanted in ([{"query": title}] if isinstance(title, str) and title else []) + [{}]:
        for page in range(PAGES):
            asked = {**wanted, "limit": PAGE_SIZE, "skip": page * PAGE_SIZE}
            found = rows((yield from ask("tasks.search", asked)), "tasks")
            for row in map(plain, found):
                if row["id"] == record:
                    return row["contactId"]
            if len(found) < PAGE_SIZE:
                break
        else:
            if not wanted:
                raise VendorTrouble(f"Whose task {record} is could not be found among the first thousand.")
    return None


def sweep(since: Since) -> Sweep:
    """Open tasks of the location; those that are completed too, where the operator wants them looked at."""
    wanted = {} if since.settings.get("completed_too") else {"completed": False}
    pages = by_skip("tasks.search", wanted, rows="@", limit=PAGE_SIZE)
    outcome = None
    while True:
        try:
            command = pages.send(outcome)
        except StopIteration:
            return
        outcome = None
        if isinstance(command, Page):
            yield Page([plain(row) for row in command.rows])
        else:
            outcome = yield command


def plain(row: JsonObject) -> JsonObject:
    """A task in the one form that reading a single one has."""
    whom = row.get("assignedTo")
    return {
        **row,
        "id": str(row.get("id") or row.get("_id") or ""),
        "contactId": str(row.get("contactId") or ""),
        "title": row.get("title") or "",
        "body": row.get("body") or "",
        "assignedTo": (whom.get("id") if isinstance(whom, dict) else whom) or "",
        "dueDate": row.get("dueDate") or "",
        "completed": bool(row.get("completed")),
    }


def _told(kind: str, title: str, *, complete: bool = True) -> Told:
    return Told(
        type=kind,
        title=title,
        scope=SCOPE,
        fields=fields("id contactId title body assignedTo dateAdded:t dueDate:t locationId"),
        sample=SAMPLE,
        fetch=fetch if complete else None,
        operations=("contact_tasks.get", "tasks.search") if complete else (),
    )


TOLD = (
    _told("TaskCreate", "A task is created (TaskCreate)"),
    _told("TaskComplete", "A task is completed (TaskComplete)"),
    _told("TaskDelete", "A task is deleted (TaskDelete)", complete=False),
)
EDITED, COMPLETED = "task.updated", "task.completed"
_changes = created_changed_gone("task", KEPT)


def happenings(before: JsonObject | None, after: JsonObject | None, now: datetime) -> list[Happening]:
    """Completing has a webhook of its own, an edit has none: so they are told apart."""
    told = _changes(before, after, now)
    if before and after and after.get("completed") and not before.get("completed"):
        return [Happening(type=COMPLETED, key=what.key.replace(EDITED, COMPLETED)) for what in told]
    return told


CHANGED = Trigger(
    key="tasks.changed",
    title="A contact's task is created, changed, completed or deleted",
    kind=TriggerKind.POLL,
    events=(*events_of("task", "Task"), (COMPLETED, "Task completed")),
    sample={
        "task.created": ROW,
        EDITED: {**ROW, "title": "Send the new course material"},
        COMPLETED: {**ROW, "completed": True},
        "task.deleted": ROW,
    },
    fields=(
        Field(
            key="completed_too",
            label="Look at completed tasks too",
            type=FieldType.BOOLEAN,
            default=False,
            help="Otherwise a look reads open tasks only, which takes far fewer calls.",
        ),
    ),
    scopes=(SCOPE, SEARCH_SCOPE),
    sweep=sweep,
    operations=("tasks.search", "contact_tasks.get"),
    remember=KEPT,
    happenings=happenings,
    fetch=fetch,
    hears=("TaskCreate", "TaskComplete", "TaskDelete"),
    whole=True,
    untold=(EDITED,),
    reconcile_min=0,
    answer=fields("id contactId title body assignedTo dueDate:t completed:b"),
)
TRIGGERS = (CHANGED,)
