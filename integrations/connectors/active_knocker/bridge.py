"""What whoever speaks for Active Knocker (Zapier, a tool of one's own) tells the hub, through its bridge.

No webhook of Active Knocker's own is known. The names of the fields are the hub's; those of a lead are the
same that the trigger `leads` gives.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.engine import bridged
from integrations.engine.spec import Field, FieldType, JsonObject, Trigger, TriggerKind

BOOKED, UPDATED, CANCELLED = "lead.booked", "lead.updated", "lead.cancelled"
AVAILABILITY = "availability.updated"
TEAM_CREATED, TEAM_UPDATED, TEAM_DELETED = "team.created", "team.updated", "team.deleted"

NEEDED: Mapping[str, tuple[str, ...]] = {
    BOOKED: ("lead_id", "name|first_name"),
    UPDATED: ("lead_id",),
    CANCELLED: ("lead_id",),
    AVAILABILITY: ("rep_id|rep_email", "date|busy"),
    TEAM_CREATED: ("team_id", "name"),
    TEAM_UPDATED: ("team_id", "name"),
    TEAM_DELETED: ("team_id",),
}

SNIPPET = """\
{{"id": "evt_90210_1", "type": "lead.booked", "occurred_at": "2026-11-20T14:05:00-06:00",
 "source": "active_knocker",
 "data": {{"lead_id": "90210", "name": "Ada Lovelace", "email": "ada@example.org",
          "phone": "(212) 555-0123", "start": "2026-12-01 10:00", "timezone": "America/Chicago",
          "duration_minutes": 30, "rep_email": "nora.quist@example.com",
          "address": {{"street": "12 Mill Lane", "city": "Austin", "state": "Texas"}},
          "notes": "Wants a quote for the roof."}}}}""".replace("{{", "{").replace("}}", "}")

WEBHOOKS = bridged.webhooks(
    NEEDED,
    source="active_knocker",
    setup=(
        "Active Knocker has no known webhooks. In Zapier choose its trigger (or a tool of your own), and as "
        "the action “Webhooks by Zapier: POST”.",
        "Enter the address of this connection, and as fields type (such as lead.booked), lead_id, name, "
        "email, phone, start and notes; all further fields are in the example.",
        "Zapier cannot sign: switch on simple mode for it. A tool of your own signs as Standard Webhooks.",
    ),
    snippets=(("An event as JSON", SNIPPET),),
)


def _text(key: str, label: str, **more: Any) -> Field:
    return Field(key=key, label=label, **more)


LEAD_FIELDS = (
    _text("lead_id", "Lead", required=True),
    _text("name", "Name", help="Or first_name and last_name."),
    _text("first_name", "First name"),
    _text("last_name", "Last name"),
    _text("email", "E-mail", type=FieldType.EMAIL),
    _text("phone", "Phone", type=FieldType.PHONE),
    _text("start", "Start", help="With offset, or local time and timezone; a date alone is a wish."),
    _text("date", "Day", help="With time, in place of start."),
    _text("time", "Time of day"),
    _text("end", "End"),
    _text("duration_minutes", "Minutes", type=FieldType.INTEGER),
    _text("timezone", "Time zone"),
    _text("rep_id", "Rep's number"),
    _text("rep_email", "Rep's e-mail", type=FieldType.EMAIL),
    _text("address", "Address", type=FieldType.OBJECT),
    _text("lat", "Latitude", type=FieldType.NUMBER),
    _text("lng", "Longitude", type=FieldType.NUMBER),
    _text("notes", "Notes"),
    _text("status", "Status"),
    _text("attendees", "Further attendees", type=FieldType.LIST),
    _text("calendarName", "Calendar's name"),
    _text("team", "Team"),
)
LEAD: JsonObject = {
    "lead_id": "90210",
    "name": "Ada Lovelace",
    "email": "ada@example.org",
    "phone": "(212) 555-0123",
    "start": "2026-12-01 10:00",
    "timezone": "America/Chicago",
    "duration_minutes": 30,
    "rep_id": "7",
    "rep_email": "nora.quist@example.com",
    "address": {"street": "12 Mill Lane", "city": "Austin", "state": "Texas", "postal_code": "78701"},
    "lat": 30.2672,
    "lng": -97.7431,
    "notes": "Wants a quote for the roof.",
    "status": "booked",
    "attendees": ["charles@example.org"],
    "calendarName": "Evening class",
    "team": "North",
}
LEADS_TOLD = Trigger(
    key="bridge.leads",
    title="A lead is booked, changed or cancelled (told through the bridge)",
    kind=TriggerKind.WEBHOOK,
    events=((BOOKED, "Lead booked"), (UPDATED, "Lead changed"), (CANCELLED, "Lead cancelled")),
    sample={
        BOOKED: {**LEAD, "type": BOOKED},
        UPDATED: {**LEAD, "start": "2026-12-02 11:00", "type": UPDATED},
        CANCELLED: {"lead_id": "90210", "status": "cancelled", "type": CANCELLED},
    },
    record_id="lead_id",
    hears=(BOOKED, UPDATED, CANCELLED),
    answer=LEAD_FIELDS,
)
AVAILABILITY_TOLD = Trigger(
    key="bridge.availability",
    title="A rep's availability changes (told through the bridge)",
    kind=TriggerKind.WEBHOOK,
    events=((AVAILABILITY, "Availability changed"),),
    sample={
        AVAILABILITY: {
            "type": AVAILABILITY,
            "rep_id": "7",
            "rep_email": "nora.quist@example.com",
            "date": "2026-12-01",
            "busy": [{"start": "2026-12-01T10:00", "end": "2026-12-01T12:00"}],
            "timezone": "America/New_York",
        }
    },
    record_id="rep_id || rep_email",
    hears=(AVAILABILITY,),
    answer=(
        _text("rep_id", "Rep's number"),
        _text("rep_email", "Rep's e-mail", type=FieldType.EMAIL),
        _text("date", "Day", type=FieldType.DATE),
        _text("busy", "Busy times", type=FieldType.LIST, help="Each with start and end."),
        _text("time", "Busy from", help="With duration_minutes, for one busy time of the day."),
        _text("duration_minutes", "Minutes", type=FieldType.INTEGER),
        _text("timezone", "Time zone"),
    ),
)
TEAM: JsonObject = {
    "team_id": "T-3",
    "name": "North",
    "slug": "north",
    "active": True,
    "member_ids": ["7", "9"],
    "permissions": ["book", "see reports"],
}
TEAMS_TOLD = Trigger(
    key="bridge.teams",
    title="A team is created, changed or removed (told through the bridge)",
    kind=TriggerKind.WEBHOOK,
    events=(
        (TEAM_CREATED, "Team created"),
        (TEAM_UPDATED, "Team changed"),
        (TEAM_DELETED, "Team removed"),
    ),
    sample={
        TEAM_CREATED: {**TEAM, "type": TEAM_CREATED},
        TEAM_UPDATED: {**TEAM, "name": "North and Coast", "type": TEAM_UPDATED},
        TEAM_DELETED: {"team_id": "T-3", "type": TEAM_DELETED},
    },
    record_id="team_id",
    hears=(TEAM_CREATED, TEAM_UPDATED, TEAM_DELETED),
    answer=(
        _text("team_id", "Team", required=True),
        _text("name", "Name"),
        _text("slug", "Slug"),
        _text("active", "Active", type=FieldType.BOOLEAN),
        _text("description", "Description"),
        _text("member_ids", "Members", type=FieldType.LIST),
        _text("permissions", "Permissions", type=FieldType.LIST),
    ),
)
