"""Calendar notifications of the simulated GHL: arrays both ways (official OpenAPI, calendars 2021-04-15)."""

from __future__ import annotations

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl.calls import Call, Route
from integrations.sandbox.ghl.checks import NUMBER, YES_NO, Shape
from integrations.sandbox.ghl.shapes import NOTIFICATION
from integrations.sandbox.simulation import fresh_id

NOTIFICATIONS = "notifications"
LIST: Shape = {"isActive": YES_NO, "deleted": YES_NO, "limit": NUMBER, "skip": NUMBER}


def list_notifications(call: Call) -> list[JsonObject]:
    calendar = call.calendar(call.path["calendarId"])
    rows = call.tx.by_key(NOTIFICATIONS, calendar["id"])
    for name in ("isActive", "deleted"):
        if name in call.query:
            rows = [row for row in rows if row[name] == call.query[name]]
    skip, limit = int(call.query.get("skip", 0)), int(call.query.get("limit", 100))
    return rows[skip : skip + limit]


def create_notifications(call: Call) -> list[JsonObject]:
    calendar = call.calendar(call.path["calendarId"])
    made = [{"isActive": True, **given, "_id": fresh_id(24), "deleted": False} for given in call.body]
    for notification in made:
        call.tx.put(NOTIFICATIONS, notification["_id"], notification, [calendar["id"]])
    return made


ROUTES = (
    Route(
        method="GET",
        path="/calendars/{calendarId}/notifications",
        scope="calendars/events.readonly",
        run=list_notifications,
        query=LIST,
    ),
    Route(
        method="POST",
        path="/calendars/{calendarId}/notifications",
        scope="calendars/events.write",
        run=create_notifications,
        body=NOTIFICATION,
        body_list=True,
    ),
)
