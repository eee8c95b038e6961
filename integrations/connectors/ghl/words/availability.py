"""Notifications of calendars, rooms and equipment, and people's availability schedules."""

from __future__ import annotations

from integrations.connectors.ghl.words.base import Area, named, picked
from integrations.engine.spec import Kind

RESOURCE = {
    "resourceType": {"label": "Rooms or equipment"},
    "id": {"label": "Room's or equipment's id"},
    "calendarIds": picked("Calendars", "calendars", help="Service calendars; at most 100."),
}
PAGE = {"limit": {"label": "At most", "default": 100}, "skip": {"label": "Leave out the first", "default": 0}}
SCHEDULE = {
    "id": {"label": "Schedule id"},
    "rules": {"label": "Hours", "help": "Weekdays or dates, each with its intervals from HH:MM to HH:MM."},
    "calendarIds": picked("Calendars", "calendars"),
    "timezone": {"label": "Time zone", "help": "Area/City; the specification refuses UTC and longer names."},
}

AREA = Area(
    fields={
        "notificationId": {"label": "Notification id"},
        "isActive": {"label": "Active"},
        "receiverType": {"label": "To"},
        "channel": {"label": "By"},
        "notificationType": {"label": "On what occasion"},
        "beforeTime": {"label": "How long before"},
        "afterTime": {"label": "How long after"},
        "body": {"label": "Text"},
        "subject": {"label": "Subject"},
        "selectedUsers": picked("Selected users", "users"),
    },
    calls=(
        named("notifications.list", "List a calendar's notifications",
              "GET /calendars/{calendarId}/notifications"),
        named("notifications.create", "Add a notification to a calendar",
              "POST /calendars/{calendarId}/notifications", result="[0] || @", record_id="_id"),
        named("notifications.get", "Read a calendar's notification",
              "GET /calendars/{calendarId}/notifications/{notificationId}"),
        named("notifications.update", "Change a calendar's notification",
              "PUT /calendars/{calendarId}/notifications/{notificationId}"),
        named("notifications.delete", "Delete a calendar's notification",
              "DELETE /calendars/{calendarId}/notifications/{notificationId}"),
        named("resources.list", "List rooms or equipment", "GET /calendars/resources/{resourceType}",
              fields={**RESOURCE, **PAGE}),
        # Whether the id is called id or _id is documented nowhere.
        named("resources.create", "Add a room or equipment", "POST /calendars/resources/{resourceType}",
              fields=RESOURCE, record_id="id || _id"),
        named("resources.get", "Read a room or equipment", "GET /calendars/resources/{resourceType}/{id}",
              fields=RESOURCE, record_id="id || _id"),
        named("resources.update", "Update a room or equipment",
              "PUT /calendars/resources/{resourceType}/{id}", fields=RESOURCE, record_id="id || _id"),
        named("resources.delete", "Delete a room or equipment",
              "DELETE /calendars/resources/{resourceType}/{id}", fields=RESOURCE),
        named("schedules.search", "Find availability schedules", "GET /calendars/schedules/search",
              fields=SCHEDULE),
        named("schedules.get", "Read an availability schedule", "GET /calendars/schedules/{id}",
              fields=SCHEDULE),
        named("schedules.create", "Create an availability schedule", "POST /calendars/schedules",
              fields=SCHEDULE),
        named("schedules.update", "Update an availability schedule", "PUT /calendars/schedules/{id}",
              fields=SCHEDULE),
        named("schedules.delete", "Delete an availability schedule", "DELETE /calendars/schedules/{id}",
              fields=SCHEDULE),
        named("schedules.add_calendar", "Use a schedule for a calendar",
              "PUT /calendars/schedules/{id}/associations/{calendarId}", fields=SCHEDULE),
        named("schedules.remove_calendar", "Stop using a schedule for a calendar",
              "DELETE /calendars/schedules/{id}/associations/{calendarId}", kind=Kind.UPDATE,
              fields=SCHEDULE),
    ),
)  # fmt: skip
