"""The tables of the state screen. One that is empty is shown only where people look for it at once."""

from __future__ import annotations

from integrations.sandbox.ghl.appointment_notes import NOTES as APPOINTMENT_NOTES
from integrations.sandbox.ghl.bookings import APPOINTMENTS, BLOCK_SLOTS
from integrations.sandbox.ghl.calls import CALENDARS, CONTACTS, LOCATIONS, USERS
from integrations.sandbox.ghl.contact_notes import NOTES
from integrations.sandbox.ghl.contact_tasks import TASKS
from integrations.sandbox.ghl.conversations import CONVERSATIONS
from integrations.sandbox.ghl.fields import FIELDS
from integrations.sandbox.ghl.messages import MESSAGES
from integrations.sandbox.ghl.notifications import NOTIFICATIONS
from integrations.sandbox.ghl.opportunities import OPPORTUNITIES
from integrations.sandbox.simulation import Table, tables
from integrations.sandbox.transaction import Tx

ALWAYS = ("Locations", "Calendars", "Contacts", "Appointments", "Notifications")

COLUMNS = {
    "Locations": (LOCATIONS, ("id", "name", "timezone")),
    "Users": (USERS, ("id", "name", "email")),
    "Calendars": (CALENDARS, ("id", "name", "calendarType", "groupId", "isActive", "locationId")),
    "Groups": ("calendar_groups", ("id", "name", "slug", "isActive", "locationId")),
    "Schedules": ("schedules", ("id", "name", "timezone", "userId", "calendarIds")),
    "Resources": ("resources", ("id", "name", "resourceType", "capacity", "calendarIds")),
    "Contacts": (CONTACTS, ("id", "name", "email", "phone", "tags", "locationId")),
    "Notes": (NOTES, ("id", "body", "contactId", "dateAdded")),
    "Tasks": (TASKS, ("id", "title", "dueDate", "completed", "contactId")),
    "Appointments": (
        APPOINTMENTS,
        ("id", "title", "startTime", "endTime", "appointmentStatus", "contactId", "calendarId"),
    ),
    "Appointment notes": (APPOINTMENT_NOTES, ("id", "body", "appointmentId")),
    "Block slots": (BLOCK_SLOTS, ("id", "title", "startTime", "endTime", "calendarId", "assignedUserId")),
    "Notifications": (NOTIFICATIONS, ("_id", "notificationType", "receiverType", "channel", "beforeTime")),
    "Opportunities": (
        OPPORTUNITIES,
        ("id", "name", "status", "monetaryValue", "pipelineStageId", "contactId"),
    ),
    "Pipelines": ("pipelines", ("id", "name", "stages", "locationId")),
    "Conversations": (CONVERSATIONS, ("id", "lastMessageBody", "unreadCount", "contactId")),
    "Messages": (MESSAGES, ("id", "messageType", "direction", "body", "status", "contactId")),
    "Tags": ("tags", ("id", "name", "locationId")),
    "Custom fields": (FIELDS, ("id", "name", "fieldKey", "dataType", "locationId")),
    "Custom values": ("custom_values", ("id", "name", "fieldKey", "value")),
    "Businesses": ("businesses", ("id", "name", "email", "locationId")),
    "Workflows": ("workflows", ("id", "name", "status", "locationId")),
    "Objects": ("objects", ("id", "key", "locationId")),
    "Records": ("records", ("id", "schemaKey", "properties")),
    "Associations": ("associations", ("id", "key", "firstObjectKey", "secondObjectKey")),
    "Relations": ("relations", ("id", "key", "firstRecordId", "secondRecordId")),
}


def summary(tx: Tx) -> list[Table]:
    return [table for table in tables(tx, COLUMNS) if table["rows"] or table["title"] in ALWAYS]
