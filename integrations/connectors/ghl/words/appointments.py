"""Appointments, blocked times, and notes of appointments."""

from __future__ import annotations

from integrations.connectors.ghl.words.base import EPOCH_TEXT, MOMENT, Area, named, picked
from integrations.engine.spec import Booking

WINDOW = {
    "startTime": {**EPOCH_TEXT, "label": "From"},
    "endTime": {**EPOCH_TEXT, "label": "To"},
    "calendarId": picked("Calendar", "calendars", help="One of calendar, user, group."),
    "userId": picked("Team member", "users"),
}
BOOKED = {
    "eventId": {"label": "Appointment id"},
    "startTime": {**MOMENT, "label": "Start", "help": "With offset."},
    "endTime": {**MOMENT, "label": "End", "help": "With offset."},
    "appointmentStatus": {"label": "Status"},
    "address": {"label": "Address or link"},
    "toNotify": {"label": "Run the calendar's automations"},
    "ignoreFreeSlotValidation": {
        "label": "Book even if not free",
        "help": "For times that are dictated; also skips the calendar's notice and window.",
    },
    "assignedUserId": picked("Team member", "users", help="Needed on most calendars that have team members."),
}
BLOCKED = {
    **BOOKED,
    "eventId": {"label": "Blocked time's id"},
    "calendarId": picked("Calendar", "calendars", help="Either the calendar or the team member, not both."),
    "assignedUserId": picked("Team member", "users", help="Either this or the calendar, not both."),
}
NOTE = {"appointmentId": {"label": "Appointment id"}, "noteId": {"label": "Note id"},
        "body": {"label": "Text", "help": "At most 5,000 characters."}, "dateAdded": MOMENT}  # fmt: skip
FIRST = ("eventId", "calendarId", "locationId", "contactId", "startTime", "endTime", "title", "description",
         "appointmentStatus", "assignedUserId")  # fmt: skip

AREA = Area(
    fields={"groupId": picked("Group", "groups")},
    calls=(
        named("appointments.create", "Book an appointment", "POST /calendars/events/appointments",
              books=Booking(what="calendarId", start="startTime", who="contactId",
                            unless="ignoreFreeSlotValidation"),
              fields=BOOKED, first=FIRST),
        named("appointments.update", "Change or cancel an appointment",
              "PUT /calendars/events/appointments/{eventId}", fields=BOOKED, first=FIRST),
        # Live answers have also used the second key (measured by third parties).
        named("appointments.get", "Read an appointment", "GET /calendars/events/appointments/{eventId}",
              fields=BOOKED, result="event || appointment"),
        named("appointments.delete", "Delete an appointment", "DELETE /calendars/events/{eventId}",
              fields=BOOKED),
        named("events.list", "List appointments of a calendar", "GET /calendars/events", fields=WINDOW),
        named("block_slots.list", "List blocked times", "GET /calendars/blocked-slots", fields=WINDOW),
        named("block_slots.create", "Block a time", "POST /calendars/events/block-slots", fields=BLOCKED),
        named("block_slots.update", "Change a blocked time", "PUT /calendars/events/block-slots/{eventId}",
              fields=BLOCKED),
        named("appointment_notes.list", "List the notes of an appointment",
              "GET /calendars/appointments/{appointmentId}/notes",
              fields={**NOTE, "limit": {"label": "At most", "default": 20},
                      "offset": {"label": "Leave out the first", "default": 0}}),
        named("appointment_notes.create", "Add a note to an appointment",
              "POST /calendars/appointments/{appointmentId}/notes", fields=NOTE),
        named("appointment_notes.update", "Change a note of an appointment",
              "PUT /calendars/appointments/{appointmentId}/notes/{noteId}", fields=NOTE),
        named("appointment_notes.delete", "Delete a note of an appointment",
              "DELETE /calendars/appointments/{appointmentId}/notes/{noteId}", fields=NOTE),
    ),
)  # fmt: skip
