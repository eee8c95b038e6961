"""Calendar notifications of the simulated GHL: arrays both ways (official OpenAPI, calendars 2021-04-15)."""

from __future__ import annotations

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl.calls import Call, Handlers
from integrations.sandbox.ghl.refusals import not_found
from integrations.sandbox.ghl.rows import page
from integrations.sandbox.simulation import fresh_id
from integrations.sandbox.transaction import Tx

NOTIFICATIONS = "notifications"


def list_notifications(call: Call) -> list[JsonObject]:
    calendar = call.calendar(call.path["calendarId"])
    rows = call.tx.by_key(NOTIFICATIONS, calendar["id"])
    for name in ("isActive", "deleted"):
        if name in call.query:
            rows = [row for row in rows if row[name] == call.query[name]]
    return page(call, rows, 100)


def create_notifications(call: Call) -> list[JsonObject]:
    calendar = call.calendar(call.path["calendarId"])
    made = [{"isActive": True, **given, "_id": fresh_id(24), "deleted": False} for given in call.body]
    for notification in made:
        _keep(call.tx, calendar["id"], notification)
    return made


def get_notification(call: Call) -> JsonObject:
    return _found(call)


def update_notification(call: Call) -> JsonObject:
    _keep(call.tx, call.path["calendarId"], {**_found(call), **call.body})
    return {"message": "Notification updated successfully"}


def delete_notification(call: Call) -> JsonObject:
    call.tx.delete(NOTIFICATIONS, _found(call)["_id"])
    return {"message": "Notification deleted successfully"}


def _found(call: Call) -> JsonObject:
    calendar = call.calendar(call.path["calendarId"])
    for row in call.tx.by_key(NOTIFICATIONS, calendar["id"]):
        if row["_id"] == call.path["notificationId"]:
            return row
    raise not_found("Notification not found")


def _keep(tx: Tx, calendar_id: str, notification: JsonObject) -> None:
    tx.put(NOTIFICATIONS, notification["_id"], notification, [calendar_id])


HANDLERS: Handlers = {
    "notifications.list": list_notifications,
    "notifications.create": create_notifications,
    "notifications.get": get_notification,
    "notifications.update": update_notification,
    "notifications.delete": delete_notification,
}
