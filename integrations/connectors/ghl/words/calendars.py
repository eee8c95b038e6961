"""Calendars (bookable schedules) and their groups."""

from __future__ import annotations

from integrations.connectors.ghl.words.base import EPOCH, Area, named, picked
from integrations.engine.spec import Kind

GROUP = {"slug": {"label": "Slug", "help": "The group's part of its address; no two groups share one."}}

AREA = Area(
    fields={
        "groupId": picked("Group", "groups"),
        "slug": {"label": "Slug"},
        "isActive": {"label": "Active"},
        "eventTitle": {"label": "Title of its appointments"},
        "eventColor": {"label": "Colour", "help": "Such as #039be5."},
        "calendarType": {
            "label": "Kind of calendar",
            "help": "An event calendar needs no team member; the others do. Fixed once it is made.",
        },
        "teamMembers": {"label": "Team members"},
        "openHours": {"label": "Open hours", "help": "One day an entry; times in whole hours and minutes."},
        "slotDuration": {"label": "Length of a slot"},
        "appoinmentPerSlot": {"label": "Seats per slot"},
        "appoinmentPerDay": {"label": "Appointments per day"},
        "notifications": {"label": "Notifications (older way)"},
        "notes": {"label": "Notes"},
    },
    calls=(
        named("calendars.list", "List calendars", "GET /calendars/",
              fields={"showDrafted": {"label": "With drafts"}}),
        named("calendars.get", "Read a calendar", "GET /calendars/{calendarId}"),
        named("calendars.create", "Create a calendar", "POST /calendars/", first=("locationId", "name")),
        named("calendars.update", "Update a calendar", "PUT /calendars/{calendarId}", first=("name",)),
        named("calendars.delete", "Delete a calendar", "DELETE /calendars/{calendarId}"),
        named("calendars.free_slots", "Read free times", "GET /calendars/{calendarId}/free-slots",
              offered_s=60,
              fields={"startDate": {**EPOCH, "label": "From"},
                      "endDate": {**EPOCH, "label": "To",
                                  "help": "Epoch milliseconds, at most 31 days later."},
                      "userId": picked("Team member", "users")}),
        named("calendar_groups.list", "List calendar groups", "GET /calendars/groups", fields=GROUP),
        named("calendar_groups.create", "Create a calendar group", "POST /calendars/groups", fields=GROUP),
        named("calendar_groups.validate_slug", "Ask whether a group's slug is free",
              "POST /calendars/groups/validate-slug", kind=Kind.READ, fields=GROUP),
        named("calendar_groups.update", "Update a calendar group", "PUT /calendars/groups/{groupId}",
              fields=GROUP),
        named("calendar_groups.set_status", "Switch a calendar group on or off",
              "PUT /calendars/groups/{groupId}/status"),
        named("calendar_groups.delete", "Delete a calendar group", "DELETE /calendars/groups/{groupId}"),
    ),
)  # fmt: skip
