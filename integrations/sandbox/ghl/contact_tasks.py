"""Tasks of contacts in the simulated GHL (official OpenAPI, contacts and locations).

There is no webhook for a changed task, and the live TaskCreate lacks `contactId` and `body` (issue 332);
with the setting `whole_task_webhooks` it has them. That opening a task again fires nothing is assumed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl.answers import shown
from integrations.sandbox.ghl.calls import CONTACTS, Call, Handlers, stamp
from integrations.sandbox.ghl.changes import changed
from integrations.sandbox.ghl.refusals import invalid, not_found
from integrations.sandbox.ghl.rows import page
from integrations.sandbox.simulation import fresh_id
from integrations.sandbox.transaction import Tx

TASKS = "contact_tasks"
TOLD = ("id", "assignedTo", "body", "contactId", "title", "dateAdded", "dueDate", "locationId")


def list_tasks(call: Call) -> JsonObject:
    contact = call.contact(call.path["contactId"])
    return {"tasks": [_shown(row) for row in call.tx.by_key(TASKS, contact["id"])]}


def get_task(call: Call) -> JsonObject:
    return {"task": _shown(_found(call))}


def create_task(call: Call) -> JsonObject:
    contact = call.contact(call.path["contactId"])
    return {"task": _shown(add(call.tx, contact, checked(call.body)))}


def update_task(call: Call) -> JsonObject:
    """Any of its fields; `completed` alone goes to the call of that name."""
    return {"task": _shown(change(call.tx, _found(call), checked(call.body)))}


def delete_task(call: Call) -> JsonObject:
    remove(call.tx, _found(call))
    return {"succeded": True}


def search_tasks(call: Call) -> JsonObject:
    """Tasks of a whole location, oldest first."""
    call.enter(call.path["locationId"])
    rows = [row for row in call.tx.by_key(TASKS, call.path["locationId"]) if _fits(call, row)]
    return {"tasks": [_shown(row) for row in page(call, rows, 25)]}


def add(tx: Tx, contact: JsonObject, given: JsonObject) -> JsonObject:
    task = {
        "id": fresh_id(),
        "body": "",
        **given,
        "contactId": contact["id"],
        "locationId": contact["locationId"],
        "dateAdded": stamp(tx.now),
    }
    _keep(tx, task)
    without = () if tx.setting("whole_task_webhooks", False) else ("contactId", "body")
    _tell(tx, "TaskCreate", task, without)
    return task


def change(tx: Tx, task: JsonObject, given: JsonObject) -> JsonObject:
    now = {**task, **given}
    _keep(tx, now)
    if now["completed"] and not task["completed"]:
        _tell(tx, "TaskComplete", now)
    return now


def remove(tx: Tx, task: JsonObject) -> None:
    tx.delete(TASKS, task["id"])
    _tell(tx, "TaskDelete", task)


def drop_tasks(tx: Tx, contact_id: str) -> None:
    """With its contact a task goes silently: whether that fires a webhook is not known."""
    for task in tx.by_key(TASKS, contact_id):
        tx.delete(TASKS, task["id"])


def _found(call: Call) -> JsonObject:
    contact = call.contact(call.path["contactId"])
    task = call.tx.get(TASKS, call.path["taskId"])
    if task is None or task["contactId"] != contact["id"]:
        raise not_found("Task not found")
    return task


def checked(given: JsonObject) -> JsonObject:
    if "dueDate" in given:
        try:
            datetime.fromisoformat(given["dueDate"].upper())
        except ValueError:
            raise invalid("dueDate must be a valid ISO 8601 date string") from None
    return given


def _fits(call: Call, task: JsonObject) -> bool:
    asked: dict[str, Any] = call.body
    if "completed" in asked and task["completed"] != asked["completed"]:
        return False
    if asked.get("contactId") and task["contactId"] not in asked["contactId"]:
        return False
    if asked.get("assignedTo") and task.get("assignedTo") not in asked["assignedTo"]:
        return False
    if asked.get("businessId"):
        contact = call.tx.get(CONTACTS, task["contactId"]) or {}
        if contact.get("businessId") != asked["businessId"]:
            return False
    return str(asked.get("query", "")).lower() in f"{task['title']} {task['body']}".lower()


def _shown(task: JsonObject) -> JsonObject:
    return shown("contact_tasks.get", "task", task)


def _keep(tx: Tx, task: JsonObject) -> None:
    tx.put(TASKS, task["id"], task, [task["contactId"], task["locationId"]])


def _tell(tx: Tx, event: str, task: JsonObject, without: tuple[str, ...] = ()) -> None:
    payload = {name: task[name] for name in TOLD if name in task and name not in without}
    changed(tx, event, task["locationId"], payload)


HANDLERS: Handlers = {
    "contact_tasks.list": list_tasks,
    "contact_tasks.create": create_task,
    "contact_tasks.get": get_task,
    "contact_tasks.update": update_task,
    "contact_tasks.complete": update_task,
    "contact_tasks.delete": delete_task,
    "tasks.search": search_tasks,
}
